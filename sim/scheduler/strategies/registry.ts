import type { Strategy } from "./strategy.ts";

const UPSTREAM = "kube-scheduler v1.36";

/** A profile with NodeResourcesFit scoring another way, and nothing else that scores by resources. */
function fitting(scoringStrategy: object): unknown {
  return {
    plugins: { score: { disabled: [{ name: "NodeResourcesBalancedAllocation" }] } },
    pluginConfig: [{ name: "NodeResourcesFit", args: { scoringStrategy } }],
  };
}

const cpuAndMemory = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

/** Every scheduler that can be asked for by name. */
export const strategies: readonly Strategy[] = [
  {
    name: "default",
    describe: "kube-scheduler's default profile: spread by least allocated resources",
    source: UPSTREAM,
    config: {},
  },
  {
    name: "bin-packing",
    describe: "fills the fullest node first (NodeResourcesFit MostAllocated)",
    source: UPSTREAM,
    config: fitting({ type: "MostAllocated", resources: cpuAndMemory }),
  },
  {
    name: "requested-to-capacity",
    describe: "prefers nodes whose requests come near 80 % of capacity (RequestedToCapacityRatio)",
    source: UPSTREAM,
    config: fitting({
      type: "RequestedToCapacityRatio",
      resources: cpuAndMemory,
      requestedToCapacityRatio: {
        shape: [
          { utilization: 0, score: 0 },
          { utilization: 80, score: 10 },
          { utilization: 100, score: 2 },
        ],
      },
    }),
  },
];
