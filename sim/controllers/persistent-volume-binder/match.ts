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
  if (capacityOf(volume) < requested(claim)) return "requested PV is too small";
  if (className(volume) !== className(claim)) return "storageClassName does not match";
  if (modeOf(volume) !== modeOf(claim)) return "incompatible volumeMode";
  if (!offersModes(volume, claim)) return "incompatible accessMode";
  return undefined;
}

function modeOf({ spec }: PersistentVolume | PersistentVolumeClaim): string {
  return spec?.volumeMode ?? "Filesystem";
}

function offersModes({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const offered = spec?.accessModes ?? [];
  return (claim.spec?.accessModes ?? []).every((mode) => offered.includes(mode));
}

/**
 * The volume for a claim: one that is reserved for it, else the smallest that is large enough (upstream
 * `FindMatchingVolume`). With delayed binding only a reserved one will do: the scheduler chooses.
 */
export function findVolume(
  volumes: Iterable<PersistentVolume>,
  claim: PersistentVolumeClaim,
  delayed: boolean,
): PersistentVolume | undefined {
  const matches =
    claim.spec?.selector === undefined ? () => true : matchesSelector(claim.spec.selector);
  const wanted = requested(claim);
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (modeOf(volume) !== modeOf(claim) || volume.metadata.deletionTimestamp !== undefined)
      continue;
    if (isFor(volume, claim)) {
      if (capacityOf(volume) >= wanted) return volume;
      continue;
    }
    if (delayed || volume.spec?.claimRef !== undefined) continue;
    if (volume.status?.phase !== "Available" || !offersModes(volume, claim)) continue;
    if (className(volume) !== className(claim) || !matches(volume.metadata.labels)) continue;
    if (capacityOf(volume) < wanted) continue;
    if (best === undefined || capacityOf(volume) < capacityOf(best)) best = volume;
  }
  return best;
}
