import type { Micros } from "../../engine/time.ts";
import { type KubeObject, withFields } from "../object.ts";
import { complete } from "../schema/complete.ts";
import { type Decoded, decode } from "../schema/decode.ts";
import type { FieldError } from "../validation/field-error.ts";
import type { KindDescriptor, ValidationContext } from "./descriptor.ts";
import { sameValue } from "./same-value.ts";

/*
 * What the API does with an object before it is stored, in upstream's order:
 * defaults → admission that changes → prepare → validate → admission that only judges.
 * These are the only entry points; kinds plug their own rules in through their descriptor.
 */

/**
 * Decodes a parsed body in one served version, as an object of the stored version.
 * Throws `ApiError` 400 for values of the wrong type.
 */
export function decodeObject(
  descriptor: KindDescriptor,
  served: { readonly group: string; readonly version: string },
  json: unknown,
  literals?: ReadonlyMap<string, string>,
): Decoded {
  const { kind } = descriptor;
  const { version } = served;
  if (descriptor.decode !== undefined) return descriptor.decode(version, json);
  const other = otherVersion(descriptor, served);
  if (other === undefined) return decode({ kind, version, type: descriptor.type }, json, literals);
  const decoded = decode({ kind, version, type: other.type }, json, literals);
  return { ...decoded, object: other.toStored(decoded.object) };
}

/** A stored object as it is printed in one served version: converted and completed with what Go always prints. */
export function printObject(
  descriptor: KindDescriptor,
  served: { readonly group: string; readonly version: string },
  object: KubeObject,
): KubeObject {
  if (descriptor.print !== undefined) return descriptor.print(served.version, object);
  const other = otherVersion(descriptor, served);
  return other === undefined
    ? complete(descriptor.type, object)
    : complete(other.type, other.fromStored(object));
}

function otherVersion(
  descriptor: KindDescriptor,
  { group, version }: { readonly group: string; readonly version: string },
) {
  return descriptor.otherVersions.find(
    (other) => other.group === group && other.version === version,
  );
}

/** Fills in defaults. Returns the same object when nothing was missing. */
export function applyDefaults(
  descriptor: KindDescriptor,
  object: KubeObject,
  now?: Micros,
): KubeObject {
  return descriptor.defaults === undefined ? object : descriptor.defaults(object, now);
}

/** A new object as its strategy wants it: status dropped, generation 1, then the kind's own rules. */
export function prepareCreate(descriptor: KindDescriptor, object: KubeObject): KubeObject {
  let next = object;
  const drops = descriptor.hasStatus && descriptor.bringsStatus !== true;
  if (drops && next.status !== undefined) {
    const { status: _dropped, ...rest } = next;
    next = rest;
  }
  next = withGeneration(next, descriptor.hasGeneration ? 1 : next.metadata.generation);
  return descriptor.prepareCreate === undefined ? next : descriptor.prepareCreate(next);
}

/** The next version of an object: status kept, generation counted up when the spec differs. */
export function prepareUpdate(
  descriptor: KindDescriptor,
  next: KubeObject,
  before: KubeObject,
): KubeObject {
  let prepared = descriptor.hasStatus ? withStatus(next, before.status) : next;
  if (descriptor.prepareUpdate !== undefined) {
    prepared = descriptor.prepareUpdate(prepared, before);
  }
  const generation = before.metadata.generation;
  if (!descriptor.hasGeneration) return withGeneration(prepared, generation);
  const part = descriptor.generationOf ?? specOf;
  const changed = !sameValue(part(prepared), part(before));
  return withGeneration(prepared, changed ? (generation ?? 0) + 1 : generation);
}

/** An update through the status door: everything but status and most metadata stays as it was. */
export function prepareStatusUpdate(
  descriptor: KindDescriptor,
  next: KubeObject,
  before: KubeObject,
  now: Micros,
): KubeObject {
  const { metadata } = withGeneration(next, before.metadata.generation);
  const prepared = withStatus({ ...before, metadata }, next.status);
  return descriptor.prepareStatusUpdate === undefined
    ? prepared
    : descriptor.prepareStatusUpdate(prepared, before, now);
}

/** What is wrong with a new object; empty when nothing is. */
export function validateCreate(
  descriptor: KindDescriptor,
  object: KubeObject,
  context: ValidationContext = {},
): readonly FieldError[] {
  return descriptor.validateCreate?.(object, context) ?? [];
}

/** What is wrong with the next version of an object, with itself or with the change. */
export function validateUpdate(
  descriptor: KindDescriptor,
  next: KubeObject,
  before: KubeObject,
  context: ValidationContext = {},
): readonly FieldError[] {
  return descriptor.validateUpdate?.(next, before, context) ?? [];
}

/** What is wrong with a change through the status door. */
export function validateStatusUpdate(
  descriptor: KindDescriptor,
  next: KubeObject,
  before: KubeObject,
  context: ValidationContext = {},
): readonly FieldError[] {
  return descriptor.validateStatusUpdate?.(next, before, context) ?? [];
}

/** Texts for `Warning:` headers; `before` is given on update. */
export function warningsOf(
  descriptor: KindDescriptor,
  object: KubeObject,
  before?: KubeObject,
): readonly string[] {
  return descriptor.warnings?.(object, before) ?? [];
}

function specOf(object: KubeObject): unknown {
  return object.spec;
}

function withStatus(object: KubeObject, status: unknown): KubeObject {
  if (object.status === status) return object;
  if (status !== undefined) return withFields(object, { status });
  const { status: _dropped, ...rest } = object;
  return rest;
}

function withGeneration(object: KubeObject, generation: number | undefined): KubeObject {
  if (object.metadata.generation === generation) return object;
  if (generation !== undefined) {
    return { ...object, metadata: withFields(object.metadata, { generation }) };
  }
  const { generation: _old, ...metadata } = object.metadata;
  return { ...object, metadata };
}
