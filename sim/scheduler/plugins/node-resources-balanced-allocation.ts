import type { NodeScore, PluginFactory } from "../framework/plugin.ts";
import { MAX_NODE_SCORE } from "../framework/status.ts";
import { requestOf } from "../snapshot/pod-info.ts";
import { isScalar } from "./node-resources-fit.ts";
import { weightedResources } from "./resource-scoring.ts";

const NAME = "NodeResourcesBalancedAllocation";

/** Balance of the used shares (each 0..1): 100 when all are equal, less the further they spread. */
export function balanceOf(fractions: ArrayLike<number>, count: number): number {
  let deviation = 0;
  if (count === 2) deviation = Math.abs(((fractions[0] ?? 0) - (fractions[1] ?? 0)) / 2);
  else if (count > 2) {
    let total = 0;
    for (let at = 0; at < count; at++) total += fractions[at] ?? 0;
    const mean = total / count;
    let squares = 0;
    for (let at = 0; at < count; at++) {
      const off = (fractions[at] ?? 0) - mean;
      squares += off * off;
    }
    deviation = Math.sqrt(squares / count);
  }
  return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
}

/** Since v1.35 a node is judged by what the pod changes: 75 when it leaves the balance as it was. */
export function balanceGain(before: number, after: number): number {
  return 50 + Math.trunc((50 + after - before) / 2);
}

/** Prefers nodes whose resources would be used more evenly with the pod than without it. */
export const nodeResourcesBalancedAllocation: PluginFactory = {
  name: NAME,
  create: (args) => {
    const resources = weightedResources(args, NAME);
    return {
      name: NAME,
      score: {
        dependsOn: "node-pods",
        score: ({ traits }, snapshot): NodeScore | "skip" => {
          const { columns } = snapshot;
          const scored = resources.map(({ name }) => {
            const id = snapshot.resources.idOf(name);
            const amount = requestOf(traits, id);
            return {
              amount,
              ignored: amount === 0 && isScalar(name),
              allocatable: columns.allocatableOf(id),
              requested: columns.requestedOf(id),
            };
          });
          if (scored.every(({ amount }) => amount === 0)) return "skip";
          const used = scored.filter(({ ignored }) => !ignored);
          const before = new Float64Array(used.length);
          const after = new Float64Array(used.length);
          return (node) => {
            let count = 0;
            for (let at = 0; at < used.length; at++) {
              const { allocatable, requested, amount } = used[at] as (typeof used)[number];
              const capacity = allocatable[node] as number;
              if (capacity === 0) continue;
              const held = requested[node] as number;
              const without = held / capacity;
              const withPod = (held + amount) / capacity;
              before[count] = without > 1 ? 1 : without;
              after[count] = withPod > 1 ? 1 : withPod;
              count++;
            }
            return balanceGain(balanceOf(before, count), balanceOf(after, count));
          };
        },
      },
    };
  },
};
