import type { Pod } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

/** A pod's node, once set, stays. */
export const bindOnce: Invariant = {
  name: "bind-once",
  number: 3,
  description: "A pod gets a node at most once, and never while it is being deleted.",
  watch: () => ({
    take: (entry) => {
      if (entry.kind !== "change" || entry.collection !== "Pod") return undefined;
      const before = entry.before as Pod | undefined;
      const after = entry.after as Pod | undefined;
      if (before === undefined || after === undefined) return undefined;
      const [was, is] = [before.spec?.nodeName ?? "", after.spec?.nodeName ?? ""];
      if (was !== "" && was !== is)
        return `pod ${entry.key} moved from ${was} to ${is || "nowhere"}`;
      if (was === "" && is !== "" && before.metadata.deletionTimestamp !== undefined)
        return `pod ${entry.key} was bound while being deleted`;
      return undefined;
    },
  }),
};
