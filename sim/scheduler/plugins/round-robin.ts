import type { PluginFactory } from "../framework/plugin.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

const NAME = "RoundRobin";

/** Rank of the first node after `name` in the order of names. */
function rankAfter(name: string, snapshot: Snapshot): number {
  const order = snapshot.order();
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((snapshot.names[order[middle] as number] ?? "") <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Round robin: the first feasible node after the one chosen last, in the order of names. */
export const roundRobin: PluginFactory = {
  name: NAME,
  create: () => {
    let last = "";
    return {
      name: NAME,
      score: {
        dependsOn: "cluster",
        score: (_pod, snapshot) => {
          const ranks = snapshot.ranks();
          const count = snapshot.nodeCount;
          let next = 0;
          return {
            domain: (node) => ranks[node] as number,
            nodeChanged: () => {},
            stale: () => false,
            begin: () => {
              next = rankAfter(last, snapshot);
              return undefined;
            },
            score: (rank) => count - ((rank - next + count) % count),
          };
        },
      },
      reserve: (_pod, node) => {
        last = node;
        return undefined;
      },
      state: {
        save: () => last,
        load: (saved) => {
          last = typeof saved === "string" ? saved : "";
        },
      },
    };
  },
};
