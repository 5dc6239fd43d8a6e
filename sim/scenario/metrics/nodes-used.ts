import { isOnNode } from "../../api/kinds/pod/room.ts";
import type { Pod } from "../../api/types.gen.ts";
import { Level } from "./level.ts";
import type { Metric } from "./metric.ts";

/** Nodes that are paid for: those with something on them beside what runs on every node. */
export const nodesUsed: Metric = {
  name: "nodes_used",
  description: "Nodes with at least one pod that is not of a DaemonSet, over time.",
  unit: "nodes",
  stat: "mean",
  collect: (counts) => {
    const level = new Level(0);
    const perNode = new Map<string, number>();
    const move = (pod: Pod | undefined, by: 1 | -1): void => {
      if (pod === undefined || !isOnNode(pod) || !counts(pod) || isDaemon(pod)) return;
      const node = pod.spec?.nodeName ?? "";
      const left = (perNode.get(node) ?? 0) + by;
      if (left === 0) perNode.delete(node);
      else perNode.set(node, left);
    };
    return {
      take: (entry) => {
        if (entry.kind !== "change" || entry.collection !== "Pod") return;
        move(entry.before as Pod | undefined, -1);
        move(entry.after as Pod | undefined, 1);
        level.set(entry.time, perNode.size);
      },
      samples: (end) => level.samples(end),
    };
  },
};

function isDaemon({ metadata }: Pod): boolean {
  return (metadata.ownerReferences ?? []).some(({ kind }) => kind === "DaemonSet");
}
