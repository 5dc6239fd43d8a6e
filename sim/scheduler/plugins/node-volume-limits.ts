import type { Pod } from "../../api/types.gen.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { NodeFilter, PluginFactory } from "../framework/plugin.ts";
import { unschedulable } from "../framework/status.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { isClaimOf } from "./hints/claims.ts";
import { allowsMoreVolumes, hadClaims } from "./hints/storage.ts";
import { claimClass, claimNames, claimOf, storageVersion } from "./volume-claims.ts";

const REJECTED = unschedulable("node(s) exceed max volume count");

/** Driver of each attachable CSI volume of a pod, by a key that is equal for equal volumes. */
function attachable(pod: Pod, snapshot: Snapshot): ReadonlyMap<string, string> {
  const drivers = new Map<string, string>();
  for (const name of claimNames(pod)) {
    const claim = claimOf(snapshot, pod, name);
    if (claim === undefined) continue;
    const volumeName = claim.spec?.volumeName ?? "";
    if (volumeName !== "") {
      const csi = snapshot.objects.get("PersistentVolume", volumeName)?.spec?.csi;
      if (csi !== undefined) drivers.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
      continue;
    }
    const provisioner = snapshot.objects.get("StorageClass", claimClass(claim))?.provisioner ?? "";
    if (provisioner !== "")
      drivers.set(`${provisioner}/${pod.metadata.namespace ?? ""}/${name}`, provisioner);
  }
  return drivers;
}

/** Most volumes a driver can attach per node, from the CSINode. */
function limitsOf(nodeName: string, snapshot: Snapshot): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const driver of snapshot.objects.get("CSINode", nodeName)?.spec.drivers ?? [])
    if (driver.allocatable?.count !== undefined) limits.set(driver.name, driver.allocatable.count);
  return limits;
}

/** Volumes attached to a node by its pods and by VolumeAttachments. */
function attachedTo(node: number, snapshot: Snapshot): Map<string, string> {
  const attached = new Map<string, string>();
  for (const { pod } of snapshot.podsOn[node] ?? [])
    for (const [key, driver] of attachable(pod, snapshot)) attached.set(key, driver);
  for (const { spec } of snapshot.objects.list("VolumeAttachment")) {
    const volumeName = spec.source.persistentVolumeName;
    if (spec.nodeName !== snapshot.names[node] || volumeName === undefined) continue;
    const csi = snapshot.objects.get("PersistentVolume", volumeName)?.spec?.csi;
    if (csi !== undefined) attached.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
  }
  return attached;
}

function limitFilter({ pod }: PodInfo, snapshot: Snapshot): NodeFilter {
  const wanted = attachable(pod, snapshot);
  return (node) => {
    if (wanted.size === 0) return undefined;
    const limits = limitsOf(snapshot.names[node] ?? "", snapshot);
    if (limits.size === 0) return undefined;
    const attached = attachedTo(node, snapshot);
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
      hinted("AssignedPod", ["delete"], hadClaims),
      hinted("PersistentVolumeClaim", ["add", "update"], isClaimOf),
      { resource: "VolumeAttachment", actions: ["delete"] },
    ],
    version: storageVersion,
    preFilter: ({ pod }) => (claimNames(pod).length === 0 ? "skip" : undefined),
    filter: { dependsOn: "node-pods", filter: limitFilter },
  }),
};
