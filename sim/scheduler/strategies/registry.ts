import { packingStrategies } from "./packing.ts";
import { byUtilization, cpuAndMemory, fitting } from "./profiles.ts";
import { sharingStrategies } from "./sharing.ts";
import type { Strategy } from "./strategy.ts";

const UPSTREAM = "kube-scheduler v1.36";

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
    config: byUtilization([0, 0], [80, 10], [100, 2]),
  },
  {
    name: "requested-to-capacity-packing",
    describe: "the fuller the node the better, in a straight line (RequestedToCapacityRatio)",
    source: UPSTREAM,
    config: byUtilization([0, 0], [100, 10]),
  },
  {
    name: "requested-to-capacity-spreading",
    describe: "the emptier the node the better, in a straight line (RequestedToCapacityRatio)",
    source: UPSTREAM,
    config: byUtilization([0, 10], [100, 0]),
  },
  ...packingStrategies,
  ...sharingStrategies,
];
