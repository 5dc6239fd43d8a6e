import { ApiError, conflict, invalid, staleUid } from "./api-error.ts";
import type { KindDescriptor } from "./kinds/descriptor.ts";
import { type KubeObject, makeKey } from "./object.ts";
import type { ObjectMeta } from "./types.gen.ts";
import type { FieldError } from "./validation/field-error.ts";

/**
 * Refuses an update of another object, or of another version of it, than the stored one. What a patch makes of the UID
 * is validation's matter. Throws `ApiError` 409, or 500 for a resourceVersion that is no number.
 */
export function checkSent(
  descriptor: KindDescriptor,
  { uid, resourceVersion }: ObjectMeta,
  { metadata }: KubeObject,
  patched = false,
): void {
  if (!isCurrent(resourceVersion, metadata.resourceVersion))
    throw conflict(descriptor, metadata.name);
  if (!patched && uid !== undefined && uid !== "" && uid !== metadata.uid) {
    const place = makeKey(metadata.namespace, metadata.name);
    const why = staleUid(`${descriptor.plural}/${place}`, uid, metadata.uid);
    throw conflict(descriptor, metadata.name, why);
  }
}

/** Whether an update may go by its resourceVersion: none and zero leave it open. */
function isCurrent(sent: string | undefined, stored: string): boolean {
  if (sent === undefined || sent === "" || sent === "0" || sent === stored) return true;
  if (/^\d+$/.test(sent)) return false;
  const why = `strconv.ParseUint: parsing ${JSON.stringify(sent)}: invalid syntax`;
  throw new ApiError(500, "", why);
}

/** Metadata of a new object without what only the server may say. */
export function withoutServerFields(metadata: Partial<ObjectMeta>): Partial<ObjectMeta> {
  if (metadata.deletionTimestamp === undefined && metadata.deletionGracePeriodSeconds === undefined)
    return metadata;
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, ...kept } = metadata;
  return kept;
}

/** What a dry run answers: an object that was never stored has no revision. */
export function withoutRevision(object: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as ObjectMeta };
}

/** Throws 422 when there are errors. */
export function refuse(
  descriptor: KindDescriptor,
  object: KubeObject,
  errors: readonly FieldError[] | undefined,
): void {
  if (errors !== undefined && errors.length > 0)
    throw invalid(descriptor, object.metadata.name, errors);
}
