import type { Node, Pod, PodStatus } from "../../api/types.gen.ts";

/** True when the pod has ended and holds nothing any more. */
export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Whether an update of a node touches anything scheduling reads. Heartbeats do not. */
export function nodeMatters(before: Node, after: Node): boolean {
  return (
    domainsMayMove(before, after) ||
    !same(before.status?.allocatable, after.status?.allocatable) ||
    !same(before.status?.images, after.status?.images) ||
    !same(before.status?.declaredFeatures, after.status?.declaredFeatures)
  );
}

/** Whether an update may put a node into another topology domain, or in or out of what constraints count. */
export function domainsMayMove(before: Node, after: Node): boolean {
  return (
    !same(before.metadata.labels, after.metadata.labels) ||
    !same(before.spec?.taints, after.spec?.taints) ||
    (before.spec?.unschedulable ?? false) !== (after.spec?.unschedulable ?? false)
  );
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Whether an update leaves everything scheduling reads of a pod as it was, but for whether it is being deleted; judged by
 * identity of the parts.
 */
export function podLooksAlike(before: Pod, after: Pod): boolean {
  const a = before.spec;
  const b = after.spec;
  return (
    a.containers === b.containers &&
    a.initContainers === b.initContainers &&
    a.affinity === b.affinity &&
    a.overhead === b.overhead &&
    a.resources === b.resources &&
    a.volumes === b.volumes &&
    a.priority === b.priority &&
    before.metadata.labels === after.metadata.labels &&
    (before.status === after.status || same(heldResources(before), heldResources(after)))
  );
}

/**
 * What the node says a pod and its containers hold, and whether it refuses to change that; `undefined` for a pod whose
 * node says nothing. Only while a pod is resized does it differ from what the pod asks for.
 */
export function heldResources(pod: Pod): unknown {
  const { status } = pod;
  if (status === undefined || !tellsResources(status)) return undefined;
  const held: unknown[] = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
  ]
    .filter(({ resources }) => resources !== undefined)
    .map(({ name, resources, allocatedResources }) => [
      name,
      resources?.requests,
      allocatedResources,
    ]);
  if (status.resources !== undefined)
    held.push(["", status.resources.requests, status.allocatedResources]);
  if (held.length === 0) return undefined;
  const pending = (status.conditions ?? []).find(({ type }) => type === "PodResizePending");
  return [held, pending?.reason];
}

function tellsResources({
  containerStatuses = [],
  initContainerStatuses = [],
  resources: ofPod,
}: PodStatus): boolean {
  if (ofPod !== undefined) return true;
  for (const { resources } of containerStatuses) if (resources !== undefined) return true;
  for (const { resources } of initContainerStatuses) if (resources !== undefined) return true;
  return false;
}
