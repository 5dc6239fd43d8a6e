import { goSpan, MILLISECOND, type Micros, SECOND } from "../../engine/time.ts";
import { draw } from "../behaviour/distribution.ts";
import type { ImageBehaviour, ProbeAnswer } from "../behaviour/image-behaviour.ts";
import { firstAbove } from "../behaviour/usage.ts";
import { answersAtStart } from "./failing-probes.ts";
import type { Host } from "./host.ts";
import { containerId } from "./identity.ts";
import type { ContainerRun, PodRun, ProbeKind } from "./pod-run.ts";
import { startProbe } from "./probe.ts";
import { limit } from "./resources.ts";
import { nextBackOff } from "./restart-back-off.ts";

/** How long ErrImagePull stands before it reads ImagePullBackOff: until the kubelet's next look at the pod. */
const ERROR_SHOWN: Micros = 3 * SECOND;
/** What an image weighs when nobody says. */
const DEFAULT_IMAGE_SIZE = 100 * 1024 * 1024;

/** Sets out to start a container: asks for its image first. */
export function beginContainer(host: Host, run: PodRun, container: ContainerRun): void {
  const { now, images, timing } = host;
  const image = container.spec.image ?? "";
  const policy = container.spec.imagePullPolicy ?? "IfNotPresent";
  const present = images.has(image, now);
  if (present && policy !== "Always") {
    host.record(run, container, "Normal", "Pulled", alreadyPresent(image));
    create(host, run, container);
    return;
  }
  if (policy === "Never") {
    container.progress = "pull-back-off";
    container.until = undefined;
    const message = `Container image "${image}" is not present with pull policy of Never`;
    host.record(run, container, "Warning", "ErrImageNeverPull", message);
    host.record(run, container, "Warning", "Failed", "Error: ErrImageNeverPull");
    return;
  }
  host.record(run, container, "Normal", "Pulling", `Pulling image "${image}"`);
  const behaviour = host.behaviours.ofImage(image);
  container.progress = "pulling";
  container.pullBegan = now;
  if (present || host.pullError(image) !== undefined) {
    container.pullSpan = draw(timing.imageCheck, host.random);
    container.until = images.reserve(now, container.pullSpan);
    return;
  }
  container.pullSpan = draw(behaviour.pull?.time ?? timing.imagePull, host.random);
  const size = behaviour.size ?? DEFAULT_IMAGE_SIZE;
  container.until = images.pull(image, size, now, container.pullSpan);
}

/** A pull came to its end: the container is created, or the pull failed and has to wait. */
export function finishPull(host: Host, run: PodRun, container: ContainerRun): void {
  const { now } = host;
  const image = container.spec.image ?? "";
  const error = host.pullError(image);
  if (error !== undefined) host.images.abandon(image, container.pullBegan);
  if (error !== undefined || !host.images.has(image, now)) {
    failPull(host, run, container, error ?? "context canceled");
    return;
  }
  container.pullError = undefined;
  container.pullBackOff = undefined;
  host.imagePulled();
  const waited = now - container.pullBegan;
  const size = host.behaviours.ofImage(image).size ?? DEFAULT_IMAGE_SIZE;
  const took = shortSpan(Math.min(container.pullSpan, waited));
  const message = `Successfully pulled image "${image}" in ${took} (${shortSpan(waited)} including waiting). Image size: ${size} bytes.`;
  host.record(run, container, "Normal", "Pulled", message);
  create(host, run, container);
}

/** From a second on without what is less than a millisecond. */
function shortSpan(span: Micros): string {
  return goSpan(span < SECOND ? span : Math.round(span / MILLISECOND) * MILLISECOND);
}

function failPull(host: Host, run: PodRun, container: ContainerRun, error: string): void {
  const image = container.spec.image ?? "";
  container.pullError = error;
  container.pullBackOff = nextBackOff(container.pullBackOff, host.now, host.now);
  container.progress = "pull-error";
  container.until = host.now + ERROR_SHOWN;
  host.record(run, container, "Warning", "Failed", `Failed to pull image "${image}": ${error}`);
  host.record(run, container, "Warning", "Failed", "Error: ErrImagePull");
}

/** The kubelet looks at a failed pull again: it has to wait for its back-off. */
export function backOffPull(host: Host, run: PodRun, container: ContainerRun): void {
  const image = container.spec.image ?? "";
  container.progress = "pull-back-off";
  const { setAt = host.now, delay = 0 } = container.pullBackOff ?? {};
  container.until = Math.max(setAt + delay, host.now);
  host.record(run, container, "Normal", "BackOff", `Back-off pulling image "${image}"`);
  host.record(run, container, "Warning", "Failed", "Error: ImagePullBackOff");
}

function create(host: Host, run: PodRun, container: ContainerRun): void {
  const problem = host.configError(run, container);
  if (problem !== undefined) {
    container.progress = "config-error";
    container.until = undefined;
    if (container.pullError !== problem)
      host.record(run, container, "Warning", "Failed", `Error: ${problem}`);
    container.pullError = problem;
    return;
  }
  container.pullError = undefined;
  container.progress = "creating";
  container.until = host.now + draw(host.timing.containerStart, host.random);
}

