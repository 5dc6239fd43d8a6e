import type { PodDisruptionBudget } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

/** An eviction that a budget lets through takes exactly one disruption off it. */
export const evictionWithinBudget: Invariant = {
  name: "eviction-within-budget",
  number: 22,
  description: "An admitted eviction takes one disruption off a budget that has one left.",
  watch: () => ({
    take: (entry) => {
      if (entry.kind !== "change" || entry.collection !== "PodDisruptionBudget") return undefined;
      const before = (entry.before as PodDisruptionBudget | undefined)?.status;
      const after = (entry.after as PodDisruptionBudget | undefined)?.status;
      const known = before?.disruptedPods ?? {};
      const evicted = Object.keys(after?.disruptedPods ?? {}).filter((pod) => !(pod in known));
      if (evicted.length === 0) return undefined;
      const [had, has] = [before?.disruptionsAllowed ?? 0, after?.disruptionsAllowed ?? 0];
      return had >= 1 && evicted.length === 1 && has === had - 1
        ? undefined
        : `budget ${entry.key}: ${evicted.join(", ")} evicted with ${had} allowed before and ${has} after`;
    },
  }),
};
