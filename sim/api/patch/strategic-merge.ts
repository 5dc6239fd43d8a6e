import { type FieldType, structType, type TypeRef } from "../schema/types.ts";
import { goKind, goText, isObject, type JsonObject } from "./json-value.ts";
import { badPatch, patchFailure } from "./patch-error.ts";
import {
  checkOrder,
  DELETE_FROM,
  DIRECTIVE,
  mergeLists,
  orderByPatch,
  RETAIN_KEYS,
  SET_ORDER,
  withoutDirectives,
} from "./strategic-list.ts";

/** What merging needs to know of the value at hand. */
export interface PatchMeta {
  readonly type: TypeRef | undefined;
  readonly strategy: "merge" | "replace" | "";
  readonly mergeKey: string | undefined;
}

/**
 * Applies a strategic merge patch by the table's marks. `typeName` is a name of schema/table.gen.ts.
 * Throws `ApiError` 400 for malformed patches and directives, 500 (upstream's code) for a list item without its merge key.
 */
export function applyStrategicMerge<T>(typeName: string, object: T, patch: unknown): T {
  if (!isObject(patch))
    throw badPatch(
      `json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`,
    );
  const type: TypeRef = { tag: "struct", name: typeName, goName: typeName };
  return mergeObjects(isObject(object) ? object : {}, patch, type) as T;
}

/** Merges a patch into an object of a type; directives of the patch are obeyed and left out. */
function mergeObjects(
  original: JsonObject,
  patch: JsonObject,
  type: TypeRef | undefined,
): JsonObject {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === "replace") return withoutDirectives(rest) as JsonObject;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge")
    throw patchFailure(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
  const result = new Map(Object.entries(retainedMembers(original, patch)));
  const changes = new Map(Object.entries(rest));
  changes.delete(RETAIN_KEYS);
  for (const [key, order] of Object.entries(rest)) {
    if (!key.startsWith(SET_ORDER)) continue;
    changes.delete(key);
    const name = key.slice(SET_ORDER.length);
    mergeOrdered(result, changes, name, order, metaOf(type, name));
    changes.delete(name);
  }
  for (const [key, value] of changes) mergeMember(result, key, value, type);
  return Object.fromEntries(result);
}

/** The members that `$retainKeys` lets stand; every member that the patch sets must be among them. */
function retainedMembers(original: JsonObject, patch: JsonObject): JsonObject {
  const retained = patch[RETAIN_KEYS];
  if (retained === undefined) return original;
  const invalid = badPatch("invalid patch format of retainKeys");
  if (!Array.isArray(retained)) throw invalid;
  for (const [key, value] of Object.entries(patch))
    if (value !== null && !key.startsWith("$") && !retained.includes(key)) throw invalid;
  return Object.fromEntries(Object.entries(original).filter(([key]) => retained.includes(key)));
}

function mergeOrdered(
  result: Map<string, unknown>,
  changes: ReadonlyMap<string, unknown>,
  name: string,
  order: unknown,
  meta: PatchMeta,
): void {
  if (!Array.isArray(order)) throw badPatch("invalid patch format of setElementOrder list");
  const [before, patch] = [result.get(name), changes.get(name)];
  if (patch === null) {
    result.delete(name);
    return;
  }
  if (Array.isArray(patch)) checkOrder(patch, order, meta.mergeKey);
  let merged: readonly unknown[];
  if (Array.isArray(before)) {
    merged = Array.isArray(patch) ? mergeListMember(before, patch, meta) : before;
  } else if (Array.isArray(patch)) {
    merged = withoutDirectives(patch) as readonly unknown[];
  } else return;
  const original = Array.isArray(before) ? before : [];
  result.set(name, orderByPatch(merged, order, original, meta.mergeKey));
}

function mergeMember(
  result: Map<string, unknown>,
  key: string,
  value: unknown,
  type: TypeRef | undefined,
): void {
  if (key.startsWith(DELETE_FROM)) {
    deleteFromList(result, key.slice(DELETE_FROM.length), value);
    return;
  }
  const before = result.get(key);
  if (value === null) result.delete(key);
  else if (before === undefined || before === null) result.set(key, withoutDirectives(value));
  else if (isObject(before) && isObject(value)) {
    const meta = metaOf(type, key);
    result.set(
      key,
      meta.strategy === "replace"
        ? withoutDirectives(value)
        : mergeObjects(before, value, meta.type),
    );
  } else if (Array.isArray(before) && Array.isArray(value))
    result.set(key, mergeListMember(before, value, metaOf(type, key)));
  else result.set(key, withoutDirectives(value));
}

function mergeListMember(
  before: readonly unknown[],
  patch: readonly unknown[],
  meta: PatchMeta,
): readonly unknown[] {
  if (meta.strategy !== "merge") return withoutDirectives(patch) as readonly unknown[];
  const item = meta.type?.tag === "list" ? meta.type.item : undefined;
  return mergeLists(before, patch, meta.mergeKey, (one, other) => mergeObjects(one, other, item));
}

function deleteFromList(result: Map<string, unknown>, name: string, values: unknown): void {
  const list = result.get(name);
  if (!Array.isArray(values)) throw badPatch("invalid patch format of primitive list");
  if (!Array.isArray(list)) return;
  const gone = new Set(values.map(goText));
  result.set(
    name,
    list.filter((item) => !gone.has(goText(item))),
  );
}

/** How a member is merged, by the marks of its field. Throws `ApiError` 500 for a field that the type has not. */
function metaOf(type: TypeRef | undefined, key: string): PatchMeta {
  if (type === undefined || type.tag === "raw") return { type, strategy: "", mergeKey: undefined };
  if (type.tag === "map") return { type: type.item, strategy: "", mergeKey: undefined };
  const struct = type.tag === "struct" ? structType(type.name) : undefined;
  const field = struct?.fields.get(key);
  if (field === undefined) {
    const owner = struct?.bareName ?? type.goName;
    throw patchFailure(`unable to find api field in struct ${owner} for the json field "${key}"`);
  }
  return { type: field.type, strategy: strategyOf(field), mergeKey: field.patchMergeKey };
}

function strategyOf({ patchStrategy }: FieldType): PatchMeta["strategy"] {
  if (patchStrategy.includes("merge")) return "merge";
  return patchStrategy.includes("replace") ? "replace" : "";
}
