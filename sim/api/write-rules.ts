import { conflict, invalid, staleUid } from "./api-error.ts";
import type { KindDescriptor } from "./kinds/descriptor.ts";
import { type KubeObject, makeKey } from "./object.ts";
import type { ObjectMeta } from "./types.gen.ts";
import type { FieldError } from "./validation/field-error.ts";

/** Refuses an update of another object, or of another version of it, than the stored one. */
export function checkSent(
  descriptor: KindDescriptor,
  { uid, resourceVersion }: ObjectMeta,
  { metadata }: KubeObject,
): void {
  if (resourceVersion !== undefined && resourceVersion !== "") {
    if (resourceVersion !== metadata.resourceVersion) throw conflict(descriptor, metadata.name);
  }
  if (uid !== undefined && uid !== "" && uid !== metadata.uid) {
    const place = makeKey(metadata.namespace, metadata.name);
    const why = staleUid(`${descriptor.plural}/${place}`, uid, metadata.uid);
    throw conflict(descriptor, metadata.name, why);
  }
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
