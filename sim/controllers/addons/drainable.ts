import type { Client } from "../../api/client.ts";
import { matchesSelector } from "../../api/meta/selector.ts";
import type { Node, Pod, PodDisruptionBudget } from "../../api/types.gen.ts";
import { controllerOf } from "../runtime/owner.ts";
import { hasEnded, isTerminating } from "../runtime/pods.ts";
import type { Placement } from "../runtime/services.ts";
import { withTaints } from "../runtime/taints.ts";
import { isDaemonPod } from "./pod-requests.ts";

const SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/** Pods that have to leave when a node goes. */
export function movablePods(client: Client, node: string): readonly Pod[] {
  return [...client.indexed("Pod", "node", node)].filter(
    (pod) => !isDaemonPod(pod) && !hasEnded(pod) && !isTerminating(pod),
  );
}

/** Names of local volumes that may be lost, separated by commas. */
const SAFE_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
/** Owners that replace their pods; others the autoscaler does not know. */
const REPLACING: ReadonlySet<string> = new Set([
  "ReplicationController",
  "ReplicaSet",
  "StatefulSet",
  "Job",
  "DaemonSet",
]);

/** Why a pod keeps its node from being removed (upstream's drainability rules); `undefined` when it does not. */
export function whyKept(client: Client, pod: Pod): string | undefined {
  const { annotations, namespace } = pod.metadata;
  const safe = annotations?.[SAFE_TO_EVICT];
  const budgets = budgetsOf(client, pod);
  if (safe !== "true") {
    if (safe === "false") return "it is annotated as not safe to evict";
    if (!REPLACING.has(controllerOf(pod)?.kind ?? "")) return "nobody would replace it";
    if (namespace === "kube-system" && budgets.length === 0)
      return "it is a system pod without a disruption budget";
    if (hasLocalStorage(pod)) return "it has local storage";
  }
  return isGuarded(budgets) ? "its disruption budget allows no disruption" : undefined;
}

/** Budgets whose selectors match a pod. */
export function budgetsOf(client: Client, { metadata }: Pod): readonly PodDisruptionBudget[] {
  return [...client.list("PodDisruptionBudget", metadata.namespace)].filter(({ spec }) =>
    matchesSelector(spec?.selector)(metadata.labels),
  );
}

/** Whether one of the budgets allows no disruption now. */
export function isGuarded(budgets: readonly PodDisruptionBudget[]): boolean {
  return budgets.some(({ status }) => (status?.disruptionsAllowed ?? 0) < 1);
}

/** Volumes on the node's disk, but for those that are said to be safe to lose. */
function hasLocalStorage({ metadata, spec }: Pod): boolean {
  const safe = (metadata.annotations?.[SAFE_VOLUMES] ?? "").split(",");
  return (spec?.volumes ?? []).some(
    ({ name, emptyDir, hostPath }) =>
      !safe.includes(name) &&
      (hostPath !== undefined || (emptyDir !== undefined && emptyDir.medium !== "Memory")),
  );
}

/**
 * Whether all pods of a node could run on the others, placed one after the other. Answers the pods as they would
 * stand, or `undefined` when one has nowhere to go.
 */
export function placedElsewhere(
  leaving: readonly Pod[],
  others: readonly Node[],
  pods: readonly Pod[],
  placement: Placement,
): readonly Pod[] | undefined {
  const gone = new Set(leaving.map(({ metadata }) => metadata.uid));
  let placed: readonly Pod[] = pods.filter(({ metadata }) => !gone.has(metadata.uid));
  for (const pod of leaving) {
    const { nodeName: _, ...spec } = pod.spec ?? { containers: [] };
    const pending: Pod = { ...pod, spec };
    const [target] = placement.feasible(pending, others, placed);
    if (target === undefined) return undefined;
    placed = [...placed, { ...pending, spec: { ...spec, nodeName: target } }];
  }
  return placed;
}

/** Bound pods that have not ended. */
export function runningPods(client: Client): readonly Pod[] {
  return [...client.list("Pod")].filter(
    (pod) => (pod.spec?.nodeName ?? "") !== "" && !hasEnded(pod),
  );
}

/** Takes an add-on's taint off all nodes. */
export function reopenNodes(client: Client, taint: string): void {
  for (const seen of client.list("Node")) {
    // The cache may be older than the last write before a crash.
    const node = client.live("Node", seen.metadata.name);
    if (node?.spec?.taints?.some(({ key }) => key === taint) !== true) continue;
    const kept = node.spec.taints.filter(({ key }) => key !== taint);
    client.update("Node", withTaints(node, kept));
  }
}
