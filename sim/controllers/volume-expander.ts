import type { Client } from "../api/client.ts";
import { wholeValue } from "../api/meta/quantity.ts";
import { timestamp } from "../api/meta/time.ts";
import { type KubeObject, keyOf } from "../api/object.ts";
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimStatus,
} from "../api/types.gen.ts";
import type { Micros } from "../engine/time.ts";
import { className, requested } from "./persistent-volume-binder/match.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import { inBytes, storageDelay } from "./volume-provisioner.ts";

const IN_PROGRESS = "ControllerResizeInProgress";
/** Conditions of claims that tell of a resize; they come and go together. */
const RESIZE_CONDITIONS: ReadonlySet<string> = new Set([
  "Resizing",
  "FileSystemResizePending",
  "ControllerResizeError",
  "NodeResizeError",
]);

/** Tells of claims that grew: no storage is left that the controller manager itself makes larger. */
export function volumeExpander(): Controller {
  return {
    name: "persistentvolume-expander-controller",
    eventSource: "volume_expand",
    for: "PersistentVolumeClaim",
    concerns: (after, before) => after !== undefined && hasGrown(after, before),
    watches: [],
    reads: ["PersistentVolume"],
    reconcile(key, { client, record }) {
      const claim = client.get("PersistentVolumeClaim", key);
      if (claim === undefined || !isTooSmall(claim) || volumeOf(client, claim) === undefined)
        return;
      const text = "waiting for an external controller to expand this PVC";
      record.event(claim, "Normal", "ExternalExpanding", text);
    },
  };
}

/** Stands for the external resizers of all CSI drivers: makes volumes as large as their claims want them. */
export function volumeResizer(): Controller {
  return {
    name: "volume-resizer",
    eventSource: "external-resizer",
    for: "PersistentVolumeClaim",
    concerns: (after) => after !== undefined && isTooSmall(after as PersistentVolumeClaim),
    watches: [],
    reads: ["PersistentVolume", "StorageClass"],
    observe(kind, after, before, memory) {
      if (kind === "PersistentVolumeClaim" && after === undefined && before !== undefined)
        memory.delete(keyOf(before));
    },
    reconcile(key, context) {
      const { client, memory } = context;
      const claim = client.get("PersistentVolumeClaim", key);
      if (claim !== undefined && isTooSmall(claim)) {
        const volume = volumeOf(client, claim);
        if (volume?.spec?.csi !== undefined) return resize(claim, volume, context);
      }
      memory.delete(key);
      return undefined;
    },
  };
}

function hasGrown(after: KubeObject, before: KubeObject | undefined): boolean {
  if (before === undefined) return true;
  const [next, old] = [after as PersistentVolumeClaim, before as PersistentVolumeClaim];
  return requested(next) > requested(old) || capacityOf(next) > capacityOf(old);
}

function capacityOf({ status }: PersistentVolumeClaim): number {
  return wholeValue(status?.capacity?.["storage"] ?? "0");
}

function isTooSmall(claim: PersistentVolumeClaim): boolean {
  return claim.status?.phase === "Bound" && requested(claim) > capacityOf(claim);
}

/** The volume of a claim, when it is bound to it. */
function volumeOf(client: Client, { spec, metadata }: PersistentVolumeClaim) {
  const volume = client.live("PersistentVolume", spec?.volumeName ?? "");
  return volume?.spec?.claimRef?.uid === metadata.uid ? volume : undefined;
}

function resize(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
  { client, memory, now, record }: ReconcileContext,
): { requeueAfter: Micros } | undefined {
  const key = keyOf(claim);
  const name = volume.metadata.name;
  const { status } = claim;
  const wanted = claim.spec?.resources?.requests?.["storage"] ?? "0";
  const allocated = status?.allocatedResources?.["storage"];
  // What was begun is ended first, whatever is wanted meanwhile.
  const begun = status?.allocatedResourceStatuses?.["storage"] === IN_PROGRESS;
  const size = (begun ? allocated : undefined) ?? wanted;
  if (!begun || allocated !== size) {
    const conditions = [
      ...otherConditions(status),
      { type: "Resizing", status: "True", lastTransitionTime: timestamp(now) },
    ];
    const allocatedResources = { ...status?.allocatedResources, storage: size };
    const statuses = { ...status?.allocatedResourceStatuses, storage: IN_PROGRESS };
    client.updateStatus("PersistentVolumeClaim", {
      ...claim,
      status: {
        ...status,
        conditions,
        allocatedResources,
        allocatedResourceStatuses: statuses,
      },
    });
    // Goes on when it sees what it wrote.
    return undefined;
  }
  const since = (memory.get(key) as Micros | undefined) ?? now;
  if (!memory.has(key)) {
    memory.set(key, since);
    record.event(claim, "Normal", "Resizing", `External resizer is resizing volume ${name}`);
  }
  const left = since + storageDelay(client.get("StorageClass", className(claim))) - now;
  if (left > 0) return { requeueAfter: left };
  const storage = inBytes(size);
  if (wholeValue(volume.spec?.capacity?.["storage"] ?? "0") < wholeValue(storage)) {
    const capacity = { ...volume.spec?.capacity, storage };
    client.update("PersistentVolume", { ...volume, spec: { ...volume.spec, capacity } });
  }
  client.updateStatus("PersistentVolumeClaim", { ...claim, status: finished(status, storage) });
  record.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded");
  memory.delete(key);
  return undefined;
}

function finished(
  status: PersistentVolumeClaimStatus | undefined,
  storage: string,
): PersistentVolumeClaimStatus {
  const { conditions: _, allocatedResourceStatuses, ...rest } = status ?? {};
  const { storage: __, ...statuses } = allocatedResourceStatuses ?? {};
  const conditions = otherConditions(status);
  return {
    ...rest,
    capacity: { ...status?.capacity, storage },
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(Object.keys(statuses).length === 0 ? {} : { allocatedResourceStatuses: statuses }),
  };
}

function otherConditions(status: PersistentVolumeClaimStatus | undefined) {
  return (status?.conditions ?? []).filter(({ type }) => !RESIZE_CONDITIONS.has(type));
}
