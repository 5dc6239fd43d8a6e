import { isApiError } from "../../../api/api-error.ts";
import { findCondition } from "../../../api/meta/conditions.ts";
import { EPOCH_SECONDS } from "../../../api/meta/time.ts";
import { keyOf } from "../../../api/object.ts";
import type { Node, Pod } from "../../../api/types.gen.ts";
import { type Micros, SECOND } from "../../../engine/time.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import type { Machines, Placement } from "../../runtime/services.ts";
import { withTaints } from "../../runtime/taints.ts";
import { deviceUtilization } from "../device-use.ts";
import { movablePods, placedElsewhere, runningPods, whyKept } from "../drainable.ts";
import { GROUP_LABEL, type NodeGroup, nodesOf } from "../node-group.ts";
import { utilizationOf } from "../pod-requests.ts";
import type { ScalerOptions, ScalerState } from "./state.ts";
import { STATUS } from "./status.ts";

const DISABLED = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
/** Taint of nodes that are being emptied. */
export const LEAVING_TAINT = "ToBeDeletedByClusterAutoscaler";
/** Taint of nodes that are not needed and will be emptied if that lasts: new pods go there last. */
const CANDIDATE_TAINT = "DeletionCandidateOfClusterAutoscaler";

/** Notes which nodes are not needed, empties those that have not been for long enough, and removes empty ones. */
export function scaleDown(
  state: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
  context: ReconcileContext,
  services: { readonly placement: Placement; readonly machines: Machines },
): ScalerState {
  const looked = {
    ...state,
    ...findUnneeded(state, groups, options, context, services.placement),
  };
  const begun = begin(looked, groups, options, context);
  // Nodes are marked as candidates only in a look that takes none away.
  if (Object.keys(begun.draining).length === Object.keys(looked.draining).length)
    markCandidates(begun, groups, options, context);
  return drain(begun, options, context, services.machines);
}

/** Takes in which nodes are not needed; one that is found to be needed is left in peace for a while. */
function findUnneeded(
  { unneeded, draining, unremovable }: ScalerState,
  groups: readonly NodeGroup[],
  { utilizationThreshold, unreadyEnabled, recheckTimeout }: ScalerOptions,
  { client, now }: ReconcileContext,
  placement: Placement,
): Pick<ScalerState, "unneeded" | "unremovable" | "skipped"> {
  const found: Record<string, Micros> = {};
  const needed: Record<string, Micros> = {};
  const skipped: string[] = [];
  const nodes = [...client.list("Node")];
  let pods = runningPods(client);
  const leaving = new Set(Object.keys(draining));
  for (const node of groups.flatMap((group) => nodesOf(client, group))) {
    const { name, annotations } = node.metadata;
    if (leaving.has(name) || annotations?.[DISABLED] === "true") continue;
    if (!isReady(node) && !unreadyEnabled) continue;
    const until = unremovable[name] ?? 0;
    if (until > now) {
      needed[name] = until;
      skipped.push(name);
      continue;
    }
    const own = pods.filter(({ spec }) => spec?.nodeName === name);
    // Of a node with devices nothing else counts.
    const utilization = deviceUtilization(client, name) ?? utilizationOf(node, own);
    if (utilization === "unknown" || utilization >= utilizationThreshold) continue;
    const movable = movablePods(client, name);
    const others = nodes.filter(
      ({ metadata }) =>
        metadata.name !== name && !leaving.has(metadata.name) && found[metadata.name] === undefined,
    );
    const placed = movable.some((pod) => whyKept(client, pod) !== undefined)
      ? undefined
      : placedElsewhere(movable, others, pods, placement);
    if (placed === undefined) {
      needed[name] = now + recheckTimeout;
      continue;
    }
    pods = placed;
    found[name] = unneeded[name] ?? now;
  }
  return { unneeded: found, unremovable: needed, skipped };
}

function isReady(node: Node): boolean {
  return findCondition(node.status?.conditions, "Ready")?.status === "True";
}

