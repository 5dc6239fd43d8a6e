import type { Micros } from "../../engine/time.ts";
import type { Condition, PodCondition, PodStatus } from "../types.gen.ts";
import { timestamp } from "./time.ts";

/** Finds a condition by its type. */
export function findCondition<T extends { readonly type: string }>(
  conditions: readonly T[] | undefined,
  type: string,
): T | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * A pod's status with a condition set (upstream `UpdatePodCondition`): the transition time moves only when the
 * condition's status does. The same object when nothing changes.
 */
export function withPodCondition(
  status: PodStatus,
  condition: Omit<PodCondition, "lastTransitionTime" | "lastProbeTime">,
  now: Micros,
): PodStatus {
  const conditions = status.conditions ?? [];
  const at = conditions.findIndex(({ type }) => type === condition.type);
  const before = conditions[at];
  if (before === undefined) {
    return {
      ...status,
      conditions: [...conditions, { ...condition, lastTransitionTime: timestamp(now) }],
    };
  }
  const same =
    before.status === condition.status &&
    before.reason === condition.reason &&
    before.message === condition.message &&
    before.observedGeneration === condition.observedGeneration;
  if (same) return status;
  const { lastTransitionTime } = before;
  const moved = before.status !== condition.status || lastTransitionTime === undefined;
  const next = { ...condition, lastTransitionTime: moved ? timestamp(now) : lastTransitionTime };
  return { ...status, conditions: conditions.with(at, next) };
}

/**
 * Conditions with one of them set (apimachinery `SetStatusCondition`): the transition time moves only when the
 * condition's status does. The same list when nothing changes.
 */
export function withCondition(
  conditions: readonly Condition[],
  condition: Omit<Condition, "lastTransitionTime">,
  now: Micros,
): readonly Condition[] {
  const at = conditions.findIndex(({ type }) => type === condition.type);
  const before = conditions[at];
  if (before === undefined)
    return [...conditions, { ...condition, lastTransitionTime: timestamp(now) }];
  const same =
    before.status === condition.status &&
    before.reason === condition.reason &&
    before.message === condition.message &&
    before.observedGeneration === condition.observedGeneration;
  if (same) return conditions;
  const lastTransitionTime =
    before.status === condition.status ? before.lastTransitionTime : timestamp(now);
  return conditions.with(at, { ...condition, lastTransitionTime });
}
