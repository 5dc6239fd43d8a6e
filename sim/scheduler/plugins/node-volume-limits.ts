import type { CSINode, PersistentVolume, Pod } from "../../api/types.gen.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { NodeFilter, PluginFactory } from "../framework/plugin.ts";
import { unschedulable } from "../framework/status.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { isClaimOf } from "./hints/claims.ts";
import { allowsMoreVolumes, hadVolumes } from "./hints/storage.ts";
import { type CsiVolume, driverOf, isMigratable, migrated } from "./volumes/migrated-volumes.ts";
import { claimClass, claimNames, claimOf, storageVersion } from "./volumes/volume-claims.ts";

const REJECTED = unschedulable("node(s) exceed max volume count");

/** The volumes of a pod that CSI drivers of a node attach: driver by a key that is equal for equal volumes. */
function attachable(pod: Pod, node: CSINode | undefined, snapshot: Snapshot): Attached {
  const drivers = new Map<string, string>();
  const put = (volume: CsiVolume | undefined) => {
    if (volume !== undefined) drivers.set(`${volume.driver}/${volume.handle}`, volume.driver);
  };
  for (const volume of pod.spec.volumes ?? []) put(migrated(volume, node));
  for (const name of claimNames(pod)) {
    const claim = claimOf(snapshot, pod, name);
    if (claim === undefined) continue;
    const volumeName = claim.spec?.volumeName ?? "";
    if (volumeName !== "") {
      put(csiVolume(snapshot.objects.get("PersistentVolume", volumeName), node));
      continue;
    }
    const provisioner = snapshot.objects.get("StorageClass", claimClass(claim))?.provisioner ?? "";
    const driver = provisioner === "" ? undefined : driverOf(provisioner, node);
    if (driver !== undefined) put({ driver, handle: `${pod.metadata.namespace ?? ""}/${name}` });
  }
  return drivers;
}

type Attached = ReadonlyMap<string, string>;

function csiVolume(
  volume: PersistentVolume | undefined,
  node: CSINode | undefined,
): CsiVolume | undefined {
  if (volume === undefined) return undefined;
  const { csi } = volume.spec;
  if (csi === undefined) return migrated(volume.spec, node);
  return { driver: csi.driver, handle: csi.volumeHandle };
}

/** Most volumes a driver can attach per node, from the CSINode. */
function limitsOf(node: CSINode | undefined): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const driver of node?.spec.drivers ?? [])
    if (driver.allocatable?.count !== undefined) limits.set(driver.name, driver.allocatable.count);
  return limits;
}

/** Volumes attached to a node by its pods and by VolumeAttachments. */
function attachedTo(node: number, csiNode: CSINode | undefined, snapshot: Snapshot): Attached {
  const attached = new Map<string, string>();
  for (const { pod } of snapshot.podsOn[node] ?? [])
    for (const [key, driver] of attachable(pod, csiNode, snapshot)) attached.set(key, driver);
  for (const { spec } of snapshot.objects.list("VolumeAttachment")) {
    const volumeName = spec.source.persistentVolumeName;
    if (spec.nodeName !== snapshot.names[node] || volumeName === undefined) continue;
    const volume = csiVolume(snapshot.objects.get("PersistentVolume", volumeName), csiNode);
    if (volume !== undefined) attached.set(`${volume.driver}/${volume.handle}`, volume.driver);
  }
  return attached;
}

function limitFilter({ pod }: PodInfo, snapshot: Snapshot): NodeFilter {
  return (node) => {
    const csiNode = snapshot.objects.get("CSINode", snapshot.names[node] ?? "");
    const limits = limitsOf(csiNode);
    if (limits.size === 0) return undefined;
    const wanted = attachable(pod, csiNode, snapshot);
    if (wanted.size === 0) return undefined;
    const attached = attachedTo(node, csiNode, snapshot);
    const held = new Map<string, number>();
    for (const driver of attached.values()) held.set(driver, (held.get(driver) ?? 0) + 1);
    const more = new Map<string, number>();
    for (const [key, driver] of wanted)
      if (!attached.has(key)) more.set(driver, (more.get(driver) ?? 0) + 1);
    for (const [driver, count] of more) {
      const limit = limits.get(driver);
      if (limit !== undefined && (held.get(driver) ?? 0) + count > limit) return REJECTED;
    }
    return undefined;
  };
}

/** A node attaches at most as many volumes of a CSI driver as its CSINode says. */
export const nodeVolumeLimits: PluginFactory = {
  name: "NodeVolumeLimits",
  create: () => ({
    name: "NodeVolumeLimits",
    wakesOn: [
      hinted("CSINode", ["add", "update", "delete"], allowsMoreVolumes),
      hinted("AssignedPod", ["delete"], hadVolumes),
      hinted("PersistentVolumeClaim", ["add", "update"], isClaimOf),
      { resource: "VolumeAttachment", actions: ["delete"] },
    ],
    version: storageVersion,
    preFilter: ({ pod }) =>
      claimNames(pod).length > 0 || (pod.spec.volumes ?? []).some(isMigratable)
        ? undefined
        : "skip",
    filter: { dependsOn: "node-pods", readsSpecAlone: true, filter: limitFilter },
  }),
};
