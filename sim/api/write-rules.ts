import { ApiError, conflict, invalid, staleUid } from "./api-error.ts";
import type { KindDescriptor } from "./kinds/descriptor.ts";
import { type KubeObject, makeKey, withFields } from "./object.ts";
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

/** What the server says of every new object. */
type Birth = Required<Pick<ObjectMeta, "name" | "uid" | "resourceVersion" | "creationTimestamp">>;

/**
 * Metadata of a new object: what the server says, then what else the client wrote. Always in this order, so that objects
 * share few layouts, which is what reading them costs least with.
 */
export function newMetadata(
  sent: Partial<ObjectMeta>,
  { name, uid, resourceVersion, creationTimestamp }: Birth,
): ObjectMeta {
  const { namespace } = sent;
  const metadata: Record<string, unknown> =
    namespace === undefined
      ? { name, uid, resourceVersion, creationTimestamp }
      : { name, namespace, uid, resourceVersion, creationTimestamp };
  for (const field in sent) {
    switch (field) {
      case "name":
      case "namespace":
      case "uid":
      case "resourceVersion":
      case "creationTimestamp":
      // Only the server says that something is being deleted.
      case "deletionTimestamp":
      case "deletionGracePeriodSeconds":
      // Nobody fills it in any more, and nobody may.
      case "selfLink":
        break;
      default:
        metadata[field] = sent[field as keyof ObjectMeta];
    }
  }
  return metadata as unknown as ObjectMeta;
}

/** Fields of metadata that only the server changes, and that an update keeps as they are stored. */
const KEPT = [
  "uid",
  "creationTimestamp",
  "resourceVersion",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;

/**
 * Metadata of the next version of an object: what the client wrote, with what is the server's as it is stored. The uid that
 * a patch gives stays in, for validation to refuse.
 */
export function nextMetadata(sent: ObjectMeta, stored: ObjectMeta, patched: boolean): ObjectMeta {
  const generation = stored.generation ?? sent.generation;
  if (sent.generation === generation && KEPT.every((field) => sent[field] === stored[field]))
    return sent;
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, ...metadata } = sent;
  const kept: Record<string, unknown> = {};
  for (const field of KEPT) if (stored[field] !== undefined) kept[field] = stored[field];
  if (generation !== undefined) kept["generation"] = generation;
  if (patched && sent.uid) kept["uid"] = sent.uid;
  return withFields(metadata, kept) as ObjectMeta;
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
