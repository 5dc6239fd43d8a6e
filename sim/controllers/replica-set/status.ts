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
  return {
    replicas: counts.active,
    ...positive("fullyLabeledReplicas", counts.labelled),
    ...positive("readyReplicas", counts.ready),
    ...positive("availableReplicas", available),
    terminatingReplicas: counts.terminating,
    ...positive("observedGeneration", generation),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** Zeros are left out, as Go leaves them out. */
function positive<K extends string>(name: K, value: number): { readonly [name in K]?: number } {
  return (value === 0 ? {} : { [name]: value }) as { readonly [name in K]?: number };
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
