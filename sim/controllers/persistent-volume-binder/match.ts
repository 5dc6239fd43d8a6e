import { wholeValue } from "../../api/meta/quantity.ts";
import { matchesSelector } from "../../api/meta/selector.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../api/types.gen.ts";

/** Class of a claim or volume; the empty text for none. */
export function className({ spec, metadata }: PersistentVolume | PersistentVolumeClaim): string {
  return (
    metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ??
    spec?.storageClassName ??
    ""
  );
}

/** Whether a volume's claimRef means this claim; one without a uid means any claim of the name. */
export function isFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  if (reference === undefined) return false;
  const { name, namespace, uid } = claim.metadata;
  if (reference.name !== name || reference.namespace !== namespace) return false;
  return (reference.uid ?? "") === "" || reference.uid === uid;
}

/** Bytes of storage a claim asks for. */
export function requested({ spec }: PersistentVolumeClaim): number {
  return wholeValue(spec?.resources?.requests?.["storage"] ?? "0");
}

function capacityOf({ spec }: PersistentVolume): number {
  return wholeValue(spec?.capacity?.["storage"] ?? "0");
}

/** Why a volume that a claim names cannot be bound to it; `undefined` when it can. */
export function mismatch(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): string | undefined {
  const { name, deletionTimestamp } = volume.metadata;
  if (deletionTimestamp !== undefined)
    return `the volume is marked for deletion ${JSON.stringify(name)}`;
  if (capacityOf(volume) < requested(claim)) return "requested PV is too small";
  if (className(volume) !== className(claim)) return "storageClassName does not match";
  if (attributesClass(volume) !== attributesClass(claim))
    return "volumeAttributesClassName does not match";
  if (!sameMode(volume, claim)) return "incompatible volumeMode";
  if (!offersModes(volume, claim)) return "incompatible accessMode";
  return undefined;
}

function modeOf({ spec }: PersistentVolume | PersistentVolumeClaim): string {
  return spec?.volumeMode ?? "Filesystem";
}

/** Whether both are file systems, or both are block devices. */
export function sameMode(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return modeOf(volume) === modeOf(claim);
}

function attributesClass({ spec }: PersistentVolume | PersistentVolumeClaim): string {
  return spec?.volumeAttributesClassName ?? "";
}

function offersModes({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const offered = spec?.accessModes ?? [];
  return (claim.spec?.accessModes ?? []).every((mode) => offered.includes(mode));
}

/**
 * The volume for a claim: of those with the fewest access modes that suffice one that is reserved for it, else the
 * smallest that is large enough; then those with more modes (upstream `findByClaim`). With delayed binding only a reserved
 * one will do: the scheduler chooses.
 */
export function findVolume(
  volumes: Iterable<PersistentVolume>,
  claim: PersistentVolumeClaim,
  delayed: boolean,
): PersistentVolume | undefined {
  const groups = new Map<number, PersistentVolume[]>();
  for (const volume of volumes) {
    if (!offersModes(volume, claim)) continue;
    const modes = volume.spec?.accessModes?.length ?? 0;
    const group = groups.get(modes);
    if (group === undefined) groups.set(modes, [volume]);
    else group.push(volume);
  }
  for (const modes of [...groups.keys()].sort((a, b) => a - b)) {
    const found = bestOf(groups.get(modes) ?? [], claim, delayed);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Upstream `FindMatchingVolume`. */
function bestOf(
  volumes: readonly PersistentVolume[],
  claim: PersistentVolumeClaim,
  delayed: boolean,
): PersistentVolume | undefined {
  const matches =
    claim.spec?.selector === undefined ? () => true : matchesSelector(claim.spec.selector);
  const wanted = requested(claim);
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (volume.spec?.claimRef !== undefined && !isFor(volume, claim)) continue;
    if (!sameMode(volume, claim) || volume.metadata.deletionTimestamp !== undefined) continue;
    if (attributesClass(volume) !== attributesClass(claim)) continue;
    if (capacityOf(volume) < wanted) continue;
    if (isFor(volume, claim)) return volume;
    if (delayed || volume.status?.phase !== "Available") continue;
    if (className(volume) !== className(claim) || !matches(volume.metadata.labels)) continue;
    if (best === undefined || capacityOf(volume) < capacityOf(best)) best = volume;
  }
  return best;
}
