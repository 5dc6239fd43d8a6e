import type { PluginFactory } from "../framework/plugin.ts";

const NAME = "FirstFit";

/** First fit: the first feasible node in the order of names (Johnson et al., SIAM J. Comput. 3, 1974). */
export const firstFit: PluginFactory = {
  name: NAME,
  create: () => ({
    name: NAME,
    score: {
      dependsOn: "node",
      // Ranks are void when nodes come or go, and so is everything remembered of them.
      score: (_pod, snapshot) => {
        const ranks = snapshot.ranks();
        const count = snapshot.nodeCount;
        return (node) => count - (ranks[node] as number);
      },
    },
  }),
};
