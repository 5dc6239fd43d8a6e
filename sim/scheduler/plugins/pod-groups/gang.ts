import type { Pod } from "../../../api/types.gen.ts";
import type { PermitAnswer, Plugin, PostFilterAnswer, QueuedPod } from "../../framework/plugin.ts";
import { unschedulable } from "../../framework/status.ts";
import { podGroupOf } from "../../snapshot/pod-groups.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** How a gang plugin finds its groups and how patient it is. */
export interface GangRules {
  /** Members that must have a node before any is bound; 0 for a pod that needs nobody. */
  readonly least: (pod: Pod, snapshot: Snapshot) => number;
  /** Microseconds an early member waits for the others. */
  readonly patience: number;
  /** Share of the members that may still be missing for a failure to be waited out. */
  readonly tolerated: number;
}

/** Members of a group that have a node, assumed or bound. */
function placedMembers(group: string, snapshot: Snapshot): number {
  return snapshot.groups.members(group).filter((pod) => snapshot.nodeOf(pod) !== undefined).length;
}

/** Members of a group there are, placed or not. */
export function presentMembers(pod: Pod, snapshot: Snapshot): number {
  const group = podGroupOf(pod);
  return group === undefined ? 0 : snapshot.groups.members(group).length;
}

/** Active queue: higher priority first, then by age, members of a group right behind its oldest one. */
export function groupedOrder(a: QueuedPod, b: QueuedPod, snapshot: Snapshot): number {
  const byPriority = (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0);
  if (byPriority !== 0) return byPriority;
  const [leadA, leadB] = [leader(a, snapshot), leader(b, snapshot)];
  if (leadA.since !== leadB.since) return leadA.since < leadB.since ? -1 : 1;
  if (leadA.name !== leadB.name) return leadA.name < leadB.name ? -1 : 1;
  return a.enqueuedAt - b.enqueuedAt;
}

function leader({ pod }: QueuedPod, snapshot: Snapshot): { since: string; name: string } {
  const group = podGroupOf(pod);
  const oldest = group === undefined ? pod : (snapshot.groups.first(group) ?? pod);
  const { namespace = "", name, creationTimestamp } = pod.metadata;
  return {
    since: oldest.metadata.creationTimestamp ?? creationTimestamp ?? "",
    name: group ?? `${namespace}/${name}`,
  };
}

/**
 * All or nothing: members wait at Permit until enough of their group have a node; when one of them finds none, or
 * runs out of patience, those that wait give back theirs.
 */
export function gangPoints(
  rules: GangRules,
): Required<Pick<Plugin, "reserve" | "unreserve" | "permit" | "postFilter" | "state">> {
  /** Groups whose waiting members are to give up; cleared when a member gets a node again. */
  let failed = new Set<string>();
  const missing = (pod: Pod, snapshot: Snapshot): number => {
    const group = podGroupOf(pod);
    const least = group === undefined ? 0 : rules.least(pod, snapshot);
    return group === undefined || least === 0 ? 0 : least - placedMembers(group, snapshot);
  };
  return {
    reserve: ({ pod }: PodInfo) => {
      failed.delete(podGroupOf(pod) ?? "");
      return undefined;
    },
    permit: ({ pod }: PodInfo, _node: string, snapshot: Snapshot): PermitAnswer => {
      if (missing(pod, snapshot) <= 0) return undefined;
      return failed.has(podGroupOf(pod) ?? "") ? { reject: GIVEN_UP } : { wait: rules.patience };
    },
    unreserve: ({ pod }: PodInfo, _node: string, snapshot: Snapshot) => {
      if (missing(pod, snapshot) > 0) failed.add(podGroupOf(pod) ?? "");
    },
    postFilter: ({ pod: { pod }, snapshot }): PostFilterAnswer => {
      const group = podGroupOf(pod);
      const left = missing(pod, snapshot);
      if (group === undefined || left <= 0 || left <= rules.tolerated * rules.least(pod, snapshot))
        return { code: "Unschedulable", reasons: [] };
      failed.add(group);
      const { name } = pod.metadata;
      return {
        code: "Unschedulable",
        reasons: [
          `PodGroup ${group} gets rejected due to Pod ${name} is unschedulable even after PostFilter`,
        ],
      };
    },
    state: {
      save: () => [...failed],
      load: (saved) => {
        failed = new Set(Array.isArray(saved) ? saved : []);
      },
    },
  };
}

const GIVEN_UP = unschedulable("optimistic rejection in PostFilter");
