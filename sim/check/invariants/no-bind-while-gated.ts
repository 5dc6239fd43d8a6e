import type { Pod } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

/** A scheduling gate keeps a pod from being bound. */
export const noBindWhileGated: Invariant = {
  name: "no-bind-while-gated",
  number: 5,
  description: "A pod with scheduling gates is never bound.",
  watch: () => ({
    take: (entry) => {
      if (entry.kind !== "change" || entry.collection !== "Pod") return undefined;
      const before = entry.before as Pod | undefined;
      const after = entry.after as Pod | undefined;
      if (before === undefined || after === undefined) return undefined;
      const bound = !before.spec?.nodeName && Boolean(after.spec?.nodeName);
      const gates = (before.spec?.schedulingGates ?? []).map(({ name }) => name);
      return bound && gates.length > 0
        ? `pod ${entry.key} was bound although it is gated by ${gates.join(", ")}`
        : undefined;
    },
  }),
};
