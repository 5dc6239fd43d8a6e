import { requestOf as request } from "../../api/kinds/pod/room.ts";
import { milliValue } from "../../api/meta/quantity.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import { controllerOf } from "../runtime/owner.ts";
import { hasEnded } from "../runtime/pods.ts";

/** What a pod requests of a resource, in thousandths. */
export function requestOf(pod: Pod, resource: "cpu" | "memory"): number {
  return request(pod, resource, milliValue);
}

/** What pods may use of a node, in thousandths. */
export function allocatableOf({ status }: Node, resource: string): number {
  return milliValue(status?.allocatable?.[resource] ?? "0");
}

/** Share of a node that its pods request: of CPU or memory, whichever is larger. */
export function utilizationOf(node: Node, pods: readonly Pod[]): number {
  const shares = (["cpu", "memory"] as const).map((resource) => {
    let sum = 0;
    for (const pod of pods) if (!hasEnded(pod)) sum += requestOf(pod, resource);
    const allocatable = allocatableOf(node, resource);
    return allocatable === 0 ? 0 : sum / allocatable;
  });
  return Math.max(...shares);
}

/** Pods that every node has anyway: they move with nobody. */
export function isDaemonPod(pod: Pod): boolean {
  return (
    controllerOf(pod)?.kind === "DaemonSet" ||
    pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined
  );
}
