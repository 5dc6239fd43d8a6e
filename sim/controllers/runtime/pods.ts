import { parseTimestamp } from "../../api/meta/time.ts";
import type { KubeObject, Manifest } from "../../api/object.ts";
import type { Pod, PodCondition, PodTemplateSpec } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { controllerReference } from "./owner.ts";

/** A pod's condition of a type. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  const conditions = pod.status?.conditions;
  if (conditions === undefined) return undefined;
  for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

export function isReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Since when a pod is ready; `undefined` when it is not. */
export function readySince(pod: Pod): Micros | undefined {
  const condition = podCondition(pod, "Ready");
  return condition?.status === "True"
    ? (parseTimestamp(condition.lastTransitionTime) ?? 0)
    : undefined;
}

/** When a pod that stays ready counts as available; `undefined` when it is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): Micros | undefined {
  if (minReadySeconds === 0) return isReady(pod) ? 0 : undefined;
  const since = readySince(pod);
  return since === undefined ? undefined : since + minReadySeconds * SECOND;
}

export function isAvailable(pod: Pod, minReadySeconds: number, now: Micros): boolean {
  const at = availableAt(pod, minReadySeconds);
  return at !== undefined && at <= now;
}

/** Succeeded or Failed. */
export function hasEnded(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase === "Succeeded" || phase === "Failed";
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Neither ended nor being deleted: counts as a replica. */
export function isActive(pod: Pod): boolean {
  return !hasEnded(pod) && !isTerminating(pod);
}

/** Pod made from a template for an owner. Pods of one template share its spec. */
export function podFromTemplate(
  template: PodTemplateSpec | undefined,
  owner: KubeObject,
  generateName = `${owner.metadata.name}-`,
): Manifest<Pod> {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName,
      ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template?.spec ?? { containers: [] },
  };
}
