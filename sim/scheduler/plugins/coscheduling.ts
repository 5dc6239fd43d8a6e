import type { Pod } from "../../api/types.gen.ts";
import { SECOND } from "../../engine/time.ts";
import { argsRecord, integerArg } from "../framework/args.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";
import { POD_GROUP_LABEL } from "../snapshot/pod-groups.ts";
import { gangPoints, presentMembers } from "./pod-groups/gang.ts";

const NAME = "Coscheduling";
/** Label with the number of members that must run together; of the plugin's form without PodGroup objects. */
const MIN_MEMBER_LABEL = "pod-group.scheduling.sigs.k8s.io/min-available";

function minMember({ metadata }: Pod): number {
  const least = Number(metadata.labels?.[MIN_MEMBER_LABEL] ?? 0);
  return metadata.labels?.[POD_GROUP_LABEL] !== undefined && Number.isInteger(least) && least > 0
    ? least
    : 0;
}

/**
 * Pods of a group start together: none is bound before `minMember` of them have a node, and those that wait give
 * up after `permitWaitingTimeSeconds` (kubernetes-sigs/scheduler-plugins, Coscheduling). Groups are told by labels.
 */
export const coscheduling: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const { permitWaitingTimeSeconds } = argsRecord(raw, NAME);
    const seconds = integerArg(
      permitWaitingTimeSeconds,
      60,
      { min: 1, max: 86_400 },
      { plugin: NAME, field: "permitWaitingTimeSeconds" },
    );
    return {
      name: NAME,
      wakesOn: [
        { resource: "Pod", actions: ["add"] },
        { resource: "AssignedPod", actions: ["delete"] },
        { resource: "Node", actions: ["add", "update-allocatable"] },
      ],
      version: ({ pod }, snapshot) => (presentMembers(pod, snapshot) < minMember(pod) ? 1 : 0),
      preFilter: ({ pod }, snapshot) => {
        const present = presentMembers(pod, snapshot);
        if (present >= minMember(pod)) return undefined;
        const { name } = pod.metadata;
        return {
          reject: unresolvable(
            `pre-filter pod ${name} cannot find enough sibling pods, current pods number: ${present}, minMember of group: ${minMember(pod)}`,
          ),
        };
      },
      ...gangPoints({ least: minMember, patience: seconds * SECOND, tolerated: 0.1 }),
    };
  },
};
