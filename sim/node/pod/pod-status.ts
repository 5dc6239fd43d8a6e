import { deepEqual } from "../../api/meta/equal.ts";
import { timestamp } from "../../api/meta/time.ts";
import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
  VolumeMountStatus,
} from "../../api/types.gen.ts";
import { goSpan, type Micros } from "../../engine/time.ts";
import { imageId } from "./identity.ts";
import { podConditions } from "./pod-conditions.ts";
import { phaseByContainers, phaseOf } from "./pod-phase.ts";
import { type ContainerRun, isAlive, type PodRun } from "./pod-run.ts";
import { countsAsStarted, UNKNOWN_END } from "./unknown-end.ts";

const NO_STATE: ContainerState = {};
const NO_CONTAINERS: readonly ContainerRun[] = [];
const mounts = new WeakMap<Container, readonly VolumeMountStatus[]>();

/** The status of a pod as its kubelet reports it; what others wrote into the stored one is kept. */
export function composeStatus(run: PodRun, stored: Pod, hostIP: string, now: Micros): PodStatus {
  const before = stored.status ?? {};
  const generation = run.pod.metadata.generation;
  const { mains, inits } = byRole(run);
  const started = now >= run.sandboxAt && run.mountError === undefined;
  // Not a spread: what is added to its clone costs much on Node 20 (see `withFields`).
  const status: { -readonly [K in keyof PodStatus]: PodStatus[K] } = Object.assign({}, before);
  if (generation !== undefined) status.observedGeneration = generation;
  status.phase = phaseOf(run);
  status.conditions = podConditions(run, before.conditions, phaseByContainers(run), now);
  addReason(status, run);
  status.hostIP = hostIP;
  if (!isSole(before.hostIPs, hostIP)) status.hostIPs = [{ ip: hostIP }];
  if (started || before.podIP !== undefined) {
    status.podIP = run.ip;
    if (!isSole(before.podIPs, run.ip)) status.podIPs = [{ ip: run.ip }];
  }
  status.startTime = timestamp(run.startTime);
  const withInits = inits.length > 0;
  if (withInits) {
    const { initContainerStatuses: shown } = before;
    status.initContainerStatuses = inits.map((each, at) =>
      sharing(containerStatus(run, each, true), shown?.[at]),
    );
  }
  const { containerStatuses: shown } = before;
  status.containerStatuses = mains.map((each, at) =>
    sharing(containerStatus(run, each, withInits), shown?.[at]),
  );
  return status;
}

/** What a status says already is the same object: nobody compares it again. */
function sharing(status: ContainerStatus, before: ContainerStatus | undefined): ContainerStatus {
  return before !== undefined && deepEqual(status, before) ? before : status;
}

function isSole(addresses: readonly { readonly ip?: string }[] | undefined, ip: string): boolean {
  return addresses?.length === 1 && addresses[0]?.ip === ip;
}

function byRole({ containers }: PodRun): {
  readonly mains: readonly ContainerRun[];
  readonly inits: readonly ContainerRun[];
} {
  if (containers.every(isMain)) return { mains: containers, inits: NO_CONTAINERS };
  return {
    mains: containers.filter(isMain),
    inits: containers.filter((container) => !isMain(container)),
  };
}

function isMain({ role }: ContainerRun): boolean {
  return role === "main";
}

/** Conditions that a foreign writer changed: what makes the kubelet write its own again. */
export function ownConditionsDiffer(
  conditions: readonly PodCondition[] | undefined,
  written: PodStatus,
): boolean {
  return (written.conditions ?? []).some((mine) => {
    const theirs = conditions?.find((condition) => condition.type === mine.type);
    return theirs === undefined || theirs.status !== mine.status;
  });
}

function addReason(
  status: { -readonly [K in keyof PodStatus]: PodStatus[K] },
  { stop }: PodRun,
): void {
  if (stop?.reason === undefined) return;
  status.reason = stop.reason;
  if (stop.message !== undefined) status.message = stop.message;
}

function containerStatus(
  run: PodRun,
  container: ContainerRun,
  withInits: boolean,
): ContainerStatus {
  const { spec, allocated } = container;
  const image = spec.image ?? "";
  const alive = isAlive(container);
  const status: { -readonly [K in keyof ContainerStatus]: ContainerStatus[K] } = {
    name: container.name,
    state: stateOf(run, container, withInits),
    lastState: lastStateOf(container),
    ready: container.role === "init" ? container.exit?.exitCode === 0 && !alive : container.ready,
    restartCount: Math.max(container.runs - 1, 0),
    image,
    imageID: container.runs > 0 ? imageId(image) : "",
  };
  if (container.id !== undefined) status.containerID = container.id;
  status.started = container.started;
  if (allocated !== undefined && alive) {
    if (allocated.requests !== undefined) status.allocatedResources = allocated.requests;
    status.resources = allocated;
  }
  const mounted = volumeMounts(spec);
  if (mounted !== undefined) status.volumeMounts = mounted;
  return status;
}

/** What `state` shows; a container being started again shows its last end until it runs. */
function stateOf(run: PodRun, container: ContainerRun, withInits: boolean): ContainerState {
  switch (container.progress) {
    case "running":
    case "stopping":
      return { running: { startedAt: timestamp(container.startedAt) } };
    case "back-off":
      return {
        waiting: {
          reason: "CrashLoopBackOff",
          message: `back-off ${goSpan(container.backOff?.delay ?? 0)} restarting failed container=${container.name} pod=${podText(run.pod)}`,
        },
      };
    case "pull-error":
    case "pull-back-off":
      return { waiting: pullWaiting(container) };
    case "config-error":
      return {
        waiting: { reason: "CreateContainerConfigError", message: container.pullError ?? "" },
      };
    default:
      if (container.exit !== undefined) return { terminated: container.exit };
      if (run.finished && countsAsStarted(run, container)) return UNKNOWN_END;
      return { waiting: { reason: withInits ? "PodInitializing" : "ContainerCreating" } };
  }
}

function pullWaiting(container: ContainerRun): { reason: string; message: string } {
  const image = container.spec.image ?? "";
  const error = container.pullError ?? "";
  if (container.spec.imagePullPolicy === "Never")
    return {
      reason: "ErrImageNeverPull",
      message: `Container image "${image}" is not present with pull policy of Never`,
    };
  return container.progress === "pull-error"
    ? { reason: "ErrImagePull", message: error }
    : {
        reason: "ImagePullBackOff",
        message: `Back-off pulling image "${image}": ErrImagePull: ${error}`,
      };
}

function lastStateOf(container: ContainerRun): ContainerState {
  const shown = isAlive(container) ? container.lastExit : undefined;
  const waitingAgain =
    container.progress === "back-off" ||
    container.progress === "config-error" ||
    container.progress === "pull-error" ||
    container.progress === "pull-back-off";
  const last = shown ?? (waitingAgain ? container.exit : container.lastExit);
  return last === undefined ? NO_STATE : { terminated: last };
}

function volumeMounts(spec: Container): readonly VolumeMountStatus[] | undefined {
  if (spec.volumeMounts === undefined || spec.volumeMounts.length === 0) return undefined;
  let known = mounts.get(spec);
  if (known === undefined) {
    known = spec.volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly === true ? { readOnly: true, recursiveReadOnly: "Disabled" } : {}),
    }));
    mounts.set(spec, known);
  }
  return known;
}

/** A pod in kubelet messages: `web-1_default(uid)`. */
export function podText(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace ?? ""}(${pod.metadata.uid})`;
}
