import { milliValue } from "../../../api/meta/quantity.ts";
import type { Node, Pod } from "../../../api/types.gen.ts";
import type { Random } from "../../../engine/random.ts";
import { isTerminating, podCondition } from "../../runtime/pods.ts";
import type { Placement } from "../../runtime/services.ts";
import { futureNode, type NodeGroup } from "../node-group.ts";
import { requestOf } from "../pod-requests.ts";

/** Whether the scheduler said that no node fits a pod. */
export function isUnschedulable(pod: Pod): boolean {
  const condition = podCondition(pod, "PodScheduled");
  return (
    (pod.spec?.nodeName ?? "") === "" &&
    condition?.status === "False" &&
    condition.reason === "Unschedulable" &&
    !isTerminating(pod)
  );
}

/** Machines of one group that would help, and whom. */
export interface Option {
  readonly group: NodeGroup;
  readonly count: number;
  readonly pods: readonly Pod[];
}

/** Pods that would not fit on the nodes there are and will be, when those that do are placed first. */
export function homeless(
  pending: readonly Pod[],
  nodes: readonly Node[],
  pods: readonly Pod[],
  placement: Placement,
): readonly Pod[] {
  let placed = pods;
  const left: Pod[] = [];
  for (const pod of pending) {
    const [node] = placement.feasible(pod, nodes, placed);
    if (node === undefined) left.push(pod);
    else placed = [...placed, on(pod, node)];
  }
  return left;
}

/** How many machines of a group would take which pods: first fit, the largest pods first (upstream's bin packing estimator). */
export function estimate(
  group: NodeGroup,
  pending: readonly Pod[],
  nodes: readonly Node[],
  pods: readonly Pod[],
  room: number,
  placement: Placement,
): Option {
  const added: Node[] = [];
  const taken: Pod[] = [];
  let placed = pods;
  for (const pod of largestFirst(pending, group)) {
    const names = new Set(added.map(({ metadata }) => metadata.name));
    const known = placement
      .feasible(pod, [...nodes, ...added], placed)
      .find((name) => names.has(name));
    let target = known;
    if (target === undefined && added.length < room) {
      const node = futureNode(group, `${group.name}-template-${added.length}`);
      if (
        placement.feasible(pod, [...nodes, ...added, node], placed).includes(node.metadata.name)
      ) {
        added.push(node);
        target = node.metadata.name;
      }
    }
    if (target === undefined) continue;
    taken.push(pod);
    placed = [...placed, on(pod, target)];
  }
  return { group, count: added.length, pods: taken };
}

function on(pod: Pod, nodeName: string): Pod {
  return { ...pod, spec: { ...(pod.spec ?? { containers: [] }), nodeName } };
}

/** Pods by the shares of a machine's CPU and memory that they ask for, together. */
function largestFirst(pods: readonly Pod[], { capacity }: NodeGroup): readonly Pod[] {
  const share = (pod: Pod, resource: "cpu" | "memory"): number => {
    const total = milliValue(capacity[resource] ?? "0");
    return total === 0 ? 0 : requestOf(pod, resource) / total;
  };
  const size = (pod: Pod): number => share(pod, "cpu") + share(pod, "memory");
  return [...pods].sort(
    (a, b) => size(b) - size(a) || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}

/**
 * Chooses among options as the named expanders do, one after the other: each leaves its best, and chance decides among
 * those left at the end. A name that is none is passed over.
 */
export function choose(
  options: readonly Option[],
  expanders: string,
  random: Random,
  priorityOf: (group: NodeGroup) => number = ({ priority }) => priority,
): Option | undefined {
  let left = options;
  for (const name of expanders.split(",")) {
    if (left.length <= 1) break;
    const rank =
      name.trim() === "priority" ? ({ group }: Option) => -priorityOf(group) : RANKS[name.trim()];
    if (rank === undefined) continue;
    const best = Math.min(...left.map(rank));
    left = left.filter((option) => rank(option) === best);
  }
  return left.length <= 1 ? left[0] : left[random.int(left.length)];
}

const RANKS: Readonly<Record<string, (option: Option) => number>> = {
  "least-waste": wasteOf,
  "most-pods": ({ pods }) => -pods.length,
  "least-nodes": ({ count }) => count,
  price: ({ group, count, pods }) => (group.price * count) / pods.length,
};

/** Shares of CPU and memory of the new machines that nobody would use, together. */
function wasteOf({ group, count, pods }: Option): number {
  const unused = (resource: "cpu" | "memory"): number => {
    const total = milliValue(group.capacity[resource] ?? "0") * count;
    let used = 0;
    for (const pod of pods) used += requestOf(pod, resource);
    return total === 0 ? 0 : (total - used) / total;
  };
  return unused("cpu") + unused("memory");
}
