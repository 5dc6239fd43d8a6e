import type { KubeObject } from "./object.ts";

/** Parts of an object as bits: what of it a change concerns. */
export type Parts = number;

/** The parts that are told apart. Those that differ are told by identity: equal content sent anew counts as changed. */
export const Part = {
  spec: 1,
  status: 2,
  labels: 4,
  owners: 8,
  deletion: 16,
  finalizers: 32,
  /** Everything else. It counts as changed at every write. */
  rest: 64,
} as const;

/** Every part: what comes or goes concerns all of them. */
export const EVERY_PART: Parts = 127;
/** What comes and what goes, and no change in between. */
export const NO_PART: Parts = 0;

/** What of an object one write changed. */
export function changedParts(before: KubeObject, after: KubeObject): Parts {
  const [now, then] = [after.metadata, before.metadata];
  let parts: Parts = Part.rest;
  if (after.spec !== before.spec) parts |= Part.spec;
  if (after.status !== before.status) parts |= Part.status;
  if (now.labels !== then.labels) parts |= Part.labels;
  if (now.ownerReferences !== then.ownerReferences) parts |= Part.owners;
  if (
    now.deletionTimestamp !== then.deletionTimestamp ||
    now.deletionGracePeriodSeconds !== then.deletionGracePeriodSeconds
  )
    parts |= Part.deletion;
  if (now.finalizers !== then.finalizers) parts |= Part.finalizers;
  return parts;
}
