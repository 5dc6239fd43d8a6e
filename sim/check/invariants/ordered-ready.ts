import type { Pod, StatefulSet } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";
import { isReady, ownerOf } from "../pod-facts.ts";

/** A pod of an ordered StatefulSet is made only after each before it has been Ready: what the controller saw may be old by now. */
export const orderedReady: Invariant = {
  name: "ordered-ready",
  number: 16,
  description:
    "A StatefulSet with OrderedReady creates a pod only after all pods before it have been Ready.",
  watch: () => {
    const sets = new Map<string, StatefulSet>();
    const ready = new Set<string>();
    return {
      take: (entry) => {
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "StatefulSet") {
          const set = (entry.after ?? entry.before) as StatefulSet;
          sets.set(set.metadata.uid, set);
          return undefined;
        }
        if (entry.collection !== "Pod" || entry.after === undefined) return undefined;
        const pod = entry.after as Pod;
        const set = sets.get(ownerOf(pod, "StatefulSet")?.uid ?? "");
        if (set === undefined) return undefined;
        const ordinal = Number(/-(\d+)$/.exec(pod.metadata.name)?.[1]);
        const { uid } = set.metadata;
        if (isReady(pod)) ready.add(`${uid}/${ordinal}`);
        if (entry.before !== undefined || set.spec?.podManagementPolicy === "Parallel")
          return undefined;
        for (let before = set.spec?.ordinals?.start ?? 0; before < ordinal; before++)
          if (!ready.has(`${uid}/${before}`))
            return `pod ${entry.key} was created although ordinal ${before} has never been Ready`;
        return undefined;
      },
    };
  },
};
