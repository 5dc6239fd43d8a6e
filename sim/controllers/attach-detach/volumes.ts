import type { Client } from "../../api/client.ts";
import { findCondition } from "../../api/meta/conditions.ts";
import { keyOf } from "../../api/object.ts";
import type { Node, PersistentVolume, Pod, VolumeAttachment } from "../../api/types.gen.ts";
import { claimOf } from "../persistent-volume-binder/volumes.ts";
import { claimsOf } from "../protection.ts";
import { hasEnded } from "../runtime/pods.ts";

const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

/** Driver that attaches a volume to nodes; `undefined` for volumes that need none. */
export function attacherOf(client: Client, { spec }: PersistentVolume): string | undefined {
  const driver = spec?.csi?.driver;
  if (driver === undefined) return undefined;
  return client.get("CSIDriver", driver)?.spec.attachRequired === false ? undefined : driver;
}

/** Pods with a node that use a volume, by node. */
export function usersByNode(client: Client, volume: PersistentVolume): Map<string, Pod[]> {
  const users = new Map<string, Pod[]>();
  const claim = claimOf(volume);
  if (claim === undefined) return users;
  for (const pod of client.indexed("Pod", "claim", claim)) {
    const node = pod.spec?.nodeName ?? "";
    if (node === "" || hasEnded(pod)) continue;
    const pods = users.get(node);
    if (pods === undefined) users.set(node, [pod]);
    else pods.push(pod);
  }
  return users;
}

/** Volumes that a pod's claims are bound to. */
export function volumesOf(client: Client, pod: Pod): readonly string[] {
  const claims = claimsOf(pod);
  if (claims.length === 0) return claims;
  return claims
    .map((key) => client.get("PersistentVolumeClaim", key)?.spec?.volumeName ?? "")
    .filter((name) => name !== "");
}

/** Whether a volume may be attached to one node only. */
export function isExclusive({ spec }: PersistentVolume): boolean {
  const modes = spec?.accessModes ?? [];
  return !modes.includes("ReadWriteMany") && !modes.includes("ReadOnlyMany");
}

/** Volume of an attachment. */
export function attachedVolume({ spec }: VolumeAttachment): string {
  return spec.source.persistentVolumeName ?? "";
}

/** Whether a node's agent can be believed to have unmounted what no pod uses any more; not that of a node that is gone. */
export function isResponding(node: Node | undefined): boolean {
  return findCondition(node?.status?.conditions, "Ready")?.status === "True";
}

/** Whether somebody vouches for a node to be off. */
export function isOutOfService(node: Node | undefined): boolean {
  return node?.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false;
}

/** Name of a volume in a node's status. */
export function uniqueName({ spec }: PersistentVolume): string {
  return `kubernetes.io/csi/${spec?.csi?.driver ?? ""}^${spec?.csi?.volumeHandle ?? ""}`;
}

/** Names pods as events do. */
export function podNames(pods: readonly Pod[]): string {
  return pods.map((pod) => keyOf(pod).split("/")[1] ?? "").join(", ");
}
