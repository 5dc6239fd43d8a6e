import { byteLength } from "../kinds/base64.ts";
import type { ObjectMeta, OwnerReference } from "../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "./field-error.ts";
import { dnsLabelErrors, labelValueErrors, NOT_NEGATIVE, qualifiedNameErrors } from "./names.ts";

/** What is wrong with a name. */
export type NameRule = (name: string) => readonly string[];

/** How a kind's metadata is checked. */
export interface MetaRules {
  readonly namespaced: boolean;
  readonly name: NameRule;
}

/** An Invalid error for each text. */
export function invalidEach(
  field: string,
  value: unknown,
  texts: readonly string[],
): readonly FieldError[] {
  return texts.length === 0 ? [] : texts.map((text) => invalidValue(field, value, text));
}

/** A generated name ends in letters: a trailing dash of its base is fine. */
function asPrefix(base: string): string {
  return base.length > 1 && base.endsWith("-") ? `${base.slice(0, -1)}a` : base;
}

/** Name, namespace, labels, annotations, owners and finalizers (apimachinery `ValidateObjectMeta`). */
export function objectMetaErrors(
  meta: Partial<ObjectMeta>,
  rules: MetaRules,
  path = "metadata",
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { name = "", generateName = "", namespace = "" } = meta;
  if (generateName !== "") {
    const texts = rules.name(asPrefix(generateName));
    errors.push(...invalidEach(`${path}.generateName`, generateName, texts));
  }
  if (name === "") errors.push(required(`${path}.name`, "name or generateName is required"));
  else errors.push(...invalidEach(`${path}.name`, name, rules.name(name)));
  if (rules.namespaced) {
    if (namespace === "") errors.push(required(`${path}.namespace`, ""));
    else errors.push(...invalidEach(`${path}.namespace`, namespace, dnsLabelErrors(namespace)));
  } else if (namespace !== "") {
    errors.push(forbiddenField(`${path}.namespace`, "not allowed on this type"));
  }
  errors.push(...sharedMetaErrors(meta, path));
  return errors;
}

function sharedMetaErrors(meta: Partial<ObjectMeta>, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((meta.generation ?? 0) < 0) {
    errors.push(invalidValue(`${path}.generation`, meta.generation, NOT_NEGATIVE));
  }
  if (meta.labels !== undefined) errors.push(...labelErrors(meta.labels, `${path}.labels`));
  if (meta.annotations !== undefined) {
    errors.push(...annotationErrors(meta.annotations, `${path}.annotations`));
  }
  if (meta.ownerReferences !== undefined) {
    errors.push(...ownerErrors(meta.ownerReferences, `${path}.ownerReferences`));
  }
  if (meta.finalizers !== undefined) errors.push(...finalizerErrors(meta.finalizers, path));
  return errors;
}

const checkedLabels = new WeakMap<object, readonly FieldError[]>();

/** Keys and values of labels. Labels that pods of one template share are looked at once. */
export function labelErrors(
  labels: Readonly<Record<string, string>>,
  field: string,
): readonly FieldError[] {
  const known = checkedLabels.get(labels);
  if (known !== undefined && known.length === 0) return known;
  const errors: FieldError[] = [];
  for (const key of Object.keys(labels).sort()) {
    const value = labels[key] ?? "";
    errors.push(...invalidEach(field, key, qualifiedNameErrors(key)));
    errors.push(...invalidEach(field, value, labelValueErrors(value)));
  }
  checkedLabels.set(labels, errors);
  return errors;
}

/** All annotations of an object together, in bytes. */
const ANNOTATIONS_LIMIT = 262_144;

/** Keys and total size of annotations. */
export function annotationErrors(
  annotations: Readonly<Record<string, string>>,
  field: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const key of Object.keys(annotations).sort()) {
    errors.push(...invalidEach(field, key, qualifiedNameErrors(key.toLowerCase())));
    size += byteLength(key) + byteLength(annotations[key] ?? "");
  }
  if (size > ANNOTATIONS_LIMIT) errors.push(tooLong(field, ANNOTATIONS_LIMIT));
  return errors;
}

function ownerErrors(owners: readonly OwnerReference[], field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  let controller = "";
  for (const owner of owners) {
    const { apiVersion = "", kind, name, uid } = owner;
    const version = apiVersion.includes("/") ? apiVersion.split("/")[1] : apiVersion;
    if (!version) {
      errors.push(invalidValue(`${field}.apiVersion`, apiVersion, "version must not be empty"));
    }
    if (!kind) errors.push(invalidValue(`${field}.kind`, kind ?? "", "must not be empty"));
    if (!name) errors.push(invalidValue(`${field}.name`, name ?? "", "must not be empty"));
    if (!uid) errors.push(invalidValue(`${field}.uid`, uid ?? "", "must not be empty"));
    if (apiVersion === "v1" && kind === "Event") {
      errors.push(invalidValue(field, owner, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (owner.controller !== true) continue;
    if (controller === "") controller = name;
    else {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalidValue(field, owners, why));
    }
  }
  return errors;
}

const STANDARD_FINALIZERS = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function finalizerErrors(finalizers: readonly string[], path: string): readonly FieldError[] {
  const field = `${path}.finalizers`;
  const errors: FieldError[] = [];
  for (const name of finalizers)
    errors.push(...invalidEach(field, name, qualifiedNameErrors(name)));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    const why = "finalizer orphan and foregroundDeletion cannot be both set";
    errors.push(invalidValue(field, finalizers, why));
  }
  finalizers.forEach((name, index) => {
    if (name.includes("/") || STANDARD_FINALIZERS.has(name)) return;
    const why = "name is neither a standard finalizer name nor is it fully qualified";
    errors.push(invalidValue(`${field}[${index}]`, name, why));
  });
  return errors;
}

/** What may not change in metadata (apimachinery `ValidateObjectMetaUpdate`). */
export function metaUpdateErrors(
  next: ObjectMeta,
  before: ObjectMeta,
  path = "metadata",
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (before.deletionTimestamp !== undefined) {
    const had = new Set(before.finalizers ?? []);
    const added = (next.finalizers ?? []).filter((name) => !had.has(name));
    if (added.length > 0) {
      const list = added.map((name) => JSON.stringify(name)).join(", ");
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
      errors.push(forbiddenField(`${path}.finalizers`, why));
    }
  }
  const fixed = ["name", "namespace", "uid", "creationTimestamp"] as const;
  for (const key of fixed) {
    if ((next[key] ?? "") !== (before[key] ?? "")) {
      errors.push(invalidValue(`${path}.${key}`, next[key] ?? "", IMMUTABLE));
    }
  }
  errors.push(...sharedMetaErrors(next, path));
  return errors;
}

/** What is said of fields that may not change. */
export const IMMUTABLE = "field is immutable";
