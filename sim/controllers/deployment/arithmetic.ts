import type { Deployment } from "../../api/types.gen.ts";
import { countOf } from "../runtime/int-or-percent.ts";

/** How far a rolling update may leave the wanted size: pods above it, and available pods below it. */
export interface Fences {
  readonly surge: number;
  readonly unavailable: number;
}

const NO_FENCES: Fences = { surge: 0, unavailable: 0 };

/** Surge rounds up, unavailable rounds down; both zero would deadlock, so one may be unavailable (upstream `ResolveFenceposts`). */
export function fencesOf({ spec }: Deployment): Fences {
  const { type, rollingUpdate } = spec?.strategy ?? {};
  if (type === "Recreate") return NO_FENCES;
  const replicas = spec?.replicas ?? 1;
  const surge = countOf(rollingUpdate?.maxSurge ?? "25%", replicas, "up");
  const unavailable = countOf(rollingUpdate?.maxUnavailable ?? "25%", replicas, "down");
  if (surge === 0 && unavailable === 0) return { surge, unavailable: 1 };
  return { surge, unavailable };
}

/** Most pods that may be unavailable; none of a Deployment of size zero. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = deployment.spec?.replicas ?? 1;
  return replicas === 0 ? 0 : Math.min(fencesOf(deployment).unavailable, replicas);
}

/** A ReplicaSet as the arithmetic sees it: its wanted size and its available pods. */
export interface Size {
  readonly replicas: number;
  readonly available: number;
}

/** Size of the new ReplicaSet: as far up as the surge allows, and never above what is wanted. */
export function newSize(wanted: number, surge: number, ofNew: number, ofAll: number): number {
  const room = wanted + surge - ofAll;
  return room <= 0 ? ofNew : ofNew + Math.min(room, wanted - ofNew);
}

/** Whether a status is older than the last scaling: more pods are available than are wanted. */
export function isStale({ replicas, available }: Size): boolean {
  return replicas > 0 && available > replicas;
}

/** One scaling of the old ReplicaSet at this place of the list. */
export interface Step {
  readonly at: number;
  readonly to: number;
}

/**
 * How the old ReplicaSets (oldest first) shrink: unhealthy pods go first, since they only block the rollout, then as
 * many available ones as the minimum leaves over. `undefined` when a status is too old to tell.
 */
export function shrinkOld(
  wanted: number,
  unavailable: number,
  ofNew: Size,
  old: readonly Size[],
): readonly Step[] | undefined {
  const total = sum(old, (size) => size.replicas);
  const minimum = wanted - unavailable;
  const limit = total + ofNew.replicas - minimum - (ofNew.replicas - ofNew.available);
  if (total === 0 || limit <= 0) return [];
  if (old.some(isStale)) return undefined;
  const sizes = old.map((size) => size.replicas);
  const available = ofNew.available + sum(old, (size) => size.available);
  return [
    ...shrink(sizes, limit, (at) => (sizes[at] ?? 0) - (old[at]?.available ?? 0)),
    ...shrink(sizes, available - minimum, (at) => sizes[at] ?? 0),
  ];
}

/** Takes up to `budget` replicas from the front, at most `removable` from each. */
function shrink(sizes: number[], budget: number, removable: (at: number) => number): Step[] {
  const steps: Step[] = [];
  let left = budget;
  for (let at = 0; at < sizes.length && left > 0; at++) {
    const size = sizes[at] ?? 0;
    const less = Math.min(left, removable(at));
    if (size === 0 || less <= 0) continue;
    sizes[at] = size - less;
    left -= less;
    steps.push({ at, to: size - less });
  }
  return steps;
}

/** A ReplicaSet as proportional scaling sees it: its size, and the largest total it was part of. */
export interface Share {
  readonly replicas: number;
  /** `max-replicas` annotation, or the Deployment's size where it is missing. */
  readonly maxBefore: number;
}

/**
 * Sizes after a Deployment was scaled in mid-rollout: what is to be added or removed goes to all ReplicaSets (largest
 * first) in proportion, and what rounding leaves over to the first (upstream `GetReplicaSetProportion`).
 */
export function proportionalSizes(
  wanted: number,
  surge: number,
  shares: readonly Share[],
): readonly number[] {
  const allowed = wanted > 0 ? wanted + surge : 0;
  const toAdd = allowed - sum(shares, (share) => share.replicas);
  if (toAdd === 0) return shares.map((share) => share.replicas);
  let added = 0;
  const sizes = shares.map((share) => {
    const fraction = fractionOf(share, wanted, surge);
    const part =
      share.replicas === 0 || added === toAdd
        ? 0
        : toAdd > 0
          ? Math.min(fraction, toAdd - added)
          : Math.max(fraction, toAdd - added);
    added += part;
    return share.replicas + part;
  });
  if (sizes.length > 0) sizes[0] = Math.max(0, (sizes[0] ?? 0) + toAdd - added);
  return sizes;
}

function fractionOf({ replicas, maxBefore }: Share, wanted: number, surge: number): number {
  if (wanted === 0) return -replicas;
  if (maxBefore === 0) return 0;
  return Math.round((replicas * (wanted + surge)) / maxBefore) - replicas;
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
