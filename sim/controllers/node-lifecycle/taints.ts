import type { Client } from "../../api/client.ts";
import { findCondition } from "../../api/meta/conditions.ts";
import { timestamp } from "../../api/meta/time.ts";
import type { Node, Taint } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { withTaints } from "../runtime/taints.ts";

/** Keys of the taints that stand for the Ready condition. */
export const NOT_READY = "node.kubernetes.io/not-ready";
export const UNREACHABLE = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";

/** Condition, its status → the NoSchedule taint that says so (upstream `nodeConditionToTaintKeyStatusMap`). */
const TAINT_OF: readonly (readonly [type: string, status: string, key: string])[] = [
  ["Ready", "False", NOT_READY],
  ["Ready", "Unknown", UNREACHABLE],
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure"],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure"],
];
const MANAGED: ReadonlySet<string> = new Set([...TAINT_OF.map(([, , key]) => key), UNSCHEDULABLE]);

/** Keys of the NoSchedule taints that a node's conditions and cordon ask for. */
function wantedNoSchedule(node: Node): readonly string[] {
  const wanted = TAINT_OF.filter(
    ([type, status]) => findCondition(node.status?.conditions, type)?.status === status,
  ).map(([, , key]) => key);
  return node.spec?.unschedulable === true ? [...wanted, UNSCHEDULABLE] : wanted;
}

/** Whether a node carries a taint. */
export function hasTaint(node: Node, key: string, effect: string): boolean {
  return node.spec?.taints?.some((taint) => taint.key === key && taint.effect === effect) ?? false;
}

/** Writes the node with other taints, if they differ; answers the node as it is then. */
function writeTaints(client: Client, node: Node, taints: readonly Taint[]): Node {
  const before = node.spec?.taints ?? [];
  if (taints.length === before.length && taints.every((taint, at) => taint === before[at]))
    return node;
  return client.update("Node", withTaints(node, taints));
}

/** Brings a node's NoSchedule taints in line with its conditions: first what is missing, then what is too much. */
export function reconcileNoSchedule(client: Client, seen: Node, now: Micros): void {
  const settled = (node: Node, wanted: readonly string[]): boolean =>
    wanted.every((key) => hasTaint(node, key, "NoSchedule")) &&
    !(node.spec?.taints ?? []).some((taint) => isStale(taint, wanted));
  const wanted = wantedNoSchedule(seen);
  if (settled(seen, wanted)) return;
  let node = client.live("Node", seen.metadata.name);
  if (node === undefined) return;
  const missing = wanted.filter((key) => node !== undefined && !hasTaint(node, key, "NoSchedule"));
  if (missing.length > 0) {
    const added = missing.map((key) => ({ key, effect: "NoSchedule", timeAdded: timestamp(now) }));
    node = writeTaints(client, node, [...(node.spec?.taints ?? []), ...added]);
  }
  const kept = (node.spec?.taints ?? []).filter((taint) => !isStale(taint, wanted));
  writeTaints(client, node, kept);
}

function isStale(taint: Taint, wanted: readonly string[]): boolean {
  return taint.effect === "NoSchedule" && MANAGED.has(taint.key) && !wanted.includes(taint.key);
}

/** Puts the NoExecute taint of a node's Ready condition on it, and takes the opposite one off. */
export function taintNoExecute(client: Client, name: string, key: string, now: Micros): void {
  const opposite = key === UNREACHABLE ? NOT_READY : UNREACHABLE;
  let node = client.live("Node", name);
  if (node === undefined) return;
  if (!hasTaint(node, key, "NoExecute")) {
    const taint = { key, effect: "NoExecute", timeAdded: timestamp(now) };
    node = writeTaints(client, node, [...(node.spec?.taints ?? []), taint]);
  }
  removeNoExecute(client, node, [opposite]);
}

/** Takes NoExecute taints off a node. */
function removeNoExecute(client: Client, node: Node, keys: readonly string[]): void {
  const kept = (node.spec?.taints ?? []).filter(
    ({ key, effect }) => effect !== "NoExecute" || !keys.includes(key),
  );
  writeTaints(client, node, kept);
}

/** Takes both NoExecute taints of the Ready condition off a node that has one. */
export function markReachable(client: Client, seen: Node): boolean {
  if (!hasTaint(seen, NOT_READY, "NoExecute") && !hasTaint(seen, UNREACHABLE, "NoExecute"))
    return false;
  const node = client.live("Node", seen.metadata.name);
  if (node !== undefined) removeNoExecute(client, node, [NOT_READY, UNREACHABLE]);
  return true;
}
