import type { Informers } from "../api/informer.ts";
import { ELASTIC_QUOTA, POD_GROUP, SIG_POD_GROUP } from "../api/kinds/scheduling-groups.ts";
import type { KubeObject } from "../api/object.ts";
import type { Node, Pod } from "../api/types.gen.ts";
import type { Seq } from "../engine/journal.ts";
import { nodeHappened, objectHappened } from "./cluster-events.ts";
import type { SchedulingCore } from "./cycle/scheduling-core.ts";
import type { Happened } from "./cycle/wake-index.ts";
import type { EventResource } from "./framework/cluster-event.ts";
import type { Assumed } from "./scheduler-state.ts";
import type { ObjectKind } from "./snapshot/objects.ts";
import { hasEnded } from "./snapshot/relevance.ts";
import type { Snapshot } from "./snapshot/snapshot.ts";

/** Kinds besides pods and nodes whose objects scheduling reads, with the resource their changes count as. */
const followed: readonly (readonly [ObjectKind, EventResource | undefined])[] = [
  ["Namespace", "Namespace"],
  ["PersistentVolume", "PersistentVolume"],
  ["PersistentVolumeClaim", "PersistentVolumeClaim"],
  ["StorageClass", "StorageClass"],
  ["CSINode", "CSINode"],
  ["CSIDriver", "CSIDriver"],
  ["CSIStorageCapacity", "CSIStorageCapacity"],
  ["VolumeAttachment", "VolumeAttachment"],
  ["PodDisruptionBudget", undefined],
  ["Service", "Service"],
  ["ReplicationController", undefined],
  ["ReplicaSet", undefined],
  ["StatefulSet", undefined],
  ["ResourceClaim", "ResourceClaim"],
  ["ResourceSlice", "ResourceSlice"],
  ["DeviceClass", "DeviceClass"],
  [POD_GROUP, "PodGroup"],
  [SIG_POD_GROUP, "PodGroup"],
  [ELASTIC_QUOTA, "ElasticQuota"],
];

/** Told of what happened to the surroundings of pods, in the words of queueing hints. */
export type Happening = (
  happened: readonly Happened[],
  before: KubeObject | undefined,
  after: KubeObject | undefined,
  cause: Seq,
) => void;

/** Keeps a snapshot's nodes and other objects (all but pods) in step with the informers, and tells of every change. */
export function followSurroundings(
  informers: Informers,
  snapshot: Snapshot,
  happening: Happening,
): void {
  informers.on("Node", ({ type, before, after, seq }) => {
    const old = before as Node | undefined;
    const node = type === "DELETED" ? undefined : (after as Node);
    if (node === undefined) snapshot.removeNode(after.metadata.name);
    else if (old === undefined) snapshot.addNode(node);
    else snapshot.updateNode(node);
    happening(nodeHappened(old, node), old, node, seq);
  });
  for (const [kind, resource] of followed) {
    informers.on(kind, ({ type, key, before, after, seq }) => {
      const object = type === "DELETED" ? undefined : after;
      if (object === undefined) snapshot.removeObject(kind, key);
      else snapshot.putObject(kind, object as never);
      if (resource !== undefined)
        happening([objectHappened(resource, before, object)], before, object, seq);
    });
  }
}

/** Builds the snapshot of a core anew: from the caches, and pods that were given a node and are not bound yet. */
export function fillSnapshot(
  informers: Informers,
  core: SchedulingCore,
  assumed: Iterable<Assumed>,
): void {
  const { snapshot } = core;
  core.reset();
  fillSurroundings(informers, snapshot);
  for (const object of informers.cache("Pod").values()) {
    const pod = object as Pod;
    if (hasEnded(pod)) continue;
    if (pod.spec.nodeName || core.serves(pod)) snapshot.groups.put(pod);
    if (pod.spec.nodeName) snapshot.addPod(pod);
  }
  for (const { pod, node } of assumed)
    if (snapshot.nodeOf(pod) === undefined) snapshot.addPod(pod, node);
}

/** Fills an empty snapshot with what the informers hold, all but pods. */
function fillSurroundings(informers: Informers, snapshot: Snapshot): void {
  for (const [kind] of followed) {
    for (const object of informers.cache(kind).values()) snapshot.putObject(kind, object as never);
  }
  for (const node of informers.cache("Node").values()) snapshot.addNode(node as Node);
}
