import { deepEqual } from "../../api/meta/equal.ts";
import type {
  Container,
  ContainerStatus,
  Node,
  Pod,
  ResourceRequirements,
} from "../../api/types.gen.ts";

type Quantities = Readonly<Record<string, string>>;

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
 * What the node says a pod and its containers hold where that is not what they ask for, and whether it refuses to change
 * it; `undefined` for all others, which are those that are not being resized.
 */
export function heldResources(pod: Pod): unknown {
  const { spec, status } = pod;
  if (status === undefined) return undefined;
  const held: unknown[] = [];
  addHeld(held, status.containerStatuses, spec.containers);
  addHeld(held, status.initContainerStatuses, spec.initContainers);
  const { resources, allocatedResources } = status;
  if (resources !== undefined && !isAsked(resources, allocatedResources, spec.resources))
    held.push(["", resources.requests, allocatedResources]);
  if (held.length === 0) return undefined;
  const pending = (status.conditions ?? []).find(({ type }) => type === "PodResizePending");
  return [held, pending?.reason];
}

function addHeld(
  held: unknown[],
  statuses: readonly ContainerStatus[] | undefined,
  containers: readonly Container[] = [],
): void {
  if (statuses === undefined) return;
  for (let at = 0; at < statuses.length; at++) {
    const { name, resources, allocatedResources } = statuses[at] as ContainerStatus;
    if (resources === undefined) continue;
    const own = containers[at];
    const container = own?.name === name ? own : containers.find((other) => other.name === name);
    if (!isAsked(resources, allocatedResources, container?.resources))
      held.push([name, resources.requests, allocatedResources]);
  }
}

/** Whether what is held and allocated is what is asked for. */
function isAsked(
  { requests: held }: ResourceRequirements,
  allocated: Quantities | undefined,
  { requests: asked }: ResourceRequirements = {},
): boolean {
  return deepEqual(held, asked) && (allocated === undefined || deepEqual(allocated, asked));
}
