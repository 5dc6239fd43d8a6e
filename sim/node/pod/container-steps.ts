import { type Micros, SECOND } from "../../engine/time.ts";
import type { ProbeAnswer } from "../behaviour/image-behaviour.ts";
import { endContainer, startAgain, stopContainer } from "./container-end.ts";
import {
  armProbes,
  backOffPull,
  beginContainer,
  finishPull,
  runContainer,
} from "./container-start.ts";
import type { Host } from "./host.ts";
import type { ContainerRun, PodRun, ProbeKind } from "./pod-run.ts";
import { nextOutcome, type ProbeOutcome } from "./probe.ts";

/** What a container waits for next. */
export interface Due {
  readonly at: Micros;
  /** Type of the discrete event that will say so. */
  readonly type: string;
}

const STEP_EVENT: Partial<Record<ContainerRun["progress"], string>> = {
  pulling: "image-pulled",
  "pull-error": "pull-looked-at",
  "pull-back-off": "pull-again",
  creating: "container-started",
  "back-off": "restart",
};

/** When the next thing happens to a container by itself; `undefined` when nothing will. */
export function nextDue(container: ContainerRun): Due | undefined {
  if (container.progress !== "running" && container.progress !== "stopping") {
    const type = STEP_EVENT[container.progress];
    return type === undefined || container.until === undefined
      ? undefined
      : { at: container.until, type };
  }
  const outcome = nextProbe(container);
  const { exitAt } = container;
  if (exitAt !== undefined && (outcome === undefined || exitAt <= outcome[1].at))
    return { at: exitAt, type: "container-exited" };
  return outcome === undefined ? undefined : { at: outcome[1].at, type: `${outcome[0]}-decided` };
}

function nextProbe(container: ContainerRun): readonly [ProbeKind, ProbeOutcome] | undefined {
  const { answers } = container;
  if (answers === undefined) return undefined;
  let soonest: readonly [ProbeKind, ProbeOutcome] | undefined;
  for (const kind of ["startup", "liveness", "readiness"] as const) {
    const run = container[kind];
    const outcome = run === undefined ? undefined : nextOutcome(run, answers[kind]);
    if (outcome !== undefined && (soonest === undefined || outcome.at < soonest[1].at))
      soonest = [kind, outcome];
  }
  return soonest;
}

/** Takes one step of a container whose time has come. */
export function stepContainer(host: Host, run: PodRun, container: ContainerRun): void {
  switch (container.progress) {
    case "pulling":
      finishPull(host, run, container);
      return;
    case "pull-error":
      backOffPull(host, run, container);
      return;
    case "pull-back-off":
      beginContainer(host, run, container);
      return;
    case "creating":
      runContainer(host, run, container);
      return;
    case "back-off":
      startAgain(host, run, container);
      return;
    default:
      stepProcess(host, run, container);
  }
}

function stepProcess(host: Host, run: PodRun, container: ContainerRun): void {
  const outcome = nextProbe(container);
  const { exitAt } = container;
  if (exitAt !== undefined && (outcome === undefined || exitAt <= outcome[1].at)) {
    const { exitCode, exitReason, exitMessage } = container;
    endContainer(host, run, container, exitAt, exitCode, exitReason, exitMessage);
    return;
  }
  if (outcome === undefined) return;
  const [kind, decided] = outcome;
  container[kind] = decided.run;
  if (!decided.result)
    host.record(
      run,
      container,
      "Warning",
      "Unhealthy",
      failureText(run, container, kind, decided.answer),
    );
  if (kind === "readiness") container.ready = decided.result;
  else if (!decided.result) restartUnhealthy(host, run, container, kind);
  else if (kind === "startup") {
    container.started = true;
    container.startup = undefined;
    container.ready = container.spec.readinessProbe === undefined;
    armProbes(host, container, decided.at);
  }
}

/** A failed liveness or startup probe ends the process with grace; its back-off decides when it runs again. */
function restartUnhealthy(host: Host, run: PodRun, container: ContainerRun, kind: ProbeKind): void {
  const seconds =
    container.spec[`${kind}Probe`]?.terminationGracePeriodSeconds ??
    run.pod.spec?.terminationGracePeriodSeconds ??
    30;
  const message = `Container ${container.name} failed ${kind} probe, will be restarted`;
  stopContainer(host, run, container, host.now + seconds * SECOND, message);
}

/** What the prober says, in the words of the handler that failed. */
function failureText(
  run: PodRun,
  container: ContainerRun,
  kind: ProbeKind,
  answer: ProbeAnswer["answer"],
): string {
  const probe = container.spec[`${kind}Probe`];
  const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)} probe failed: `;
  const late = answer === "timeout";
  if (probe?.httpGet !== undefined) {
    const { port, path = "/", scheme = "HTTP" } = probe.httpGet;
    const url = `${scheme.toLowerCase()}://${run.ip}:${port}${path}`;
    return late
      ? `${title}Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
      : `${title}HTTP probe failed with statuscode: 503`;
  }
  if (probe?.tcpSocket !== undefined) {
    const target = `${run.ip}:${probe.tcpSocket.port}`;
    return `${title}dial tcp ${target}: ${late ? "i/o timeout" : "connect: connection refused"}`;
  }
  if (probe?.grpc !== undefined)
    return late
      ? `${title}timeout: failed to connect service "${run.ip}:${probe.grpc.port}" within 1s: context deadline exceeded`
      : `${title}service unhealthy (responded with "NOT_SERVING")`;
  return late
    ? `${title}command timed out: ${JSON.stringify(probe?.exec?.command?.join(" ") ?? "")} timed out after ${probe?.timeoutSeconds ?? 1}s`
    : title;
}
