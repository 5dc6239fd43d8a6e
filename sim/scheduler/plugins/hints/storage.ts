import { wholeValue } from "../../../api/meta/quantity.ts";
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  Pod,
  StorageClass,
} from "../../../api/types.gen.ts";
import { isMigratable } from "../volumes/migrated-volumes.ts";
import { claimNames } from "../volumes/volume-claims.ts";

/** Whether a driver has room for more volumes on a node than before, or states no limit any more. */
export function allowsMoreVolumes(
  _: Pod,
  before: CSINode | undefined,
  after: CSINode | undefined,
): boolean {
  if (before === undefined || after === undefined) return true;
  const limit = (node: CSINode, name: string) =>
    node.spec.drivers.find((driver) => driver.name === name)?.allocatable?.count ??
    Number.POSITIVE_INFINITY;
  return before.spec.drivers.some(({ name }) => limit(after, name) > limit(before, name));
}

/** Whether a class allows other places than before. */
export function topologiesDiffer(
  _: Pod,
  before: StorageClass | undefined,
  after: StorageClass | undefined,
): boolean {
  return JSON.stringify(before?.allowedTopologies) !== JSON.stringify(after?.allowedTopologies);
}

/** Whether a driver's free storage is not looked at any more. */
export function capacityIsIgnored(
  _: Pod,
  before: CSIDriver | undefined,
  after: CSIDriver | undefined,
): boolean {
  return before?.spec.storageCapacity === true && after?.spec.storageCapacity !== true;
}

/** Whether a driver reports more free storage than before. */
export function reportsMoreStorage(
  _: Pod,
  before: CSIStorageCapacity | undefined,
  after: CSIStorageCapacity | undefined,
): boolean {
  if (before === undefined || after === undefined) return true;
  const room = ({ maximumVolumeSize, capacity }: CSIStorageCapacity) =>
    wholeValue(maximumVolumeSize ?? capacity ?? "0");
  return (
    room(after) > room(before) ||
    JSON.stringify(before.nodeTopology) !== JSON.stringify(after.nodeTopology)
  );
}

/** Whether a pod that is gone shared a claim with the waiting one. */
export function sharedClaim(pod: Pod, gone: Pod | undefined): boolean {
  if (gone === undefined || gone.metadata.namespace !== pod.metadata.namespace) return false;
  const freed = claimNames(gone);
  return claimNames(pod).some((name) => freed.includes(name));
}

/** Whether a pod that is gone had volumes that may have been attached for it. */
export function hadVolumes(_: Pod, gone: Pod | undefined): boolean {
  return (
    gone !== undefined &&
    (claimNames(gone).length > 0 || (gone.spec.volumes ?? []).some(isMigratable))
  );
}
