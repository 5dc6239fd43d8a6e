import type { PluginFactory } from "../framework/plugin.ts";
import { capacityScheduling } from "./capacity-scheduling.ts";
import { coscheduling } from "./coscheduling.ts";
import { defaultBinder } from "./default-binder.ts";
import { defaultPreemption } from "./default-preemption.ts";
import { dominantResourceFairness } from "./dominant-resource-fairness.ts";
import { dynamicResources } from "./dynamic-resources.ts";
import { firstFit } from "./first-fit.ts";
import { gangScheduling } from "./gang-scheduling.ts";
import { gpuShare } from "./gpu-share.ts";
import { imageLocality } from "./image-locality.ts";
import { interPodAffinity } from "./inter-pod-affinity.ts";
import { largestFirst } from "./largest-first.ts";
import { nodeAffinity } from "./node-affinity.ts";
import { nodeDeclaredFeatures } from "./node-declared-features.ts";
import { nodeName } from "./node-name.ts";
import { nodePorts } from "./node-ports.ts";
import { nodeResourcesAllocatable } from "./node-resources-allocatable.ts";
import { nodeResourcesBalancedAllocation } from "./node-resources-balanced-allocation.ts";
import { nodeResourcesFit } from "./node-resources-fit.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";
import { podTopologySpread } from "./pod-topology-spread.ts";
import { prioritySort } from "./priority-sort.ts";
import { remainingRoom } from "./remaining-room.ts";
import { roundRobin } from "./round-robin.ts";
import { schedulingGates } from "./scheduling-gates.ts";
import { swarmSpread } from "./swarm-spread.ts";
import { taintToleration } from "./taint-toleration.ts";
import { tetrisAlignment } from "./tetris-alignment.ts";
import { volumeBinding } from "./volume-binding.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import { volumeZone } from "./volume-zone.ts";

/** Every plugin a profile may name. A new plugin is one file and one line here. */
export const PLUGINS: readonly PluginFactory[] = [
  schedulingGates,
  prioritySort,
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  volumeRestrictions,
  nodeVolumeLimits,
  volumeBinding,
  volumeZone,
  podTopologySpread,
  interPodAffinity,
  dynamicResources,
  nodeDeclaredFeatures,
  defaultPreemption,
  nodeResourcesBalancedAllocation,
  imageLocality,
  defaultBinder,
  // Beyond upstream's own: named by the strategies, or by a configuration.
  firstFit,
  roundRobin,
  swarmSpread,
  remainingRoom,
  nodeResourcesAllocatable,
  tetrisAlignment,
  gpuShare,
  largestFirst,
  dominantResourceFairness,
  coscheduling,
  gangScheduling,
  capacityScheduling,
];
