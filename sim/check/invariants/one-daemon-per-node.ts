import type { DaemonSet, Pod } from "../../api/types.gen.ts";
import { nodeOfDaemon } from "../daemon-facts.ts";
import { HeldUp } from "../held-up.ts";
import type { Invariant } from "../invariant.ts";
import { ownerOf } from "../pod-facts.ts";

function isActive({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.phase !== "Failed" &&
    status?.phase !== "Succeeded"
  );
}

/** Which node an active daemon pod is on or for, and of which DaemonSet. */
function placeOf(
  pod: Pod | undefined,
): { readonly key: string; readonly owner: string; readonly node: string } | undefined {
  if (pod === undefined || !isActive(pod)) return undefined;
  const owner = ownerOf(pod, "DaemonSet")?.uid;
  if (owner === undefined) return undefined;
  const node = nodeOfDaemon(pod);
  return node === undefined ? undefined : { key: `${owner}/${node}`, owner, node };
}

/** Without surge a DaemonSet makes no second pod for a node. */
export const oneDaemonPerNode: Invariant = {
  name: "one-daemon-per-node",
  number: 21,
  description: "A DaemonSet without surge has at most one active pod for a node.",
  watch: () => {
    const surging = new Set<string>();
    /** Nothing fences a leader that stood still: what it makes beside its successor's pods goes again. */
    const heldUp = new HeldUp(["leader-pause"]);
    const holders = new Map<string, string>();
    return {
      take: (entry) => {
        heldUp.take(entry);
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "DaemonSet") {
          const { metadata, spec } = (entry.after ?? entry.before) as DaemonSet;
          // Once it has surged, pods of that time may stay for a while.
          const surge = spec?.updateStrategy?.rollingUpdate?.maxSurge ?? 0;
          if (surge !== 0 && surge !== "0%") surging.add(metadata.uid);
          return undefined;
        }
        if (entry.collection !== "Pod") return undefined;
        const then = placeOf(entry.before as Pod | undefined);
        // A pod whose labels the selector matches no more is let go: it holds the node for nobody.
        if (then !== undefined && holders.get(then.key) === entry.key) holders.delete(then.key);
        const place = placeOf(entry.after as Pod | undefined);
        if (place === undefined || surging.has(place.owner)) return undefined;
        const other = holders.get(place.key);
        if (other !== undefined && !heldUp.at(entry.time))
          return `pods ${other} and ${entry.key} of one DaemonSet are both for ${place.node}`;
        holders.set(place.key, entry.key);
        return undefined;
      },
    };
  },
};