/** How long a node must not be needed: longer for one that is not ready. */
export function patienceWith(
  node: Node | undefined,
  { unneededTime, unreadyTime }: ScalerOptions,
): Micros {
  return node === undefined || isReady(node) ? unneededTime : unreadyTime;
}

/** Until when nothing is taken away after what happened last. */
export function cooledAt(
  { lastAdd, lastFailure, lastDelete }: ScalerState,
  { delayAfterAdd, delayAfterFailure, delayAfterDelete }: ScalerOptions,
): Micros {
  return Math.max(
    lastAdd === undefined ? 0 : lastAdd + delayAfterAdd,
    lastFailure === undefined ? 0 : lastFailure + delayAfterFailure,
    lastDelete === undefined ? 0 : lastDelete + delayAfterDelete,
  );
}

/** Marks nodes that have not been needed for long enough: empty ones first, several at once; others one at a time. */
function begin(
  state: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
  context: ReconcileContext,
): ScalerState {
  const { client, now, record } = context;
  if (now < cooledAt(state, options)) return state;
  const draining = { ...state.draining };
  const sizes = new Map(
    groups.map((group) => [group.name, nodesOf(client, group).length - group.min] as const),
  );
  for (const name of Object.keys(draining)) less(sizes, client.get("Node", name));
  const isEmpty = (name: string): boolean => movablePods(client, name).length === 0;
  const due = Object.entries(state.unneeded).filter(
    ([name, since]) => now >= since + patienceWith(client.get("Node", name), options),
  );
  let drains = Object.keys(draining).filter((name) => !isEmpty(name)).length;
  for (const [name] of [
    ...due.filter(([one]) => isEmpty(one)),
    ...due.filter(([one]) => !isEmpty(one)),
  ]) {
    const node = client.live("Node", name);
    const empty = isEmpty(name);
    if (node === undefined || Object.keys(draining).length >= options.maxParallel) continue;
    if (!empty && drains >= options.maxDrains) continue;
    if ((sizes.get(node.metadata.labels?.[GROUP_LABEL] ?? "") ?? 0) <= 0) continue;
    less(sizes, node);
    if (!empty) drains++;
    client.update("Node", withTaint(node, LEAVING_TAINT, "NoSchedule", now));
    record.event(node, "Normal", "ScaleDown", "marked the node as toBeDeleted/unschedulable");
    tellBeginning(node, empty, context);
    draining[name] = { since: now, pods: !empty };
  }
  return { ...state, draining };
}

function tellBeginning(node: Node, empty: boolean, { client, record }: ReconcileContext): void {
  const { name } = node.metadata;
  if (empty) {
    const text = `Scale-down: removing empty node ${JSON.stringify(name)}`;
    record.event(STATUS, "Normal", "ScaleDownEmpty", text);
    return;
  }
  const pods = movablePods(client, name).map(({ metadata }) => metadata.name);
  const text = `Scale-down: removing node ${name}, pods to reschedule: ${pods.join(",")}`;
  record.event(STATUS, "Normal", "ScaleDown", text);
}

function withTaint(node: Node, key: string, effect: string, now: Micros): Node {
  const value = String(Math.floor(now / SECOND) + EPOCH_SECONDS);
  return withTaints(node, [...(node.spec?.taints ?? []), { key, value, effect }]);
}

function withoutTaint(node: Node, key: string): Node {
  return withTaints(
    node,
    (node.spec?.taints ?? []).filter((taint) => taint.key !== key),
  );
}

function less(sizes: Map<string, number>, node: Node | undefined): void {
  const group = node?.metadata.labels?.[GROUP_LABEL] ?? "";
  sizes.set(group, (sizes.get(group) ?? 0) - 1);
}

