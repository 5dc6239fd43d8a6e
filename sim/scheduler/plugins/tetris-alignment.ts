import type { PluginFactory } from "../framework/plugin.ts";
import { MAX_NODE_SCORE } from "../framework/status.ts";
import type { ResourceColumn } from "../snapshot/node-columns.ts";

const NAME = "TetrisAlignment";

interface Demand {
  readonly column: ResourceColumn;
  readonly amount: number;
}

/**
 * Tetris: the node whose free resources point most in the direction of the demand: the dot product of both, each
 * measured in shares of the node's capacity (Grandl et al., SIGCOMM 2014, §3.2). 0..100.
 */
export const tetrisAlignment: PluginFactory = {
  name: NAME,
  create: () => ({
    name: NAME,
    score: {
      dependsOn: "node-pods",
      score: ({ traits }, snapshot) => {
        const demands = traits.resources.map(
          (resource, at): Demand => ({
            column: snapshot.columns.of(resource),
            amount: traits.amounts[at] ?? 0,
          }),
        );
        if (demands.length === 0) return "skip";
        return (node) => {
          let sum = 0;
          for (let at = 0; at < demands.length; at++) {
            const { column, amount } = demands[at] as Demand;
            const { values, stride, allocatable, requested } = column;
            const capacity = values[node * stride + allocatable] as number;
            if (capacity === 0) continue;
            const free = capacity - (values[node * stride + requested] as number);
            sum += (amount / capacity) * (free / capacity);
          }
          return Math.trunc((MAX_NODE_SCORE * sum) / demands.length);
        };
      },
    },
  }),
};
