import { type KubeObject, keyOf } from "../../../api/object.ts";
import type { Pod } from "../../../api/types.gen.ts";
import type { Micros } from "../../../engine/time.ts";
import type { PermitAnswer, Plugin, PostFilterAnswer, QueuedPod } from "../../framework/plugin.ts";
import { type Rejection, unschedulable } from "../../framework/status.ts";
import { podGroupOf } from "../../snapshot/pod-groups.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** How a gang plugin finds its groups and how patient it is. */
export interface GangRules {
  /** Members that must have a node before any is bound; 0 for a pod that needs nobody. */
  readonly least: (pod: Pod, snapshot: Snapshot) => number;
  /** What keeps a pod out of the queue for now. */
  readonly gate?: (pod: Pod, snapshot: Snapshot) => Rejection | undefined;
  /** Microseconds an early member waits for the others. */
  readonly patience: (pod: Pod, snapshot: Snapshot) => Micros;
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

/** Hint: a pod is a member of the group that the waiting one belongs to. */
export function isSibling(pod: Pod, before: Pod | undefined, after: Pod | undefined): boolean {
  const group = podGroupOf(pod);
  const other = after ?? before;
  return group !== undefined && other !== undefined && podGroupOf(other) === group;
}

/** Hint: an object is the group that the waiting pod belongs to. */
export function isGroupOf(pod: Pod, before: KubeObject | undefined, after: KubeObject | undefined) {
  const object = after ?? before;
  return object !== undefined && podGroupOf(pod) === keyOf(object);
}

/** So many groups are kept whether they are there or not. */
const FEW = 64;

/** When groups began, as their first pod said; kept, so that the order of waiting pods never changes by itself. */
class Beginnings {
  private since = new Map<string, string>();

  /** Answers whether there are twice as many now as when that was last asked for: some may be over. */
  note(pod: Pod): boolean {
    const group = podGroupOf(pod);
    if (group === undefined || this.since.has(group)) return false;
    this.since.set(group, pod.metadata.creationTimestamp ?? "");
    const { size } = this.since;
    return size >= FEW && (size & (size - 1)) === 0;
  }

  /** Keeps the groups that are still there. */
  keep(isThere: (group: string) => boolean): void {
    for (const group of this.since.keys()) if (!isThere(group)) this.since.delete(group);
  }

  /** Active queue: higher priority first, then by age, members of a group right behind its first one. */
  compare(a: QueuedPod, b: QueuedPod): number {
    const byPriority = (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0);
    if (byPriority !== 0) return byPriority;
    const [first, second] = [this.placeOf(a.pod), this.placeOf(b.pod)];
    if (first.since !== second.since) return first.since < second.since ? -1 : 1;
    if (first.name !== second.name) return first.name < second.name ? -1 : 1;
    return a.enqueuedAt - b.enqueuedAt;
  }

  save(): unknown {
    return [...this.since];
  }

  load(saved: unknown): void {
    this.since = new Map(saved as typeof this.since);
  }

  private placeOf(pod: Pod): { readonly since: string; readonly name: string } {
    const { namespace = "", name, creationTimestamp = "" } = pod.metadata;
    const group = podGroupOf(pod);
    if (group === undefined) return { since: creationTimestamp, name: `${namespace}/${name}` };
    return { since: this.since.get(group) ?? creationTimestamp, name: group };
  }
}

/** The extension points of a gang plugin. */
type GangPoints = Required<
  Pick<
    Plugin,
    "queueSort" | "preEnqueue" | "reserve" | "unreserve" | "permit" | "postFilter" | "state"
  >
>;

/**
 * All or nothing: members wait at Permit until enough of their group have a node; when one of them finds none, or
 * runs out of patience, those that wait give back theirs.
 */
export function gangPoints(rules: GangRules): GangPoints {
  const beginnings = new Beginnings();
  /** Groups whose waiting members are to give up; cleared when a member gets a node again. */
  let failed = new Set<string>();
  const missing = (pod: Pod, snapshot: Snapshot): number => {
    const group = podGroupOf(pod);
    const least = group === undefined ? 0 : rules.least(pod, snapshot);
    return group === undefined || least === 0 ? 0 : least - placedMembers(group, snapshot);
  };
  return {
    queueSort: (a, b) => beginnings.compare(a, b),
    preEnqueue: (pod, snapshot) => {
      if (beginnings.note(pod)) {
        beginnings.keep((group) => snapshot.groups.has(group));
        failed = new Set([...failed].filter((group) => snapshot.groups.has(group)));
      }
      return rules.gate?.(pod, snapshot);
    },
    reserve: ({ pod }: PodInfo) => {
      failed.delete(podGroupOf(pod) ?? "");
      return undefined;
    },
    permit: ({ pod }: PodInfo, _node: string, snapshot: Snapshot): PermitAnswer => {
      if (missing(pod, snapshot) <= 0) return undefined;
      return failed.has(podGroupOf(pod) ?? "")
        ? { reject: GIVEN_UP }
        : { wait: rules.patience(pod, snapshot) };
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
      save: () => ({ failed: [...failed], since: beginnings.save() }),
      load: (saved) => {
        const state = saved as { failed: readonly string[]; since: unknown };
        failed = new Set(state.failed);
        beginnings.load(state.since);
      },
    },
  };
}

const GIVEN_UP = unschedulable("optimistic rejection in PostFilter");
