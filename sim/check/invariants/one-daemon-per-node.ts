import type { DaemonSet, Pod } from "../../api/types.gen.ts";
import { nodeOfDaemon } from "../daemon-facts.ts";
import type { Invariant } from "../invariant.ts";
import { ownerOf } from "../pod-facts.ts";

function isActive({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.phase !== "Failed" &&
    status?.phase !== "Succeeded"
  );
}

/** Without surge a DaemonSet makes no second pod for a node. */
export const oneDaemonPerNode: Invariant = {
  name: "one-daemon-per-node",
  number: 21,
  description: "A DaemonSet without surge has at most one active pod for a node.",
  watch: () => {
    const surging = new Set<string>();
    const holders = new Map<string, string>();
    return {
      take: (entry) => {
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "DaemonSet") {
          const { metadata, spec } = (entry.after ?? entry.before) as DaemonSet;
          // Once it has surged, pods of that time may stay for a while.
          const surge = spec?.updateStrategy?.rollingUpdate?.maxSurge ?? 0;
          if (surge !== 0 && surge !== "0%") surging.add(metadata.uid);
          return undefined;
        }
        if (entry.collection !== "Pod") return undefined;
        const pod = (entry.after ?? entry.before) as Pod;
        const owner = ownerOf(pod, "DaemonSet")?.uid;
        const node = nodeOfDaemon(pod);
        if (owner === undefined || node === undefined || surging.has(owner)) return undefined;
        const place = `${owner}/${node}`;
        const other = holders.get(place);
        if (other === entry.key) holders.delete(place);
        if (entry.after === undefined || !isActive(pod)) return undefined;
        if (other !== undefined && other !== entry.key)
          return `pods ${other} and ${entry.key} of one DaemonSet are both for ${node}`;
        holders.set(place, entry.key);
        return undefined;
      },
    };
  },
};
