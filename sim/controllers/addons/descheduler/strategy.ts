import type { Client } from "../../../api/client.ts";
import { tolerates } from "../../../api/meta/tolerations.ts";
import type { Node, Pod } from "../../../api/types.gen.ts";
import { controllerOf } from "../../runtime/owner.ts";
import { hasEnded, isTerminating } from "../../runtime/pods.ts";
import type { Placement } from "../../runtime/services.ts";
import type { Settings } from "../add-on-config.ts";
import { isDaemonPod } from "../pod-requests.ts";

/** What a strategy sees of the cluster. */
export interface View {
  readonly client: Client;
  readonly nodes: readonly Node[];
  readonly placement: Placement;
  readonly now: number;
}

/** One way to find pods that should run elsewhere, by upstream's name. */
export interface Strategy {
  readonly name: string;
  /** Pods to evict, in order; what is evicted may change what follows only in the next pass. */
  readonly victims: (view: View, settings: Settings) => readonly Pod[];
}

/** Priority from which pods are the system's (upstream `SystemCriticalPriority`). */
const SYSTEM_CRITICAL = 2_000_000_000;

/** Pods of a node, or of all, that may be evicted (upstream's DefaultEvictor). */
export function evictablePods(client: Client, node?: string): readonly Pod[] {
  const pods = node === undefined ? client.list("Pod") : client.indexed("Pod", "node", node);
  return [...pods].filter(isEvictable);
}

export function isEvictable(pod: Pod): boolean {
  const { spec } = pod;
  const local = spec?.volumes?.some(
    ({ emptyDir, hostPath }) => emptyDir !== undefined || hostPath !== undefined,
  );
  return (
    (spec?.nodeName ?? "") !== "" &&
    !isDaemonPod(pod) &&
    !hasEnded(pod) &&
    !isTerminating(pod) &&
    controllerOf(pod) !== undefined &&
    (spec?.priority ?? 0) < SYSTEM_CRITICAL &&
    local !== true
  );
}

/** Pods that run or will run on a node. */
export function podsOn(client: Client, node: string): readonly Pod[] {
  return [...client.indexed("Pod", "node", node)].filter(
    (pod) => !hasEnded(pod) && !isTerminating(pod),
  );
}

/** Whether a node takes new pods at all. */
export function isOpen(node: Node): boolean {
  return node.spec?.unschedulable !== true;
}

/** Whether a pod tolerates a node's taints of these effects. */
export function toleratesTaints(pod: Pod, node: Node, effects: readonly string[]): boolean {
  return (node.spec?.taints ?? [])
    .filter(({ effect }) => effects.includes(effect))
    .every(
      (taint) => pod.spec?.tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false,
    );
}

/** Whether another node would take the pod as the scheduler sees it (`nodeFit`). */
export function fitsElsewhere(pod: Pod, { client, nodes, placement }: View): boolean {
  const { nodeName, ...spec } = pod.spec ?? { containers: [] };
  const others = nodes.filter(({ metadata }) => metadata.name !== nodeName);
  const pods = [...client.list("Pod")].filter(
    (other) => (other.spec?.nodeName ?? "") !== "" && !hasEnded(other) && other !== pod,
  );
  return placement.feasible({ ...pod, spec }, others, pods).length > 0;
}
