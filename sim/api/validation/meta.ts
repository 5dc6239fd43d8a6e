import { byteLength } from "../kinds/base64.ts";
import type { ObjectMeta, OwnerReference } from "../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "./field-error.ts";
import { goQuote } from "./go-text.ts";
import { goValue } from "./go-value.ts";
import {
  asPrefix,
  dnsLabelErrors,
  labelValueErrors,
  NOT_NEGATIVE,
  qualifiedNameErrors,
} from "./names.ts";

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
  if ((meta.generation ?? 0) < 0) {
    errors.push(invalidValue(`${path}.generation`, meta.generation, NOT_NEGATIVE));
  }
  errors.push(...noteErrors(meta, path));
  if (meta.finalizers !== undefined) errors.push(...finalizerErrors(meta.finalizers, path));
  errors.push(...managedFieldErrors(meta.managedFields ?? [], `${path}.managedFields`));
  return meta.finalizers === undefined ? errors : [...errors, ...bareFinalizerErrors(meta, path)];
}

/** Labels, annotations and owners: what new and changed metadata have in common. */
function noteErrors(meta: Partial<ObjectMeta>, path: string): readonly FieldError[] {
  const { labels, annotations, ownerReferences } = meta;
  const errors: FieldError[] = [];
  if (labels !== undefined) errors.push(...labelErrors(labels, `${path}.labels`));
  if (annotations !== undefined) {
    errors.push(...annotationErrors(annotations, `${path}.annotations`));
  }
  if (ownerReferences !== undefined) {
    errors.push(...ownerErrors(ownerReferences, `${path}.ownerReferences`));
  }
  return errors;
}

/** Keys found to be in order: the same few come again and again. */
const goodKeys = new Set<string>();
const GOOD_KEYS_LIMIT = 4096;

function isGoodKey(key: string): boolean {
  if (goodKeys.has(key)) return true;
  if (qualifiedNameErrors(key).length > 0) return false;
  if (goodKeys.size >= GOOD_KEYS_LIMIT) goodKeys.clear();
  goodKeys.add(key);
  return true;
}

function areGoodLabels(labels: Readonly<Record<string, string>>): boolean {
  for (const key in labels) {
    if (!isGoodKey(key) || labelValueErrors(labels[key] ?? "").length > 0) return false;
  }
  return true;
}

/** Keys and values of labels. */
export function labelErrors(
  labels: Readonly<Record<string, string>>,
  field: string,
): readonly FieldError[] {
  if (areGoodLabels(labels)) return NONE;
  const errors: FieldError[] = [];
  for (const key of Object.keys(labels).sort()) {
    const value = labels[key] ?? "";
    errors.push(...invalidEach(field, key, qualifiedNameErrors(key)));
    errors.push(...invalidEach(field, value, labelValueErrors(value)));
  }
  return errors;
}

/** All annotations of an object together, in bytes. */
const ANNOTATIONS_LIMIT = 262_144;

/** Annotations and owners that were looked at and found right: an update mostly keeps them. */
const sound = new WeakSet<object>();
const NONE: readonly FieldError[] = [];

/** Keys and total size of annotations. */
export function annotationErrors(
  annotations: Readonly<Record<string, string>>,
  field: string,
): readonly FieldError[] {
  if (sound.has(annotations)) return NONE;
  const errors: FieldError[] = [];
  let size = 0;
  for (const key of Object.keys(annotations).sort()) {
    errors.push(...invalidEach(field, key, qualifiedNameErrors(key.toLowerCase())));
    size += byteLength(key) + byteLength(annotations[key] ?? "");
  }
  if (size > ANNOTATIONS_LIMIT) errors.push(tooLong(field, ANNOTATIONS_LIMIT));
  if (errors.length === 0) sound.add(annotations);
  return errors;
}

