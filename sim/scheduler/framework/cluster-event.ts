import type { KubeObject } from "../../api/object.ts";
import type { Pod } from "../../api/types.gen.ts";

/** Kinds of objects whose changes may make a pod schedulable. `AssignedPod` is a pod on a node. */
export type EventResource =
  | "Node"
  | "Pod"
  | "AssignedPod"
  | "TargetPod"
  | "PersistentVolume"
  | "PersistentVolumeClaim"
  | "StorageClass"
  | "CSINode"
  | "CSIDriver"
  | "CSIStorageCapacity"
  | "VolumeAttachment"
  | "ResourceClaim"
  | "ResourceSlice"
  | "DeviceClass"
  | "PodGroup"
  | "Namespace"
  | "Service";

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

/** A cluster event with a test whether this very change helps this very pod (upstream: QueueingHint). */
export interface HintedEvent extends ClusterEvent {
  readonly hint: (
    pod: Pod,
    before: KubeObject | undefined,
    after: KubeObject | undefined,
  ) => boolean;
}
