import type { KubeObject } from "../object.ts";
import { type FieldType, type StructType, structType, type TypeRef } from "./types.ts";

/** Per type, since an empty object may be shared between types. */
const completedByType = new WeakMap<StructType, WeakMap<object, object>>();

function completedOf(struct: StructType): WeakMap<object, object> {
  let completed = completedByType.get(struct);
  if (completed === undefined) {
    completed = new WeakMap();
    completedByType.set(struct, completed);
  }
  return completed;
}

/**
 * An object as Kubernetes prints it: with the fields that Go never leaves out (`status: {}`, `resources: {}`,
 * `rules: null`). `type` is a name of schema/table.gen.ts. Parts that are shared are completed once.
 */
export function complete(type: string | undefined, object: KubeObject): KubeObject {
  const struct = type === undefined ? undefined : structType(type);
  return struct === undefined ? object : (completeStruct(struct, object) as KubeObject);
}

function completeStruct(struct: StructType, value: object): object {
  const completed = completedOf(struct);
  const known = completed.get(value);
  if (known !== undefined) return known;
  const source = value as Readonly<Record<string, unknown>>;
  let result: Record<string, unknown> | undefined;
  for (const name in source) {
    const field = struct.fields.get(name);
    if (field === undefined) continue;
    const before = source[name];
    const after = completeField(field, before);
    if (after === before) continue;
    result ??= { ...source };
    if (after === undefined) delete result[name];
    else result[name] = after;
  }
  for (const field of struct.alwaysFields) {
    if (source[field.name] !== undefined) continue;
    if (field.name === "kind" || field.name === "apiVersion") continue;
    result ??= { ...source };
    result[field.name] = printedZero(field);
  }
  const done = result ?? value;
  completed.set(value, done);
  if (done !== value) completed.set(done, done);
  return done;
}

function completeField(field: FieldType, value: unknown): unknown {
  if (field.required && !field.pointer) {
    if (field.type.tag === "list" && isEmptyList(value)) return null;
    if (field.type.tag === "map" && isEmptyMap(value)) return null;
  }
  return completeValue(field.type, value);
}

function completeValue(type: TypeRef, value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (type.tag === "struct") {
    const struct = structType(type.name);
    return struct === undefined ? value : completeStruct(struct, value);
  }
  if (type.tag === "list" && holdsStructs(type.item)) {
    const list = value as readonly unknown[];
    const done = list.map((item) => completeValue(type.item, item));
    return done.every((item, index) => item === list[index]) ? value : done;
  }
  if (type.tag === "map" && holdsStructs(type.item)) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [key, completeValue(type.item, item)]));
  }
  return value;
}

function holdsStructs(type: TypeRef): boolean {
  return type.tag === "struct" || type.tag === "list" || type.tag === "map";
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isEmptyMap(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  for (const _key in value) return false;
  return true;
}

/** What Go prints for a field that was never set. */
function printedZero(field: FieldType): unknown {
  if (field.pointer) return null;
  const { type } = field;
  if (type.tag === "struct") {
    const struct = structType(type.name);
    return struct === undefined ? {} : completeStruct(struct, {});
  }
  if (type.tag !== "scalar") return null;
  switch (type.code) {
    case "string":
      return "";
    case "bool":
      return false;
    case "quantity":
      return "0";
    case "int32":
    case "int64":
    case "float64":
    case "intOrString":
      return 0;
    default:
      return null;
  }
}
