import { timestamp } from "../../api/meta/time.ts";
import type { Job, JobCondition } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";

/** A condition that is true now. */
export function condition(
  type: string,
  reason: string,
  message: string,
  now: Micros,
): JobCondition {
  const at = timestamp(now);
  return { type, status: "True", lastProbeTime: at, lastTransitionTime: at, reason, message };
}

export function holds(conditions: readonly JobCondition[] | undefined, type: string): boolean {
  return conditions?.some((present) => present.type === type && present.status === "True") ?? false;
}

/** A Job that is Complete or Failed is never touched again. */
export function isFinished({ status }: Job): boolean {
  return holds(status?.conditions, "Complete") || holds(status?.conditions, "Failed");
}

/** Sets a condition; the same list when nothing changes. A false one that was never there is not added. */
export function ensured(
  conditions: readonly JobCondition[],
  next: JobCondition,
): readonly JobCondition[] {
  const at = conditions.findIndex(({ type }) => type === next.type);
  const before = conditions[at];
  if (before === undefined) return next.status === "False" ? conditions : [...conditions, next];
  if (
    before.status === next.status &&
    before.reason === next.reason &&
    before.message === next.message
  )
    return conditions;
  return conditions.map((present, place) => (place === at ? next : present));
}
