import type { Pod, StatefulSet } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";
import { ownerOf } from "../pod-facts.ts";

/** Pods below the partition of a rolling update are made of the old revision. */
export const partitionHeld: Invariant = {
  name: "partition-held",
  number: 17,
  description: "A StatefulSet's pods below the partition are created of its old revision.",
  watch: () => {
    const sets = new Map<string, StatefulSet>();
    return {
      take: (entry) => {
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "StatefulSet") {
          const set = (entry.after ?? entry.before) as StatefulSet;
          sets.set(set.metadata.uid, set);
          return undefined;
        }
        if (entry.collection !== "Pod" || entry.before !== undefined) return undefined;
        const pod = entry.after as Pod;
        const set = sets.get(ownerOf(pod, "StatefulSet")?.uid ?? "");
        // The controller may not have seen the newest partition yet.
        if (set === undefined || set.status?.observedGeneration !== set.metadata.generation)
          return undefined;
        const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
        const ordinal = Number(/-(\d+)$/.exec(pod.metadata.name)?.[1]);
        const revision = pod.metadata.labels?.["controller-revision-hash"];
        const { currentRevision, updateRevision } = set.status ?? {};
        return ordinal < partition && revision === updateRevision && revision !== currentRevision
          ? `pod ${entry.key} below partition ${partition} was created of the new revision ${revision}`
          : undefined;
      },
    };
  },
};
