import type { ApiError } from "../../api/api-error.ts";
import { timestamp } from "../../api/meta/time.ts";
import type { ReplicaSetCondition, ReplicaSetStatus } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import type { PodCounts } from "./pod-counts.ts";

/** Status of a ReplicaSet or ReplicationController after a sync. */
export function replicaStatus(
  before: ReplicaSetStatus | undefined,
  generation: number,
  counts: PodCounts,
  available: number,
  failure: { readonly error: ApiError; readonly missing: boolean } | undefined,
  now: Micros,
): ReplicaSetStatus {
  const conditions = failureConditions(before?.conditions ?? [], failure, now);
  // Zeros are left out, as Go leaves them out.
  const status: { -readonly [K in keyof ReplicaSetStatus]: ReplicaSetStatus[K] } = {
    replicas: counts.active,
  };
  if (counts.labelled !== 0) status.fullyLabeledReplicas = counts.labelled;
  if (counts.ready !== 0) status.readyReplicas = counts.ready;
  if (available !== 0) status.availableReplicas = available;
  status.terminatingReplicas = counts.terminating;
  if (generation !== 0) status.observedGeneration = generation;
  if (conditions.length !== 0) status.conditions = conditions;
  return status as ReplicaSetStatus;
}

/** The first failure stays as it was told until a sync succeeds. */
function failureConditions(
  before: readonly ReplicaSetCondition[],
  failure: { readonly error: ApiError; readonly missing: boolean } | undefined,
  now: Micros,
): readonly ReplicaSetCondition[] {
  const present = before.some(({ type }) => type === "ReplicaFailure");
  if (failure === undefined)
    return present ? before.filter(({ type }) => type !== "ReplicaFailure") : before;
  if (present) return before;
  const condition: ReplicaSetCondition = {
    type: "ReplicaFailure",
    status: "True",
    lastTransitionTime: timestamp(now),
    reason: failure.missing ? "FailedCreate" : "FailedDelete",
    message: failure.error.message,
  };
  return [...before, condition];
}
