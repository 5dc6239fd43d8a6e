import type { ApiServer } from "../api/api-server.ts";
import { type GroupCondition, POD_GROUP, type PodGroup } from "../api/kinds/scheduling-groups.ts";
import { timestamp } from "../api/meta/time.ts";
import { makeKey } from "../api/object.ts";
import type { Pod } from "../api/types.gen.ts";
import type { Snapshot } from "./snapshot/snapshot.ts";

const TYPE = "PodGroupScheduled";

/** Writes the PodGroupScheduled condition of scheduling.k8s.io PodGroups; pods without such a group cost nothing. */
export class PodGroupStatus {
  readonly #api: ApiServer;

  constructor(api: ApiServer) {
    this.#api = api;
  }

  /**
   * A member was bound, or refused (`failed`). A group with enough members on nodes is scheduled, and stays so; before
   * that it is unschedulable when a member was refused.
   */
  attempted(pod: Pod, failed: boolean, snapshot: Snapshot): void {
    const name = pod.spec.schedulingGroup?.podGroupName;
    if (name === undefined) return;
    const key = makeKey(pod.metadata.namespace, name);
    const group = this.#api.store.get(POD_GROUP, key) as PodGroup | undefined;
    if (group === undefined) return;
    const minCount = group.spec.schedulingPolicy.gang?.minCount ?? 1;
    const members = snapshot.groups.members(key);
    const scheduled = members.filter((member) => snapshot.nodeOf(member) !== undefined).length;
    if (scheduled >= minCount) this.#write(key, group, "True", "Scheduled", "");
    else if (failed) {
      const remaining = Math.max(0, members.length - scheduled - 1);
      const text = `minCount (${minCount}) cannot be satisfied: ${scheduled} scheduled, ${remaining} remaining`;
      this.#write(key, group, "False", "Unschedulable", text);
    }
  }

  #write(
    key: string,
    group: PodGroup,
    status: GroupCondition["status"],
    reason: string,
    message: string,
  ): void {
    const conditions = group.status?.conditions ?? [];
    const before = conditions.find(({ type }) => type === TYPE);
    // What has been scheduled once is not unscheduled by members that come later.
    if (before?.status === "True") return;
    if (before?.status === status && before.message === message) return;
    const condition: GroupCondition = {
      type: TYPE,
      status,
      observedGeneration: group.metadata.generation ?? 1,
      lastTransitionTime:
        before?.status === status ? before.lastTransitionTime : timestamp(this.#api.now),
      reason,
      message,
    };
    this.#api.writeStatus<PodGroup>(POD_GROUP, key, {
      ...group.status,
      conditions: [...conditions.filter(({ type }) => type !== TYPE), condition],
    });
  }
}
