import type {
  Container,
  ContainerStateTerminated,
  Pod,
  PodStatus,
  ResourceRequirements,
} from "../../api/types.gen.ts";
import type { EntryId } from "../../engine/event-list.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { ProbeAnswer } from "../behaviour/image-behaviour.ts";
import type { ProbeRun } from "./probe.ts";
import { type Amounts, podRequests } from "./resources.ts";
import type { BackOff } from "./restart-back-off.ts";

/** `init` runs to its end before the others; `sidecar` is an init container that stays (restartPolicy Always). */
export type ContainerRole = "init" | "sidecar" | "main";

/**
 * Where a container stands. waiting → pulling → (pull-error → pull-back-off → pulling) → creating → running → exited,
 * or → stopping → exited; exited → creating again at once, or → back-off → creating. `ended` is final.
 */
export type Progress =
  | "waiting"
  | "pulling"
  | "pull-error"
  | "pull-back-off"
  | "creating"
  | "running"
  | "stopping"
  | "back-off"
  | "config-error"
  | "ended";

/** Kinds of probes, by the names of messages. */
export type ProbeKind = "startup" | "liveness" | "readiness";
/** Answers to probes, in order of time. */
export type ProbeAnswers = Readonly<Record<ProbeKind, readonly ProbeAnswer[]>>;

/** One container of a pod on its node. Plain data but for immutable objects; changed only by the kubelet's own modules. */
export interface ContainerRun {
  readonly name: string;
  readonly role: ContainerRole;
  spec: Container;
  progress: Progress;
  /** When the present step is over; `undefined` when it is not up to the clock. */
  until: Micros | undefined;
  /** How often a process was started. */
  runs: number;
  id: string | undefined;
  startedAt: Micros;
  /** From when on its process answers. */
  servesFrom: Micros;
  /** The end that is planned for the running process. */
  exitAt: Micros | undefined;
  exitCode: number;
  exitReason: string;
  exitMessage: string | undefined;
  /** SIGTERM of a stopping container; `undefined` while it waits for its turn (sidecars). */
  termAt: Micros | undefined;
  /** End of the process before this one, and of this one. */
  lastExit: ContainerStateTerminated | undefined;
  exit: ContainerStateTerminated | undefined;
  endedAt: Micros;
  started: boolean;
  ready: boolean;
  startup: ProbeRun | undefined;
  liveness: ProbeRun | undefined;
  readiness: ProbeRun | undefined;
  /** What its image answers to probes, by absolute time. */
  declared: ProbeAnswers | undefined;
  /** What probes are answered: as declared, or otherwise while a fault makes them fail. */
  answers: ProbeAnswers | undefined;
  backOff: BackOff | undefined;
  pullBackOff: BackOff | undefined;
  pullError: string | undefined;
  pullBegan: Micros;
  /** How long the pull itself takes, without waiting for others. */
  pullSpan: Micros;
  /** What the kubelet granted: the spec's resources but for a resize under way. */
  allocated: ResourceRequirements | undefined;
}

/** Why and how a pod is being stopped. */
export interface PodStop {
  readonly since: Micros;
  /** When its grace ends. */
  readonly graceEnd: Micros;
  /** Deleted in the API: to be removed there when all has stopped. */
  readonly deleted: boolean;
  /** Status reason and message, and whether the pod failed, when the node itself ended it. */
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** A resize that could not be granted at once. */
export interface ResizeState {
  readonly reason: "Deferred" | "Infeasible";
  readonly message: string;
}

/** Probes that a fault makes fail, of one container or of all. */
export interface FailingProbe {
  readonly kind: ProbeKind;
  readonly container: string | undefined;
}

/** One pod on its node. */
export interface PodRun {
  readonly key: string;
  readonly uid: string;
  /** Row of the pod in the store; absent for one that was gone when it came. */
  readonly row: number | undefined;
  /** The pod as the kubelet last saw it. */
  pod: Pod;
  readonly containers: readonly ContainerRun[];
  readonly startTime: Micros;
  /** What it takes of the node. */
  requests: Amounts;
  /** When sandbox, network and volumes are ready. */
  sandboxAt: Micros;
  ip: string;
  stop: PodStop | undefined;
  /** Nothing runs any more and nothing will. */
  finished: boolean;
  /** Why volumes could not be mounted; empty when they are. */
  mountError: string | undefined;
  resize: ResizeState | undefined;
  /** One for each fault that is on. */
  failing: readonly FailingProbe[];
  /** What was last written. */
  written: PodStatus | undefined;
  wakeAt: Micros | undefined;
  wake: EntryId | undefined;
}

/** A pod that was just bound to its node: nothing runs yet. */
export function newPodRun(
  pod: Pod,
  key: string,
  row: number | undefined,
  now: Micros,
  sandboxAt: Micros,
  ip: string,
): PodRun {
  const containers: ContainerRun[] = [];
  for (const spec of pod.spec?.initContainers ?? [])
    containers.push(newContainer(spec, spec.restartPolicy === "Always" ? "sidecar" : "init"));
  for (const spec of pod.spec?.containers ?? []) containers.push(newContainer(spec, "main"));
  return {
    key,
    uid: pod.metadata.uid,
    row,
    pod,
    containers,
    startTime: now,
    requests: pod.spec === undefined ? {} : podRequests(pod.spec),
    sandboxAt,
    ip,
    stop: undefined,
    finished: false,
    mountError: undefined,
    resize: undefined,
    failing: [],
    written: undefined,
    wakeAt: undefined,
    wake: undefined,
  };
}

function newContainer(spec: Container, role: ContainerRole): ContainerRun {
  return {
    name: spec.name,
    role,
    spec,
    progress: "waiting",
    until: undefined,
    runs: 0,
    id: undefined,
    startedAt: 0,
    servesFrom: 0,
    exitAt: undefined,
    exitCode: 0,
    exitReason: "",
    exitMessage: undefined,
    termAt: undefined,
    lastExit: undefined,
    exit: undefined,
    endedAt: 0,
    started: false,
    ready: false,
    startup: undefined,
    liveness: undefined,
    readiness: undefined,
    declared: undefined,
    answers: undefined,
    backOff: undefined,
    pullBackOff: undefined,
    pullError: undefined,
    pullBegan: 0,
    pullSpan: 0,
    allocated: spec.resources,
  };
}

/** A copy that shares only immutable objects: for checkpoints. */
export function copyPodRun(run: PodRun): PodRun {
  return { ...run, containers: run.containers.map((container) => ({ ...container })) };
}

/** Whether a process is there. */
export function isAlive(container: ContainerRun): boolean {
  return container.progress === "running" || container.progress === "stopping";
}

/** Leaves nothing of a process that is gone: neither what its probes said nor what was planned for it. */
export function forgetProcess(container: ContainerRun): void {
  container.ready = false;
  container.started = false;
  container.startup = undefined;
  container.liveness = undefined;
  container.readiness = undefined;
  container.exitAt = undefined;
  container.until = undefined;
}

/** What is over within this time is not worth a status of its own in between. */
const SOON: Micros = 5 * SECOND;

/** Whether all containers are on their way to their first run and will be there before long. */
export function isAboutToRun(run: PodRun, now: Micros): boolean {
  if (run.stop !== undefined) return false;
  return run.containers.every(
    ({ progress, until, runs }) =>
      runs === 0 &&
      (progress === "creating" || progress === "pulling") &&
      until !== undefined &&
      until - now < SOON,
  );
}
