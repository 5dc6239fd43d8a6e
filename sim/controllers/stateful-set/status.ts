import type {
  ControllerRevision,
  Pod,
  StatefulSet,
  StatefulSetStatus,
} from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { availableAt, isAvailable, isReady, isTerminating } from "../runtime/pods.ts";
import { revisionNameOf } from "./identity.ts";

function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === "Running" && isReady(pod);
}

export function isRunningAndAvailable(pod: Pod, minReadySeconds: number, now: Micros): boolean {
  return isRunningAndReady(pod) && isAvailable(pod, minReadySeconds, now);
}

/** Revisions between which a StatefulSet stands. */
export interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly collisions: number;
}

/** Status that pods as they are now give. */
export function statefulStatus(
  set: StatefulSet,
  { current, update, collisions }: Revisions,
  pods: readonly Pod[],
  now: Micros,
): StatefulSetStatus {
  const delay = set.spec.minReadySeconds ?? 0;
  let [ready, available, ofCurrent, ofUpdate] = [0, 0, 0, 0];
  for (const pod of pods) {
    if (isRunningAndReady(pod)) ready++;
    if (isRunningAndAvailable(pod, delay, now)) available++;
    if (isTerminating(pod)) continue;
    const revision = revisionNameOf(pod);
    if (revision === current.metadata.name) ofCurrent++;
    if (revision === update.metadata.name) ofUpdate++;
  }
  const conditions = set.status?.conditions;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    readyReplicas: ready,
    currentReplicas: ofCurrent,
    updatedReplicas: ofUpdate,
    currentRevision: current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: collisions,
    availableReplicas: available,
    ...(conditions === undefined ? {} : { conditions }),
  };
}

/** When every replica is updated and ready, the update revision becomes the current one. Zero counts are left out. */
export function finished(set: StatefulSet, status: StatefulSetStatus): StatefulSetStatus {
  const wanted = set.spec.replicas ?? 1;
  const { updatedReplicas = 0, readyReplicas, replicas, updateRevision } = status;
  const done =
    set.spec.updateStrategy?.type !== "OnDelete" &&
    updatedReplicas === wanted &&
    readyReplicas === wanted &&
    replicas === wanted;
  const next =
    done && updateRevision !== undefined
      ? { ...status, currentReplicas: updatedReplicas, currentRevision: updateRevision }
      : status;
  const kept = Object.entries(next).filter(([name, value]) => value !== 0 || ALWAYS.has(name));
  return Object.fromEntries(kept) as unknown as StatefulSetStatus;
}

/** Fields that Go writes even when they are zero. */
const ALWAYS: ReadonlySet<string> = new Set(["replicas", "availableReplicas", "collisionCount"]);

/** When the next pod becomes available by waiting alone. */
export function nextAvailable(
  set: StatefulSet,
  pods: readonly Pod[],
  now: Micros,
): Micros | undefined {
  const delay = set.spec.minReadySeconds ?? 0;
  if (delay === 0) return undefined;
  let next: Micros | undefined;
  for (const pod of pods) {
    const at = availableAt(pod, delay);
    if (at !== undefined && at > now && (next === undefined || at < next)) next = at;
  }
  return next;
}