function ownerErrors(owners: readonly OwnerReference[], field: string): readonly FieldError[] {
  if (sound.has(owners)) return NONE;
  const errors: FieldError[] = [];
  let controller = "";
  for (const owner of owners) {
    const { apiVersion = "", kind = "", name = "", uid = "" } = owner;
    if (versionOf(apiVersion) === "") {
      errors.push(invalidValue(`${field}.apiVersion`, apiVersion, "version must not be empty"));
    }
    if (kind === "" || name === "" || uid === "") {
      for (const [key, value] of Object.entries({ kind, name, uid })) {
        if (value === "") errors.push(invalidValue(`${field}.${key}`, value, "must not be empty"));
      }
    }
    if (apiVersion === "v1" && kind === "Event") {
      const shown = goValue("OwnerReference", owner);
      errors.push(shownInvalid(field, shown, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (owner.controller !== true) continue;
    const own = `${kind}/${name}`;
    if (controller === "") controller = own;
    else {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${own}`;
      errors.push(shownInvalid(field, goValue("[]OwnerReference", owners), why));
    }
  }
  if (errors.length === 0) sound.add(owners);
  return errors;
}

/** The version of an `apiVersion`; empty where it has too many parts. */
function versionOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  if (slash >= 0 && apiVersion.includes("/", slash + 1)) return "";
  return apiVersion.slice(slash + 1);
}

/** An Invalid error whose value is already printed. */
function shownInvalid(field: string, printed: string, why: string): FieldError {
  return { type: "FieldValueInvalid", field, message: `Invalid value: ${printed}: ${why}` };
}

const STANDARD_FINALIZERS = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

/** apimachinery `ValidateFinalizers`. */
function finalizerErrors(finalizers: readonly string[], path: string): readonly FieldError[] {
  const field = `${path}.finalizers`;
  const errors: FieldError[] = [];
  for (const name of finalizers)
    errors.push(...invalidEach(field, name, qualifiedNameErrors(name)));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    const why = "finalizer orphan and foregroundDeletion cannot be both set";
    errors.push(invalidValue(field, finalizers, why));
  }
  return errors;
}

/** core `validateKubeFinalizerName`: names without a domain are Kubernetes' own. */
function bareFinalizerErrors(meta: Partial<ObjectMeta>, path: string): readonly FieldError[] {
  return (meta.finalizers ?? []).flatMap((name, index) =>
    bareNameErrors(name, `${path}.finalizers[${index}]`),
  );
}

function bareNameErrors(name: string, field: string): readonly FieldError[] {
  if (name.includes("/") || STANDARD_FINALIZERS.has(name)) return [];
  const why = "name is neither a standard finalizer name nor is it fully qualified";
  return [invalidValue(field, name, why)];
}

/** core `validateFinalizerName`: of a finalizer that stands outside metadata. */
export function finalizerNameErrors(name: string, field: string): readonly FieldError[] {
  return [...invalidEach(field, name, qualifiedNameErrors(name)), ...bareNameErrors(name, field)];
}

/** The most that a field manager's name may have, in bytes. */
const MANAGER_LIMIT = 128;

/** metav1 `ValidateManagedFields`. */
function managedFieldErrors(
  entries: NonNullable<ObjectMeta["managedFields"]>,
  path: string,
): readonly FieldError[] {
  if (entries.length === 0) return [];
  return entries.flatMap(({ operation = "", fieldsType = "", manager = "" }, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (operation !== "Apply" && operation !== "Update") {
      errors.push(invalidValue(`${at}.operation`, operation, "must be `Apply` or `Update`"));
    }
    if (fieldsType !== "" && fieldsType !== "FieldsV1") {
      errors.push(invalidValue(`${at}.fieldsType`, fieldsType, "must be `FieldsV1`"));
    }
    if (byteLength(manager) > MANAGER_LIMIT) {
      errors.push(tooLong(`${at}.manager`, MANAGER_LIMIT));
    }
    return errors;
  });
}

/** What may not change in metadata (core `ValidateObjectMetaUpdate`). */
export function metaUpdateErrors(
  next: ObjectMeta,
  before: ObjectMeta,
  path = "metadata",
): readonly FieldError[] {
  const errors = generalUpdateErrors(next, before, path);
  const bare = next.finalizers === undefined ? [] : bareFinalizerErrors(next, path);
  return bare.length === 0 ? errors : [...errors, ...bare];
}

/** The same as the generic registry looks at it (apimachinery `ValidateObjectMetaAccessorUpdate`): finalizers need no domain. */
export function generalUpdateErrors(
  next: ObjectMeta,
  before: ObjectMeta,
  path = "metadata",
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (before.deletionTimestamp !== undefined) {
    const had = new Set(before.finalizers ?? []);
    const added = new Set((next.finalizers ?? []).filter((name) => !had.has(name)));
    if (added.size > 0) {
      const list = [...added].sort().map(goQuote).join(", ");
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
  errors.push(...noteErrors(next, path));
  errors.push(...managedFieldErrors(next.managedFields ?? [], `${path}.managedFields`));
  return errors;
}

/** What is said of fields that may not change. */
export const IMMUTABLE = "field is immutable";
