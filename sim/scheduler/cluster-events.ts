import type { KubeObject } from "../api/object.ts";
import type { Node, Pod } from "../api/types.gen.ts";
import type { Happened } from "./cycle/wake-index.ts";
import type { EventAction, EventResource } from "./framework/cluster-event.ts";

/** What a change of a node means for waiting pods; upstream tells the updates apart the same way (`NodeSchedulingPropertiesChange`). */
export function nodeHappened(
  before: Node | undefined,
  after: Node | undefined,
): readonly Happened[] {
  if (before === undefined) return [{ resource: "Node", action: "add" }];
  if (after === undefined) return [{ resource: "Node", action: "delete" }];
  const actions: EventAction[] = [];
  if (differ(before.status?.allocatable, after.status?.allocatable))
    actions.push("update-allocatable");
  if (differ(before.metadata.labels, after.metadata.labels)) actions.push("update-label");
  if (
    differ(before.spec?.taints, after.spec?.taints) ||
    (before.spec?.unschedulable === true && after.spec?.unschedulable !== true)
  ) {
    actions.push("update-taint");
  }
  if (differ(before.status?.declaredFeatures, after.status?.declaredFeatures))
    actions.push("update-features");
  if (differ(conditionsOf(before), conditionsOf(after))) actions.push("update-condition");
  return actions.map((action) => ({ resource: "Node", action }));
}

/** What a change of a bound pod means for waiting ones. */
export function assignedPodHappened(
  before: Pod | undefined,
  after: Pod | undefined,
): readonly Happened[] {
  if (after === undefined) return [{ resource: "AssignedPod", action: "delete" }];
  if (before === undefined || !before.spec.nodeName)
    return [{ resource: "AssignedPod", action: "add" }];
  const actions: EventAction[] = [];
  if (differ(before.metadata.labels, after.metadata.labels)) actions.push("update-label");
  if (requestsDiffer(before, after)) actions.push("update-scale-down");
  return actions.map((action) => ({ resource: "AssignedPod", action }));
}

/** What a change of a waiting pod means for itself. */
export function waitingPodHappened(before: Pod, after: Pod): readonly Happened[] {
  const actions: EventAction[] = [];
  if (differ(before.metadata.labels, after.metadata.labels)) actions.push("update-label");
  if (requestsDiffer(before, after)) actions.push("update-scale-down");
  if (differ(before.spec.tolerations, after.spec.tolerations)) actions.push("update-tolerations");
  if (differ(before.spec.schedulingGates, after.spec.schedulingGates))
    actions.push("update-scheduling-gates");
  if (differ(before.status?.resourceClaimStatuses, after.status?.resourceClaimStatuses))
    actions.push("update-claims");
  return actions.map((action) => ({ resource: "TargetPod", action }));
}

/** What a change of any other object means. */
export function objectHappened(
  resource: EventResource,
  before: KubeObject | undefined,
  after: KubeObject | undefined,
): Happened {
  return {
    resource,
    action: before === undefined ? "add" : after === undefined ? "delete" : "update",
  };
}

function differ(before: unknown, after: unknown): boolean {
  return before !== after && JSON.stringify(before) !== JSON.stringify(after);
}

function conditionsOf(node: Node): unknown {
  return node.status?.conditions?.map(({ type, status }) => [type, status]);
}

function requestsDiffer(before: Pod, after: Pod): boolean {
  return (
    before.spec.containers !== after.spec.containers &&
    differ(requestsOf(before), requestsOf(after))
  );
}

function requestsOf(pod: Pod): unknown {
  return pod.spec.containers.map(({ resources }) => resources?.requests);
}
