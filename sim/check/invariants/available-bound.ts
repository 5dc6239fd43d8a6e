import type { Deployment, ReplicaSet } from "../../api/types.gen.ts";
import { countOf } from "../../controllers/runtime/int-or-percent.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { HeldUp } from "../held-up.ts";
import type { Invariant } from "../invariant.ts";
import { ownerOf } from "../pod-facts.ts";

/** What a controller sees may be this old; longer while its watch is held up. */
const LAG: Micros = 5 * SECOND;

interface Seen {
  readonly at: Micros;
  readonly value: number;
}

/** The values of the last moments: what is older than the lag and was replaced is no longer seen by anybody. */
function remember(seen: readonly Seen[], at: Micros, value: number): readonly Seen[] {
  const kept = seen.filter((_, index) => (seen[index + 1]?.at ?? at) >= at - LAG);
  return [...kept, { at, value }];
}

/** How many pods of a Deployment must stay available; `undefined` where a roll-out may take them all. */
function floorOf({ spec }: Deployment): number | undefined {
  if (spec?.strategy?.type === "Recreate") return undefined;
  const replicas = spec?.replicas ?? 1;
  const { maxSurge = "25%", maxUnavailable = "25%" } = spec?.strategy?.rollingUpdate ?? {};
  const surge = countOf(maxSurge, replicas, "up");
  const unavailable = countOf(maxUnavailable, replicas, "down");
  return replicas - (surge === 0 && unavailable === 0 ? 1 : unavailable);
}

/**
 * Where a Deployment makes its ReplicaSets smaller, enough available pods stay: it gives up those first that are not.
 * Judged by the most favourable of what the controller may have seen.
 */
export const availableBound: Invariant = {
  name: "available-bound",
  number: 12,
  description:
    "A Deployment's own scale-down never brings its available pods below replicas − maxUnavailable.",
  watch: () => {
    const floors = new Map<string, readonly Seen[]>();
    const available = new Map<string, readonly Seen[]>();
    const sizes = new Map<string, number>();
    const setsOf = new Map<string, Set<string>>();
    const heldUp = new HeldUp([
      "stale-watch",
      "api-unavailable",
      "leader-pause",
      "leader-partition",
    ]);
    const most = (set: string): number =>
      Math.max(0, ...(available.get(set) ?? []).map(({ value }) => value));
    return {
      take: (entry) => {
        heldUp.take(entry);
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "Deployment") {
          const deployment = (entry.after ?? entry.before) as Deployment;
          const { uid } = deployment.metadata;
          const floor = floorOf(deployment) ?? 0;
          floors.set(uid, remember(floors.get(uid) ?? [], entry.time, floor));
          return undefined;
        }
        if (entry.collection !== "ReplicaSet") return undefined;
        const set = (entry.after ?? entry.before) as ReplicaSet;
        const { uid } = set.metadata;
        const owner = ownerOf(set, "Deployment");
        if (owner === undefined) return undefined;
        const sets = setsOf.get(owner.uid) ?? new Set<string>();
        setsOf.set(owner.uid, entry.after === undefined ? without(sets, uid) : sets.add(uid));
        const before = sizes.get(uid) ?? 0;
        const size = entry.after === undefined ? 0 : (set.spec?.replicas ?? 1);
        sizes.set(uid, size);
        const now = entry.after === undefined ? 0 : (set.status?.availableReplicas ?? 0);
        available.set(uid, remember(available.get(uid) ?? [], entry.time, now));
        if (
          size >= before ||
          entry.after === undefined ||
          !entry.actor.startsWith("deployment-controller")
        )
          return undefined;
        // Scaling keeps proportions, not availability: it marks the set with the new size.
        if (desiredOf(set) !== desiredOf(entry.before as ReplicaSet | undefined)) return undefined;
        const floor = Math.min(...(floors.get(owner.uid) ?? []).map(({ value }) => value));
        let stay = 0;
        for (const each of setsOf.get(owner.uid) ?? [])
          stay += Math.min(most(each), sizes.get(each) ?? 0);
        // Where too few were available before, giving up those that are not does no harm.
        const lost = Math.max(0, Math.min(most(uid), before) - size);
        return !heldUp.at(entry.time) && lost > 0 && stay < floor
          ? `deployment ${owner.name}: at most ${stay} pods stay available, at least ${floor} must`
          : undefined;
      },
    };
  },
};

function desiredOf(set: ReplicaSet | undefined): string | undefined {
  return set?.metadata.annotations?.["deployment.kubernetes.io/desired-replicas"];
}

function without(sets: Set<string>, uid: string): Set<string> {
  sets.delete(uid);
  return sets;
}
