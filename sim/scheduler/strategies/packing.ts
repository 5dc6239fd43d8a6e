import { queuedBy, scoredBy } from "./profiles.ts";
import type { Strategy } from "./strategy.ts";

const JOHNSON = "Johnson, Demers, Ullman, Garey, Graham, SIAM J. Comput. 3 (1974)";
const DECREASING = "Dósa, Li, Han, Tuza, Theor. Comput. Sci. 510 (2013)";
const SCHEDULER_PLUGINS = "kubernetes-sigs/scheduler-plugins";
const FRAGMENTATION = "Weng et al., USENIX ATC 2023, and its openb experiment";

/** The bin-packing textbook, and one-plugin strategies of other systems. */
export const packingStrategies: readonly Strategy[] = [
  {
    name: "first-fit",
    describe: "the first node, by name, that the pod fits",
    source: JOHNSON,
    config: scoredBy("FirstFit"),
  },
  {
    name: "first-fit-decreasing",
    describe: "first fit, waiting pods with the largest CPU request first",
    source: DECREASING,
    config: queuedBy("LargestFirst", { name: "FirstFit" }),
  },
  {
    name: "best-fit",
    describe: "the node with the least room left after placing the pod",
    source: JOHNSON,
    config: scoredBy("RemainingRoom", { prefer: "least" }),
  },
  {
    name: "best-fit-decreasing",
    describe: "best fit, waiting pods with the largest CPU request first",
    source: DECREASING,
    config: queuedBy("LargestFirst", { name: "RemainingRoom", args: { prefer: "least" } }),
  },
  {
    name: "worst-fit",
    describe: "the node with the most room left after placing the pod",
    source: JOHNSON,
    config: scoredBy("RemainingRoom", { prefer: "most" }),
  },
  {
    name: "random",
    describe: "any node the pod fits, each equally likely",
    source: "baseline of Weng et al., USENIX ATC 2023",
    // Nothing scores, so all feasible nodes tie and the scheduler's random stream decides.
    config: { plugins: { score: { disabled: [{ name: "*" }] } } },
  },
  {
    name: "round-robin",
    describe: "the next node, by name, after the one chosen last",
    source: "textbook",
    config: scoredBy("RoundRobin"),
  },
  {
    name: "swarm-spread",
    describe: "the node with the fewest pods of the same controller, then the fewest pods",
    source: "Docker Swarm (moby/swarmkit, manager/scheduler)",
    config: scoredBy("SwarmSpread"),
  },
  {
    name: "least-allocatable",
    describe: "the smallest node the pod fits, so that large ones stay free for large pods",
    source: `${SCHEDULER_PLUGINS}, NodeResourcesAllocatable`,
    config: scoredBy("NodeResourcesAllocatable", { mode: "Least" }),
  },
  {
    name: "tetris",
    describe: "the node whose free resources point most in the direction of the demand",
    source: "Grandl et al., SIGCOMM 2014",
    config: scoredBy("TetrisAlignment"),
  },
  ...gpu("fgd", "FGD", "the node whose GPU fragmentation grows least"),
  ...gpu(
    "dot-prod",
    "DotProd",
    "the node whose free CPU and GPU are least aligned with the demand",
  ),
  ...gpu("gpu-best-fit", "BestFit", "the node with the least CPU and GPU left"),
  ...gpu(
    "gpu-packing",
    "GpuPacking",
    "partly used GPUs, then free ones of used nodes, then idle nodes",
  ),
  ...gpu("gpu-clustering", "GpuClustering", "nodes that host GPU pods of the same size"),
];

function gpu(name: string, policy: string, describe: string): readonly Strategy[] {
  return [{ name, describe, source: FRAGMENTATION, config: scoredBy("GpuShare", { policy }) }];
}
