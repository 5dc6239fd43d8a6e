import { argsRecord, listArg, wordArg } from "../framework/args.ts";
import type { Normalize, PluginFactory } from "../framework/plugin.ts";
import { MAX_NODE_SCORE } from "../framework/status.ts";
import type { WeightedResource } from "./resource-scoring.ts";

const NAME = "NodeResourcesAllocatable";

/** A core counts as much as a gibibyte, roughly: bytes by 1, millicores by 2^20 (upstream's defaults). */
const DEFAULT_WEIGHTS: readonly WeightedResource[] = [
  { name: "cpu", weight: 1 << 20 },
  { name: "memory", weight: 1 },
];

/** Minimum..maximum to 0..100 in whole numbers; all equal gives everyone 0. */
const spanInteger: Normalize = (scores) => {
  const low = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const span = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - low;
  for (let at = 0; at < scores.length; at++)
    scores[at] =
      span === 0 ? 0 : Math.trunc((((scores[at] as number) - low) * MAX_NODE_SCORE) / span);
};

/**
 * LeastAllocatable (`mode: Least`, the default): the smallest node that fits, so that large ones stay free for
 * large pods; `Most` is the opposite (kubernetes-sigs/scheduler-plugins, NodeResourcesAllocatable).
 */
export const nodeResourcesAllocatable: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const args = argsRecord(raw, NAME);
    const mode = wordArg(args["mode"], ["Least", "Most"] as const, "Least", {
      plugin: NAME,
      field: "mode",
    });
    const resources =
      listArg<WeightedResource>(args["resources"], NAME, "resources") ?? DEFAULT_WEIGHTS;
    let weights = 0;
    for (const { weight } of resources) weights += weight;
    return {
      name: NAME,
      score: {
        dependsOn: "node",
        readsSpecAlone: true,
        normalize: spanInteger,
        score: (_pod, snapshot) => {
          const columns = resources.map(({ name, weight }) => ({
            weight,
            ...snapshot.columns.of(snapshot.resources.idOf(name)),
          }));
          return (node) => {
            let sum = 0;
            for (const { values, stride, allocatable, weight } of columns)
              sum += (values[node * stride + allocatable] as number) * weight;
            const size = Math.trunc(sum / weights);
            return mode === "Least" ? -size : size;
          };
        },
      },
    };
  },
};
