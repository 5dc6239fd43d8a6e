import type { Pod } from "../../api/types.gen.ts";
import { podId } from "./pod-info.ts";

/** Label that names the group of a pod (coscheduling plugin of kubernetes-sigs/scheduler-plugins). */
export const POD_GROUP_LABEL = "scheduling.x-k8s.io/pod-group";

/** `namespace/name` of the group a pod is scheduled with, by the v1.36 field or by the label; `undefined` when alone. */
export function podGroupOf(pod: Pod): string | undefined {
  const name = pod.spec.schedulingGroup?.podGroupName ?? pod.metadata.labels?.[POD_GROUP_LABEL];
  return name === undefined || name === "" ? undefined : `${pod.metadata.namespace ?? ""}/${name}`;
}

/** Pods that belong to groups, waiting or on a node; pods without a group are not kept. */
export class PodGroups {
  private readonly groups = new Map<string, Map<string, Pod>>();

  /** A pod of a group came or changed. */
  put(pod: Pod): void {
    const group = podGroupOf(pod);
    if (group === undefined) return;
    const members = this.groups.get(group);
    if (members === undefined) this.groups.set(group, new Map([[podId(pod), pod]]));
    else members.set(podId(pod), pod);
  }

  /** The pod has ended, or is gone. */
  remove(pod: Pod): void {
    const group = podGroupOf(pod);
    const members = group === undefined ? undefined : this.groups.get(group);
    if (group === undefined || members === undefined) return;
    members.delete(podId(pod));
    if (members.size === 0) this.groups.delete(group);
  }

  /** Whether a group has pods. */
  has(group: string): boolean {
    return this.groups.has(group);
  }

  /** The pods of a group, in the order in which they came. */
  members(group: string): readonly Pod[] {
    return [...(this.groups.get(group)?.values() ?? [])];
  }

  clear(): void {
    this.groups.clear();
  }
}