/** The process runs: plans its end, its memory's limit and what its probes will be answered. */
export function runContainer(host: Host, run: PodRun, container: ContainerRun): void {
  const { now } = host;
  container.lastExit = container.exit;
  container.exit = undefined;
  container.runs++;
  container.startedAt = now;
  container.id = containerId(run.uid, container.name, container.runs);
  container.progress = "running";
  container.until = undefined;
  container.allocated = container.spec.resources;
  host.record(run, container, "Normal", "Created", "Container created");
  host.record(run, container, "Normal", "Started", "Container started");
  const behaviour = host.behaviours.of(run.pod, container.name, container.spec.image ?? "");
  planEnd(host, container, behaviour);
  planProbes(host, run, container, behaviour);
  host.processChanged(run, container);
}

function planEnd(host: Host, container: ContainerRun, behaviour: ImageBehaviour): void {
  const { exits } = behaviour;
  container.exitAt = undefined;
  if (exits !== undefined && (exits.times === undefined || container.runs <= exits.times)) {
    container.exitAt = host.now + draw(exits.after, host.random);
    container.exitCode = exits.code;
    container.exitReason = exits.code === 0 ? "Completed" : "Error";
    container.exitMessage = exits.message;
  }
  planOutOfMemory(container, behaviour, 0);
}

/** The kernel ends a container the instant its memory passes the limit: exit 137, OOMKilled. */
export function planOutOfMemory(
  container: ContainerRun,
  behaviour: ImageBehaviour,
  age: Micros,
): void {
  const most = limit(container.spec, "memory");
  if (most === undefined || behaviour.memory === undefined) return;
  const above = firstAbove(behaviour.memory, most, age);
  if (above === undefined) return;
  const at = container.startedAt + above;
  if (container.exitAt !== undefined && container.exitAt <= at) return;
  container.exitAt = at;
  container.exitCode = 137;
  container.exitReason = "OOMKilled";
  container.exitMessage = undefined;
}

function planProbes(
  host: Host,
  run: PodRun,
  container: ContainerRun,
  behaviour: ImageBehaviour,
): void {
  const { spec } = container;
  const serves = host.now + draw(behaviour.startTime ?? 0, host.random);
  container.servesFrom = serves;
  container.started = spec.startupProbe === undefined;
  container.ready = container.started && spec.readinessProbe === undefined;
  container.startup = undefined;
  container.liveness = undefined;
  container.readiness = undefined;
  container.declared = undefined;
  container.answers = undefined;
  if (
    spec.startupProbe === undefined &&
    spec.readinessProbe === undefined &&
    spec.livenessProbe === undefined
  )
    return;
  const { now, random } = host;
  const ready = Math.max(serves, now + draw(behaviour.readyAfter ?? 0, random));
  container.declared = {
    startup: answersOf(behaviour.probes?.startup, now, serves),
    liveness: answersOf(behaviour.probes?.liveness, now, serves),
    readiness: answersOf(behaviour.probes?.readiness, now, ready),
  };
  container.answers = answersAtStart(run, container, container.declared, now);
  if (spec.startupProbe !== undefined)
    container.startup = startProbe(spec.startupProbe, firstProbe(host, container, "startup", now));
  else armProbes(host, container, now);
}

/** Liveness and readiness begin: at the start, or when the startup probe succeeded. */
export function armProbes(host: Host, container: ContainerRun, from: Micros): void {
  const { livenessProbe, readinessProbe } = container.spec;
  if (livenessProbe !== undefined)
    container.liveness = startProbe(livenessProbe, firstProbe(host, container, "liveness", from));
  if (readinessProbe !== undefined)
    container.readiness = startProbe(
      readinessProbe,
      firstProbe(host, container, "readiness", from),
    );
}

/** Right after the initial delay; a kubelet that started less than a period ago waits up to one period more. */
function firstProbe(host: Host, container: ContainerRun, kind: ProbeKind, from: Micros): Micros {
  const probe = container.spec[`${kind}Probe`];
  const period = (probe?.periodSeconds ?? 10) * SECOND;
  const earliest = Math.max(container.startedAt + (probe?.initialDelaySeconds ?? 0) * SECOND, from);
  const fresh = host.restartedAt !== undefined && host.now - host.restartedAt < period;
  return fresh ? earliest + Math.floor(host.random.fraction() * period) : earliest;
}

/** Failure until the process serves, then what was declared, in absolute times. */
function answersOf(
  declared: readonly ProbeAnswer[] | undefined,
  start: Micros,
  serves: Micros,
): readonly ProbeAnswer[] {
  const answers: ProbeAnswer[] = [];
  if (serves > start) answers.push({ from: start, answer: "failure" });
  let current: ProbeAnswer["answer"] = "success";
  for (const { from, answer } of declared ?? []) {
    if (start + from <= serves) current = answer;
  }
  answers.push({ from: serves, answer: current });
  for (const { from, answer } of declared ?? [])
    if (start + from > serves) answers.push({ from: start + from, answer });
  return answers;
}

function alreadyPresent(image: string): string {
  return `Container image "${image}" already present on machine and can be accessed by the pod`;
}
