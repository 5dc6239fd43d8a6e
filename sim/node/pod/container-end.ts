import { timestamp } from "../../api/meta/time.ts";
import type { ContainerRestartRule } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { draw } from "../behaviour/distribution.ts";
import { beginContainer } from "./container-start.ts";
import type { Host } from "./host.ts";
import { type ContainerRun, forgetProcess, type PodRun } from "./pod-run.ts";
import { podText } from "./pod-status.ts";
import { mayRetryAt, nextBackOff } from "./restart-back-off.ts";

/** The least a process gets between SIGTERM and SIGKILL, whatever a hook left (kubelet `minimumGracePeriodInSeconds`). */
const LEAST_GRACE: Micros = 2 * SECOND;
/** Exit code of a process ended by SIGKILL. */
const KILLED = 137;

/** A process ended: what becomes of the container follows from the restart policies and its back-off. */
export function endContainer(
  host: Host,
  run: PodRun,
  container: ContainerRun,
  at: Micros,
  code: number,
  reason: string,
  message?: string,
): void {
  container.exit = {
    exitCode: code,
    reason,
    ...(message === undefined ? {} : { message }),
    startedAt: timestamp(container.startedAt),
    finishedAt: timestamp(at),
    ...(container.id === undefined ? {} : { containerID: container.id }),
  };
  container.endedAt = at;
  forgetProcess(container);
  container.termAt = undefined;
  container.progress = "ended";
  host.processChanged(run, container);
  if (run.stop === undefined && restarts(run, container, code)) restart(host, run, container);
}

function restart(host: Host, run: PodRun, container: ContainerRun): void {
  const retryAt = mayRetryAt(container.backOff, container.endedAt);
  if (retryAt <= host.now) {
    startAgain(host, run, container);
    return;
  }
  container.progress = "back-off";
  container.until = retryAt;
  const message = `Back-off restarting failed container ${container.name} in pod ${podText(run.pod)}`;
  host.record(run, container, "Warning", "BackOff", message);
}

/** Starts a container once more, and makes the next failure wait longer. */
export function startAgain(host: Host, run: PodRun, container: ContainerRun): void {
  container.backOff = nextBackOff(container.backOff, container.endedAt, host.now);
  beginContainer(host, run, container);
}

/** Whether a container that ended with this code is to run again. Its own rules come before its policy, that before the pod's. */
export function restarts(run: PodRun, container: ContainerRun, code: number): boolean {
  const { restartPolicy, restartPolicyRules } = container.spec;
  if (restartPolicyRules?.some((rule) => applies(rule, code)) === true) return true;
  const policy = restartPolicy ?? run.pod.spec?.restartPolicy ?? "Always";
  if (policy === "Never") return false;
  if (policy === "OnFailure" || container.role === "init") return code !== 0;
  return true;
}

function applies({ action, exitCodes }: ContainerRestartRule, code: number): boolean {
  if (action !== "Restart" || exitCodes === undefined) return false;
  const listed = exitCodes.values?.includes(code) === true;
  return exitCodes.operator === "NotIn" ? !listed : listed;
}

/**
 * Begins to stop a running container: preStop hook, SIGTERM, SIGKILL. The hook uses up grace; when it overruns it is cut
 * off at the end of the grace, and the process still has two seconds.
 */
export function stopContainer(
  host: Host,
  run: PodRun,
  container: ContainerRun,
  graceEnd: Micros,
  message: string,
): void {
  if (container.progress !== "running") return;
  host.record(run, container, "Normal", "Killing", message);
  container.progress = "stopping";
  container.liveness = undefined;
  container.startup = undefined;
  planStop(host, run, container, graceEnd);
  host.processChanged(run, container);
}

/** Lets a stopping container's turn come: sidecars wait for those before them. */
function planStop(host: Host, run: PodRun, container: ContainerRun, graceEnd: Micros): void {
  const { now } = host;
  const behaviour = host.behaviours.of(run.pod, container.name, container.spec.image ?? "");
  const hook = preStopSpan(container, behaviour.preStopTime);
  const left = Math.max(graceEnd - now, 0);
  if (hook > left && left > 0)
    host.record(run, container, "Warning", "FailedPreStopHook", "PreStopHook failed");
  const term = now + Math.min(hook, left);
  const kill = term + Math.max(graceEnd - term, LEAST_GRACE);
  const { stopTime } = behaviour;
  const stopped =
    stopTime === "never"
      ? Number.POSITIVE_INFINITY
      : term + draw(stopTime ?? host.timing.containerStop, host.random);
  container.termAt = term;
  // A process that would have ended by itself earlier still does.
  if (container.exitAt !== undefined && container.exitAt <= Math.min(stopped, kill)) return;
  container.exitAt = Math.min(stopped, kill);
  container.exitMessage = undefined;
  container.exitCode = stopped <= kill ? (behaviour.stopCode ?? 0) : KILLED;
  container.exitReason = container.exitCode === 0 ? "Completed" : "Error";
}

/** Shortens the grace of a container that is stopping already. */
export function shortenStop(host: Host, container: ContainerRun, graceEnd: Micros): void {
  if (container.progress !== "stopping" || container.exitAt === undefined) return;
  const kill = Math.max(graceEnd, host.now + LEAST_GRACE);
  if (container.termAt !== undefined && container.termAt > graceEnd)
    container.termAt = Math.max(graceEnd, host.now);
  if (container.exitAt <= kill) return;
  container.exitAt = kill;
  container.exitCode = KILLED;
  container.exitReason = "Error";
}

const SLEEP = /\bsleep\s+(\d+(?:\.\d+)?)/;

/** How long a preStop hook takes: its sleep, the `sleep N` of its command, or what the image declares. */
function preStopSpan(container: ContainerRun, declared: Micros | undefined): Micros {
  const hook = container.spec.lifecycle?.preStop;
  if (hook === undefined) return 0;
  if (hook.sleep !== undefined) return hook.sleep.seconds * SECOND;
  if (declared !== undefined) return declared;
  const slept = SLEEP.exec(hook.exec?.command?.join(" ") ?? "");
  return slept === null ? 0 : Math.round(Number(slept[1]) * SECOND);
}
