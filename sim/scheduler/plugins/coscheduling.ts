import {
  coschedulingKinds,
  SIG_POD_GROUP,
  type SigPodGroup,
} from "../../api/kinds/scheduling-groups.ts";
import { makeKey } from "../../api/object.ts";
import type { Pod } from "../../api/types.gen.ts";
import { SECOND } from "../../engine/time.ts";
import { argsRecord, integerArg } from "../framework/args.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";
import { POD_GROUP_LABEL } from "../snapshot/pod-groups.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { gangPoints, isGroupOf, isSibling, presentMembers } from "./pod-groups/gang.ts";

const NAME = "Coscheduling";
/** Label with the number of members that must run together; of the plugin's form without PodGroup objects. */
const MIN_MEMBER_LABEL = "pod-group.scheduling.sigs.k8s.io/min-available";

function groupOf(pod: Pod, { objects }: Snapshot): SigPodGroup | undefined {
  const name = pod.metadata.labels?.[POD_GROUP_LABEL];
  return name === undefined
    ? undefined
    : objects.get(SIG_POD_GROUP, makeKey(pod.metadata.namespace, name));
}

/** Members that must have a node at once: what the PodGroup says, or the label where there is none. */
function minMember(pod: Pod, snapshot: Snapshot): number {
  const { labels } = pod.metadata;
  if (labels?.[POD_GROUP_LABEL] === undefined) return 0;
  const group = groupOf(pod, snapshot);
  if (group !== undefined) return group.spec?.minMember ?? 1;
  const least = Number(labels[MIN_MEMBER_LABEL] ?? 0);
  return Number.isInteger(least) && least > 0 ? least : 0;
}

/**
 * Pods of a group start together: none is bound before `minMember` of them have a node, and those that wait give
 * up after `permitWaitingTimeSeconds` (kubernetes-sigs/scheduler-plugins, Coscheduling). Groups are told by a label, and
 * described by a PodGroup of scheduling.x-k8s.io.
 */
export const coscheduling: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const { permitWaitingTimeSeconds } = argsRecord(raw, NAME, ["permitWaitingTimeSeconds"]);
    const seconds = integerArg(
      permitWaitingTimeSeconds,
      60,
      { min: 1, max: 86_400 },
      { plugin: NAME, field: "permitWaitingTimeSeconds" },
    );
    return {
      name: NAME,
      brings: coschedulingKinds,
      wakesOn: [
        hinted("Pod", ["add"], isSibling),
        hinted("PodGroup", ["add", "update"], isGroupOf),
        { resource: "AssignedPod", actions: ["delete"] },
        { resource: "Node", actions: ["add", "update-allocatable"] },
      ],
      version: ({ pod }, snapshot) =>
        presentMembers(pod, snapshot) < minMember(pod, snapshot) ? 1 : 0,
      preFilter: ({ pod }, snapshot) => {
        const present = presentMembers(pod, snapshot);
        if (present >= minMember(pod, snapshot)) return undefined;
        const { name } = pod.metadata;
        return {
          reject: unresolvable(
            `pre-filter pod ${name} cannot find enough sibling pods, current pods number: ${present}, minMember of group: ${minMember(pod, snapshot)}`,
          ),
        };
      },
      ...gangPoints({
        least: minMember,
        patience: (pod, snapshot) =>
          (groupOf(pod, snapshot)?.spec?.scheduleTimeoutSeconds ?? seconds) * SECOND,
        tolerated: 0.1,
      }),
    };
  },
};
