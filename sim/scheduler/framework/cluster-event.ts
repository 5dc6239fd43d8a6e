import type { KubeObject } from "../../api/object.ts";
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  DeviceClass,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ResourceClaim,
  ResourceSlice,
  Service,
  StorageClass,
  VolumeAttachment,
} from "../../api/types.gen.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/**
 * Kinds of objects whose changes may make a pod schedulable, with their objects. `Pod` is any pod, `AssignedPod` one on
 * a node, `TargetPod` the waiting pod itself.
 */
export interface EventObjects {
  readonly Node: Node;
  readonly Pod: Pod;
  readonly AssignedPod: Pod;
  readonly TargetPod: Pod;
  readonly PersistentVolume: PersistentVolume;
  readonly PersistentVolumeClaim: PersistentVolumeClaim;
  readonly StorageClass: StorageClass;
  readonly CSINode: CSINode;
  readonly CSIDriver: CSIDriver;
  readonly CSIStorageCapacity: CSIStorageCapacity;
  readonly VolumeAttachment: VolumeAttachment;
  readonly ResourceClaim: ResourceClaim;
  readonly ResourceSlice: ResourceSlice;
  readonly DeviceClass: DeviceClass;
  readonly PodGroup: KubeObject;
  readonly ElasticQuota: KubeObject;
  readonly Namespace: Namespace;
  readonly Service: Service;
}

/** Name of such a kind. */
export type EventResource = keyof EventObjects;

/** What happened to it; the node updates are told apart because they wake different pods. */
export type EventAction =
  | "add"
  | "delete"
  | "update"
  | "update-allocatable"
  | "update-label"
  | "update-taint"
  | "update-condition"
  | "update-features"
  | "update-scale-down"
  | "update-tolerations"
  | "update-scheduling-gates"
  | "update-claims";

/** Something that may wake an unschedulable pod. */
export interface ClusterEvent {
  readonly resource: EventResource;
  readonly actions: readonly EventAction[];
}

/**
 * Whether this very change may make this very pod schedulable (upstream: QueueingHint). The object is absent before it
 * is added and after it is deleted; the snapshot shows the cluster after the change. Must be cheap, and must never say
 * no to a change that helps: the pod would sleep on.
 */
export type Hint<T extends KubeObject = KubeObject> = (
  pod: Pod,
  before: T | undefined,
  after: T | undefined,
  snapshot: Snapshot,
) => boolean;

/** A cluster event that wakes only the pods its hint says it may help. */
export interface HintedEvent extends ClusterEvent {
  readonly hint: Hint;
}

/** A cluster event with a hint about the objects of its kind. */
export function hinted<R extends EventResource>(
  resource: R,
  actions: readonly EventAction[],
  hint: Hint<EventObjects[R] & KubeObject>,
): HintedEvent {
  return { resource, actions, hint: hint as Hint };
}
