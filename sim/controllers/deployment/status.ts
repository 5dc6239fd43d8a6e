import { parseTimestamp, timestamp } from "../../api/meta/time.ts";
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { maxUnavailable, sum } from "./arithmetic.ts";

/** A deadline or limit of this size stands for none. */
const UNLIMITED = 2_147_483_647;

type Conditions = readonly DeploymentCondition[];

export function conditionOf(
  status: DeploymentStatus | undefined,
  type: string,
): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Sets a condition. Equal status and reason leave the old one; equal status keeps the time of transition. */
export function withCondition(
  conditions: Conditions,
  type: string,
  status: string,
  reason: string,
  message: string,
  now: Micros,
): Conditions {
  const before = conditions.find((condition) => condition.type === type);
  if (before?.status === status && before.reason === reason) return conditions;
  const at = timestamp(now);
  return [
    ...without(conditions, type),
    {
      type,
      status,
      reason,
      message,
      lastUpdateTime: at,
      lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? at) : at,
    },
  ];
}

function without(conditions: Conditions, type: string): Conditions {
  return conditions.some((condition) => condition.type === type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;
}

export function hasDeadline({ spec }: Deployment): boolean {
  return spec?.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== UNLIMITED;
}

/** How many old ReplicaSets are kept; `undefined` for all. */
export function historyLimit({ spec }: Deployment): number | undefined {
  const limit = spec?.revisionHistoryLimit;
  return limit === UNLIMITED ? undefined : limit;
}

/** The ReplicaSets of a Deployment: the one of its template, if there is one, and the others. */
export interface Sets {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

export function allOf({ current, old }: Sets): readonly ReplicaSet[] {
  return current === undefined ? old : [...old, current];
}

/** Counts and the Available condition; everything else of the status stays. */
export function countedStatus(deployment: Deployment, sets: Sets, now: Micros): DeploymentStatus {
  const all = allOf(sets);
  const available = sum(all, (set) => set.status?.availableReplicas ?? 0);
  const wantedByAll = sum(all, (set) => set.spec?.replicas ?? 0);
  const terminating = terminatingOf(all);
  const enough = available >= (deployment.spec?.replicas ?? 1) - maxUnavailable(deployment);
  const { collisionCount, conditions = [] } = deployment.status ?? {};
  const replicas = sum(all, (set) => set.status?.replicas ?? 0);
  const updated = sets.current?.status?.replicas ?? 0;
  const ready = sum(all, (set) => set.status?.readyReplicas ?? 0);
  const generation = deployment.metadata.generation ?? 0;
  // Zero counts are not written, as in Go; `terminatingReplicas` and `collisionCount` are pointers there and stay.
  const status: { -readonly [K in keyof DeploymentStatus]: DeploymentStatus[K] } = {};
  if (generation !== 0) status.observedGeneration = generation;
  if (replicas !== 0) status.replicas = replicas;
  if (updated !== 0) status.updatedReplicas = updated;
  if (ready !== 0) status.readyReplicas = ready;
  if (available !== 0) status.availableReplicas = available;
  if (wantedByAll > available) status.unavailableReplicas = wantedByAll - available;
  if (terminating !== undefined) status.terminatingReplicas = terminating;
  if (collisionCount !== undefined) status.collisionCount = collisionCount;
  status.conditions = enough
    ? withCondition(
        conditions,
        "Available",
        "True",
        "MinimumReplicasAvailable",
        "Deployment has minimum availability.",
        now,
      )
    : withCondition(
        conditions,
        "Available",
        "False",
        "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.",
        now,
      );
  return status;
}

/** Known only when every ReplicaSet that was synced tells its own. */
function terminatingOf(all: readonly ReplicaSet[]): number | undefined {
  let total = 0;
  for (const { status } of all) {
    if (status?.terminatingReplicas !== undefined) total += status.terminatingReplicas;
    else if ((status?.observedGeneration ?? 0) > 0) return undefined;
  }
  return total;
}

/** Whether everything runs the newest template, is available, and nothing old is left. */
export function isComplete({ spec, metadata }: Deployment, status: DeploymentStatus = {}): boolean {
  const wanted = spec?.replicas ?? 1;
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus = {}, after: DeploymentStatus): boolean {
  const oldOnes = (status: DeploymentStatus) =>
    (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    oldOnes(after) < oldOnes(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, status: DeploymentStatus, now: Micros): boolean {
  const condition = conditionOf(status, "Progressing");
  if (condition === undefined || condition.reason === "NewReplicaSetAvailable") return false;
  if (condition.reason === "ProgressDeadlineExceeded") return true;
  return deadlineOf(deployment, condition) < now;
}

/** Reasons of the Progressing condition after which nothing can time out any more. */
const ENDED: ReadonlySet<string> = new Set(["NewReplicaSetAvailable", "ProgressDeadlineExceeded"]);

function deadlineOf({ spec }: Deployment, progressing: DeploymentCondition): Micros {
  const from = parseTimestamp(progressing.lastUpdateTime) ?? 0;
  return from + (spec?.progressDeadlineSeconds ?? 0) * SECOND;
}

/** Status of a rollout: counts, and the Progressing and ReplicaFailure conditions. */
export function rolloutStatus(deployment: Deployment, sets: Sets, now: Micros): DeploymentStatus {
  const counted = countedStatus(deployment, sets, now);
  let conditions = counted.conditions ?? [];
  if (!hasDeadline(deployment)) conditions = without(conditions, "Progressing");
  const present = conditionOf(deployment.status, "Progressing");
  const settled =
    (counted.replicas ?? 0) === (counted.updatedReplicas ?? 0) &&
    present?.reason === "NewReplicaSetAvailable";
  if (hasDeadline(deployment) && !settled)
    conditions = progressConditions(deployment, sets, { ...counted, conditions }, now);
  return { ...counted, conditions: failureConditions(conditions, sets, now) };
}

function progressConditions(
  deployment: Deployment,
  sets: Sets,
  counted: DeploymentStatus,
  now: Micros,
): Conditions {
  const conditions = counted.conditions ?? [];
  const subject =
    sets.current === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${sets.current.metadata.name}"`;
  const set = (from: Conditions, status: string, reason: string, says: string) =>
    withCondition(from, "Progressing", status, reason, `${subject} ${says}`, now);
  if (isComplete(deployment, counted))
    return set(conditions, "True", "NewReplicaSetAvailable", "has successfully progressed.");
  if (hasProgressed(deployment.status, counted)) {
    // Progress renews lastUpdateTime although the reason stays: the deadline counts from it.
    const before = conditionOf(deployment.status, "Progressing");
    const renewed = set(
      without(conditions, "Progressing"),
      "True",
      "ReplicaSetUpdated",
      "is progressing.",
    );
    return before?.status === "True" ? keepTransition(renewed, before) : renewed;
  }
  if (hasTimedOut(deployment, counted, now))
    return set(conditions, "False", "ProgressDeadlineExceeded", "has timed out progressing.");
  return conditions;
}

function keepTransition(conditions: Conditions, before: DeploymentCondition): Conditions {
  return conditions.map((condition) =>
    condition.type === before.type && before.lastTransitionTime !== undefined
      ? { ...condition, lastTransitionTime: before.lastTransitionTime }
      : condition,
  );
}

/** The failure of the new ReplicaSet, or else the first of an old one. */
function failureConditions(conditions: Conditions, sets: Sets, now: Micros): Conditions {
  const candidates = sets.current === undefined ? sets.old : [sets.current, ...sets.old];
  for (const { status } of candidates) {
    const failure = status?.conditions?.find(({ type }) => type === "ReplicaFailure");
    if (failure === undefined) continue;
    const { reason = "", message = "" } = failure;
    const at = failure.lastTransitionTime ?? timestamp(now);
    const before = conditions.find(({ type }) => type === "ReplicaFailure");
    if (before?.status === failure.status && before.reason === reason) return conditions;
    return [
      ...without(conditions, "ReplicaFailure"),
      {
        type: "ReplicaFailure",
        status: failure.status,
        reason,
        message,
        lastUpdateTime: at,
        lastTransitionTime:
          before?.status === failure.status ? (before.lastTransitionTime ?? at) : at,
      },
    ];
  }
  return without(conditions, "ReplicaFailure");
}

/**
 * When a rollout under way is to be looked at again, to see whether it is stuck. One that succeeded never times out: upstream
 * polls for it all the same, as long as a pod is missing.
 */
export function nextDeadlineCheck(
  deployment: Deployment,
  status: DeploymentStatus,
  now: Micros,
): Micros | undefined {
  const condition = conditionOf(deployment.status, "Progressing");
  if (!hasDeadline(deployment) || condition === undefined) return undefined;
  if (isComplete(deployment, status) || ENDED.has(condition.reason ?? "")) return undefined;
  const left = deadlineOf(deployment, condition) - now;
  // Upstream polls in the last second and otherwise looks a second after the deadline.
  return left < SECOND ? Math.max(left, 0) + 5_000 : left + SECOND;
}
