import type { Client } from "../../../api/client.ts";
import { qosClass } from "../../../api/kinds/pod/resources.ts";
import { tolerates } from "../../../api/meta/tolerations.ts";
import type { Node, Pod } from "../../../api/types.gen.ts";
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

/** Annotation of pods that may be evicted whatever else would keep them. */
const EVICT = "descheduler.alpha.kubernetes.io/evict";

export function isEvictable(pod: Pod): boolean {
  const { spec, metadata } = pod;
  const here = (spec?.nodeName ?? "") !== "" && !hasEnded(pod) && !isTerminating(pod);
  if (metadata.annotations?.[EVICT] !== undefined) return here;
  const local = spec?.volumes?.some(
    ({ emptyDir, hostPath }) => emptyDir !== undefined || hostPath !== undefined,
  );
  return (
    here &&
    !isDaemonPod(pod) &&
    (metadata.ownerReferences?.length ?? 0) > 0 &&
    (spec?.priority ?? 0) < SYSTEM_CRITICAL &&
    local !== true
  );
}

const CLASSES = ["BestEffort", "Burstable", "Guaranteed"];

/** Pods by priority, those without one first, and by quality of service among equals. */
export function leastImportantFirst(pods: readonly Pod[]): readonly Pod[] {
  const rank = (pod: Pod): number => pod.spec?.priority ?? Number.NEGATIVE_INFINITY;
  const quality = ({ spec }: Pod): number => CLASSES.indexOf(qosClass(spec ?? { containers: [] }));
  return [...pods].sort((a, b) =>
    rank(a) === rank(b) ? quality(a) - quality(b) : rank(a) < rank(b) ? -1 : 1,
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
