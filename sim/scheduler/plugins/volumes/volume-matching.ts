import { wholeValue } from "../../../api/meta/quantity.ts";
import { matchesSelector } from "../../../api/meta/selector.ts";
import type { Node, PersistentVolume, PersistentVolumeClaim } from "../../../api/types.gen.ts";
import { nodeSelectorTest } from "../../framework/node-selector.ts";
import { claimClass } from "./volume-claims.ts";

/** Whether a volume may be used on a node. */
export function volumeAllowsNode(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return required === undefined || nodeSelectorTest(required)(node);
}

/** Size a claim asks for, in bytes. */
export function claimSize(claim: PersistentVolumeClaim): number {
  return wholeValue(claim.spec?.resources?.requests?.["storage"] ?? "0");
}

function volumeSize(volume: PersistentVolume): number {
  return wholeValue(volume.spec?.capacity?.["storage"] ?? "0");
}

function reservedFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const ref = volume.spec?.claimRef;
  if (ref === undefined) return false;
  if (ref.name !== claim.metadata.name || ref.namespace !== claim.metadata.namespace) return false;
  return ref.uid === undefined || ref.uid === "" || ref.uid === claim.metadata.uid;
}

function suits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const selector = claim.spec?.selector;
  const modes = volume.spec?.accessModes ?? [];
  return (
    volume.status?.phase === "Available" &&
    (selector === undefined || matchesSelector(selector)(volume.metadata.labels)) &&
    (volume.spec?.storageClassName ?? "") === claimClass(claim) &&
    (claim.spec?.accessModes ?? []).every((mode) => modes.includes(mode))
  );
}

/**
 * The volume a claim would get on a node: one reserved for it, else the smallest that suits.
 * `taken` are names already given to other claims of the pod.
 */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  node: Node,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const size = claimSize(claim);
  let smallest: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (taken.has(volume.metadata.name ?? "")) continue;
    const reserved = reservedFor(volume, claim);
    if (volume.spec?.claimRef !== undefined && !reserved) continue;
    if (volumeSize(volume) < size || volume.metadata.deletionTimestamp !== undefined) continue;
    const mode = volume.spec?.volumeMode ?? "Filesystem";
    if (mode !== (claim.spec?.volumeMode ?? "Filesystem")) continue;
    const attributes = volume.spec?.volumeAttributesClassName ?? "";
    if (attributes !== (claim.spec?.volumeAttributesClassName ?? "")) continue;
    const reachable = volumeAllowsNode(volume, node);
    if (reserved) return reachable ? volume : undefined;
    if (!reachable || !suits(volume, claim)) continue;
    if (smallest === undefined || volumeSize(volume) < volumeSize(smallest)) smallest = volume;
  }
  return smallest;
}
