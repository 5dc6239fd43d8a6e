import type { Deployment, OwnerReference, ReplicaSet } from "../../api/types.gen.ts";
import { HeldUp } from "../held-up.ts";
import type { Invariant } from "../invariant.ts";

/** A count or a percentage of replicas, rounded up: how surge is counted. */
function surgeOf(value: unknown, replicas: number): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(String(value ?? "25%"))?.[1];
  return percent === undefined ? 0 : Math.ceil((replicas * Number(percent)) / 100);
}

/**
 * The ReplicaSets of a Deployment together want at most its replicas plus its surge. Judged when one of them is asked
 * for more: after the Deployment itself was made smaller they may want more for a moment.
 */
export const surgeBound: Invariant = {
  name: "surge-bound",
  number: 11,
  description:
    "A Deployment's ReplicaSets never want more than replicas + maxSurge pods when one of them grows.",
  watch: () => {
    const deployments = new Map<string, Deployment>();
    const wanted = new Map<string, Map<string, number>>();
    /** The largest bound since a Deployment was last changed: proportional scaling works on what it saw. */
    const bounds = new Map<string, number>();
    /**
     * A ReplicaSet that was just made may not be known: to a leader that stood still and is not fenced, and to a
     * controller whose write took so long that the next change came before it could hear of it.
     */
    const heldUp = new HeldUp(["leader-pause", "api-latency"]);
    return {
      take: (entry) => {
        heldUp.take(entry);
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "Deployment") {
          const after = entry.after as Deployment | undefined;
          const uid = (after ?? (entry.before as Deployment)).metadata.uid;
          if (after === undefined) deployments.delete(uid);
          else {
            const bound = boundOf(after);
            const observed = after.status?.observedGeneration === after.metadata.generation;
            bounds.set(uid, observed ? bound : Math.max(bound, bounds.get(uid) ?? 0));
            deployments.set(uid, after);
          }
          return undefined;
        }
        if (entry.collection !== "ReplicaSet") return undefined;
        const wrong = judge(
          entry.before as ReplicaSet | undefined,
          entry.after as ReplicaSet | undefined,
          deployments,
          wanted,
          bounds,
        );
        return heldUp.at(entry.time) ? undefined : wrong;
      },
    };
  },
};

function boundOf({ spec }: Deployment): number {
  const replicas = spec?.replicas ?? 1;
  if (spec?.strategy?.type === "Recreate") return replicas;
  return replicas + surgeOf(spec?.strategy?.rollingUpdate?.maxSurge, replicas);
}

function deploymentOf(set: ReplicaSet | undefined): OwnerReference | undefined {
  return set?.metadata.ownerReferences?.find(
    ({ kind, controller }) => kind === "Deployment" && controller === true,
  );
}

function judge(
  before: ReplicaSet | undefined,
  after: ReplicaSet | undefined,
  deployments: ReadonlyMap<string, Deployment>,
  wanted: Map<string, Map<string, number>>,
  bounds: ReadonlyMap<string, number>,
): string | undefined {
  const owner = deploymentOf(after);
  // A ReplicaSet whose labels the selector matches no more is let go: it counts for nobody.
  for (const set of [before, after]) {
    const uid = deploymentOf(set)?.uid;
    if (set === undefined || uid === undefined) continue;
    const sets = wanted.get(uid) ?? new Map<string, number>();
    wanted.set(uid, sets);
    if (set === before) sets.delete(set.metadata.uid);
    else sets.set(set.metadata.uid, set.spec?.replicas ?? 1);
  }
  if (after === undefined || owner === undefined) return undefined;
  const grows = (after.spec?.replicas ?? 1) > (before?.spec?.replicas ?? 0);
  const bound = bounds.get(owner.uid);
  if (!grows || bound === undefined || !deployments.has(owner.uid)) return undefined;
  const sizes = wanted.get(owner.uid)?.values() ?? [];
  const sum = [...sizes].reduce((total, replicas) => total + replicas, 0);
  return sum > bound
    ? `deployment ${owner.name}: its ReplicaSets want ${sum} pods, at most ${bound} are allowed`
    : undefined;
}
