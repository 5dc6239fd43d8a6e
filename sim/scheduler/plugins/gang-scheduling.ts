import { gangKinds, POD_GROUP, type PodGroup } from "../../api/kinds/scheduling-groups.ts";
import { makeKey } from "../../api/object.ts";
import type { Pod } from "../../api/types.gen.ts";
import { MINUTE } from "../../engine/time.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { type Rejection, unresolvable } from "../framework/status.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { gangPoints, isGroupOf, isSibling, presentMembers } from "./pod-groups/gang.ts";

const NAME = "GangScheduling";
/** How long a member waits at Permit for the others (upstream v1.36). */
const PATIENCE = 5 * MINUTE;

const TOO_FEW = unresolvable("waiting for minCount pods from a gang to appear in scheduling queue");

/** The group a pod names in `spec.schedulingGroup`; `undefined` while it does not exist. */
function groupOf({ metadata, spec }: Pod, { objects }: Snapshot): PodGroup | undefined {
  const name = spec.schedulingGroup?.podGroupName;
  return name === undefined ? undefined : objects.get(POD_GROUP, makeKey(metadata.namespace, name));
}

/** Members that must have a node at once; 0 for pods without a group and for groups of the basic policy. */
function minCount(pod: Pod, snapshot: Snapshot): number {
  return groupOf(pod, snapshot)?.spec.schedulingPolicy.gang?.minCount ?? 0;
}

function gate(pod: Pod, snapshot: Snapshot): Rejection | undefined {
  const name = pod.spec.schedulingGroup?.podGroupName;
  if (name === undefined) return undefined;
  if (groupOf(pod, snapshot) === undefined)
    return unresolvable(`waiting for pod's pod group "${name}" to appear in scheduling queue`);
  return presentMembers(pod, snapshot) < minCount(pod, snapshot) ? TOO_FEW : undefined;
}

/**
 * v1.36's gangs: pods with `spec.schedulingGroup` enter the queue when their PodGroup is there and `minCount` of them
 * exist, and are bound when `minCount` of them have a node, all or nothing (KEP-4671).
 */
export const gangScheduling: PluginFactory = {
  name: NAME,
  create: () => ({
    name: NAME,
    brings: gangKinds,
    wakesOn: [
      hinted("Pod", ["add"], isSibling),
      hinted("AssignedPod", ["add"], isSibling),
      hinted("PodGroup", ["add", "update"], isGroupOf),
      { resource: "AssignedPod", actions: ["delete"] },
      { resource: "Node", actions: ["add", "update-allocatable"] },
    ],
    ...gangPoints({ least: minCount, patience: () => PATIENCE, tolerated: 0, gate }),
  }),
};