/** Brings the candidates' taint in line with what is not needed, some nodes a look (upstream `UpdateSoftDeletionTaints`). */
function markCandidates(
  { unneeded, draining }: ScalerState,
  groups: readonly NodeGroup[],
  { maxSoftTaints }: ScalerOptions,
  { client, now }: ReconcileContext,
): void {
  let left = maxSoftTaints;
  for (const { metadata } of groups.flatMap((group) => nodesOf(client, group))) {
    const node = client.live("Node", metadata.name);
    if (node === undefined || draining[metadata.name] !== undefined || left <= 0) continue;
    const marked = node.spec?.taints?.some(({ key }) => key === CANDIDATE_TAINT) ?? false;
    if (marked === (unneeded[metadata.name] !== undefined)) continue;
    left--;
    const next = marked
      ? withoutTaint(node, CANDIDATE_TAINT)
      : withTaint(node, CANDIDATE_TAINT, "PreferNoSchedule", now);
    client.update("Node", next);
  }
}

/** Evicts the pods of marked nodes and removes those that are empty; gives up on one that cannot be emptied. */
function drain(
  state: ScalerState,
  options: ScalerOptions,
  context: ReconcileContext,
  machines: Machines,
): ScalerState {
  const { client, now, record } = context;
  const draining: Record<string, ScalerState["draining"][string]> = {};
  let { lastFailure, lastDelete, evicted } = state;
  const unneeded = { ...state.unneeded };
  for (const [name, plan] of Object.entries(state.draining)) {
    const { since } = plan;
    const node = client.live("Node", name);
    if (node === undefined) continue;
    const pods = movablePods(client, name);
    const terminating = [...client.indexed("Pod", "node", name)].some(
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
    if (pods.length === 0 && (!terminating || now >= since + options.maxGracefulTermination)) {
      record.event(node, "Normal", "ScaleDown", "nodes removed by cluster autoscaler");
      if (plan.pods)
        record.event(STATUS, "Normal", "ScaleDown", `Scale-down: node ${name} removed with drain`);
      else
        record.event(STATUS, "Normal", "ScaleDownEmpty", `Scale-down: empty node ${name} removed`);
      machines.remove(name);
      delete unneeded[name];
      lastDelete = now;
      continue;
    }
    const errors = pods.length === 0 ? [] : evict(pods, evicted, options, context);
    evicted = [...new Set([...evicted, ...pods.map(({ metadata }) => metadata.uid)])];
    if (errors.length > 0 && now >= since + options.maxPodEvictionTime) {
      abandon(name, errors, context);
      lastFailure = now;
      delete unneeded[name];
    } else draining[name] = plan;
  }
  if (Object.keys(draining).length === 0) evicted = [];
  return { ...state, draining, unneeded, lastFailure, lastDelete, evicted };
}

interface Refusal {
  readonly pod: Pod;
  readonly message: string;
}

/** Asks for the eviction of pods, tells each once, and answers which were refused. */
function evict(
  pods: readonly Pod[],
  told: readonly string[],
  { maxGracefulTermination }: ScalerOptions,
  { client, record }: ReconcileContext,
): readonly Refusal[] {
  const refusals: Refusal[] = [];
  for (const pod of pods) {
    const grace = pod.spec?.terminationGracePeriodSeconds ?? 30;
    if (!told.includes(pod.metadata.uid))
      record.event(pod, "Normal", "ScaleDown", "deleting pod for node scale down");
    try {
      client.evict(keyOf(pod), {
        gracePeriodSeconds: Math.min(grace, maxGracefulTermination / SECOND),
      });
    } catch (error) {
      if (!isApiError(error)) throw error;
      refusals.push({ pod, message: error.message });
    }
  }
  return refusals;
}

/** Takes the mark off a node whose pods do not go. */
function abandon(
  name: string,
  refusals: readonly Refusal[],
  { client, record }: ReconcileContext,
): void {
  const node = client.live("Node", name);
  if (node === undefined) return;
  for (const { pod } of refusals)
    record.event(pod, "Warning", "ScaleDownFailed", "failed to delete pod for ScaleDown");
  const errors = refusals.map(
    ({ pod, message }) =>
      `failed to evict pod ${keyOf(pod)} within allowed timeout (last error: ${message})`,
  );
  const why = `Failed to drain node /${name}, due to following errors: [${errors.join(" ")}]`;
  const text = `failed to drain and delete node: ${why}`;
  record.event(node, "Warning", "ScaleDownFailed", text);
  client.update("Node", withoutTaint(node, LEAVING_TAINT));
}
