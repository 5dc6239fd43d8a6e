import type { Pod } from "../../api/types.gen.ts";
import { MINUTE } from "../../engine/time.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";
import { gangPoints, presentMembers } from "./pod-groups/gang.ts";

const NAME = "GangScheduling";
/** How long a member waits at Permit for the others (upstream v1.36). */
const PATIENCE = 5 * MINUTE;
/** Stands in for `spec.schedulingPolicy.gang.minCount` of the PodGroup, a kind the simulated API does not serve. */
const MIN_COUNT_LABEL = "ksim.dev/gang-min-count";

const TOO_FEW = unresolvable("waiting for minCount pods from a gang to appear in scheduling queue");

function minCount({ spec, metadata }: Pod): number {
  if (spec.schedulingGroup?.podGroupName === undefined) return 0;
  const least = Number(metadata.labels?.[MIN_COUNT_LABEL] ?? 0);
  return Number.isInteger(least) && least > 0 ? least : 0;
}

/**
 * v1.36's gangs: pods with `spec.schedulingGroup` enter the queue when `minCount` of them exist, and are bound when
 * `minCount` of them have a node, all or nothing (KEP-4671).
 */
export const gangScheduling: PluginFactory = {
  name: NAME,
  create: () => ({
    name: NAME,
    wakesOn: [
      { resource: "Pod", actions: ["add"] },
      { resource: "AssignedPod", actions: ["delete"] },
      { resource: "Node", actions: ["add", "update-allocatable"] },
    ],
    ...gangPoints({
      least: minCount,
      patience: PATIENCE,
      tolerated: 0,
      gate: (pod, snapshot) =>
        presentMembers(pod, snapshot) < minCount(pod) ? TOO_FEW : undefined,
    }),
  }),
};
