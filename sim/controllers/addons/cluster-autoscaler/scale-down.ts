import { isApiError } from "../../../api/api-error.ts";
import { findCondition } from "../../../api/meta/conditions.ts";
import { EPOCH_SECONDS } from "../../../api/meta/time.ts";
import { keyOf } from "../../../api/object.ts";
import type { Node } from "../../../api/types.gen.ts";
import { type Micros, SECOND } from "../../../engine/time.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import type { Machines, Placement } from "../../runtime/services.ts";
import { movablePods, placedElsewhere, runningPods, whyKept } from "../drainable.ts";
import { GROUP_LABEL, type NodeGroup, nodesOf } from "../node-group.ts";
import { utilizationOf } from "../pod-requests.ts";
import type { ScalerOptions, ScalerState } from "./state.ts";

const DISABLED = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
/** Taint of nodes that are being emptied. */
export const LEAVING_TAINT = "ToBeDeletedByClusterAutoscaler";

/** Notes which nodes are not needed, empties those that have not been for long enough, and removes empty ones. */
export function scaleDown(
  state: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
  context: ReconcileContext,
  services: { readonly placement: Placement; readonly machines: Machines },
): ScalerState {
  const next = {
    ...state,
    unneeded: unneededNodes(state, groups, options, context, services.placement),
  };
  return drain(begin(next, groups, options, context), options, context, services.machines);
}

function unneededNodes(
  { unneeded, draining }: ScalerState,
  groups: readonly NodeGroup[],
  { utilizationThreshold }: ScalerOptions,
  { client, now }: ReconcileContext,
  placement: Placement,
): Readonly<Record<string, Micros>> {
  const found: Record<string, Micros> = {};
  const nodes = [...client.list("Node")];
  let pods = runningPods(client);
  const leaving = new Set(Object.keys(draining));
  for (const node of groups.flatMap((group) => nodesOf(client, group))) {
    const { name, annotations } = node.metadata;
    if (leaving.has(name) || annotations?.[DISABLED] === "true" || !isReady(node)) continue;
    if (
      utilizationOf(
        node,
        pods.filter(({ spec }) => spec?.nodeName === name),
      ) >= utilizationThreshold
    )
      continue;
    const movable = movablePods(client, name);
    if (movable.some((pod) => whyKept(client, pod) !== undefined)) continue;
    const others = nodes.filter(
      ({ metadata }) =>
        metadata.name !== name && !leaving.has(metadata.name) && found[metadata.name] === undefined,
    );
    const placed = placedElsewhere(movable, others, pods, placement);
    if (placed === undefined) continue;
    pods = placed;
    found[name] = unneeded[name] ?? now;
  }
  return found;
}

function isReady(node: Node): boolean {
  return findCondition(node.status?.conditions, "Ready")?.status === "True";
}

/** Marks a node that has not been needed for long enough: an empty one at once, others one at a time. */
function begin(
  state: ScalerState,
  groups: readonly NodeGroup[],
  { unneededTime, delayAfterAdd, delayAfterFailure }: ScalerOptions,
  context: ReconcileContext,
): ScalerState {
  const { client, now, record } = context;
  if (state.lastAdd !== undefined && now < state.lastAdd + delayAfterAdd) return state;
  if (state.lastFailure !== undefined && now < state.lastFailure + delayAfterFailure) return state;
  const draining = { ...state.draining };
  const sizes = new Map(
    groups.map((group) => [group.name, nodesOf(client, group).length - group.min] as const),
  );
  for (const name of Object.keys(draining)) less(sizes, client.get("Node", name));
  for (const [name, since] of Object.entries(state.unneeded)) {
    const node = client.live("Node", name);
    if (node === undefined || now < since + unneededTime) continue;
    const empty = movablePods(client, name).length === 0;
    if (!empty && Object.keys(draining).length > 0) continue;
    if ((sizes.get(node.metadata.labels?.[GROUP_LABEL] ?? "") ?? 0) <= 0) continue;
    less(sizes, node);
    const value = String(Math.floor(now / SECOND) + EPOCH_SECONDS);
    const taints = [
      ...(node.spec?.taints ?? []),
      { key: LEAVING_TAINT, value, effect: "NoSchedule" },
    ];
    client.update("Node", { ...node, spec: { ...node.spec, taints } });
    record.event(node, "Normal", "ScaleDown", "marked the node as toBeDeleted/unschedulable");
    draining[name] = now;
  }
  return { ...state, draining };
}

function less(sizes: Map<string, number>, node: Node | undefined): void {
  const group = node?.metadata.labels?.[GROUP_LABEL] ?? "";
  sizes.set(group, (sizes.get(group) ?? 0) - 1);
}

/** Evicts the pods of marked nodes and removes those that are empty; gives up on one that cannot be emptied. */
function drain(
  state: ScalerState,
  { maxGracefulTermination, maxPodEvictionTime }: ScalerOptions,
  { client, now, record }: ReconcileContext,
  machines: Machines,
): ScalerState {
  const draining: Record<string, Micros> = {};
  let { lastFailure } = state;
  const unneeded = { ...state.unneeded };
  for (const [name, since] of Object.entries(state.draining)) {
    const node = client.live("Node", name);
    if (node === undefined) continue;
    const pods = movablePods(client, name);
    const terminating = [...client.indexed("Pod", "node", name)].some(
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
    if (pods.length === 0 && (!terminating || now >= since + maxGracefulTermination)) {
      record.event(node, "Normal", "ScaleDown", "node removed by cluster autoscaler");
      machines.remove(name);
      delete unneeded[name];
      continue;
    }
    if (pods.length > 0 && now >= since + maxPodEvictionTime) {
      const taints = (node.spec?.taints ?? []).filter(({ key }) => key !== LEAVING_TAINT);
      client.update("Node", { ...node, spec: { ...node.spec, taints } });
      record.event(
        node,
        "Warning",
        "ScaleDownFailed",
        "failed to drain the node, aborting ScaleDown",
      );
      lastFailure = now;
      delete unneeded[name];
      continue;
    }
    draining[name] = since;
    for (const pod of pods) {
      const grace = pod.spec?.terminationGracePeriodSeconds ?? 30;
      try {
        record.event(pod, "Normal", "ScaleDown", "deleting pod for node scale down");
        client.evict(keyOf(pod), {
          gracePeriodSeconds: Math.min(grace, maxGracefulTermination / SECOND),
        });
      } catch (error) {
        if (!isApiError(error)) throw error;
      }
    }
  }
  return { ...state, draining, unneeded, lastFailure };
}
