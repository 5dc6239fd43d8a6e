import { type FieldType, type StructType, structType, type TypeRef } from "../schema/types.ts";
import { isObject, type JsonObject } from "./json-value.ts";

/**
 * How server-side apply sees a value: as one leaf (scalars and what is atomic), field by field, item by item, or
 * by what the value turns out to be (`deduced`: objects field by field, lists whole).
 */
export type MergeNode =
  | { readonly tag: "leaf" }
  | { readonly tag: "deduced" }
  | {
      readonly tag: "fields";
      /** Type of a declared field, undefined for one that is not declared. */
      readonly field: (name: string) => MergeNode | undefined;
      /** Type of any other key. */
      readonly other: MergeNode;
    }
  | { readonly tag: "set" }
  | { readonly tag: "items"; readonly keys: readonly ListKey[]; readonly item: MergeNode };

/** A field that tells the items of a list apart, with the value it has when it is not written. */
export interface ListKey {
  readonly name: string;
  readonly fallback: unknown;
}

const LEAF: MergeNode = { tag: "leaf" };
/** A value without a schema. */
const DEDUCED: MergeNode = { tag: "deduced" };

/** Keys that have a default in the API's schema. */
export const keyDefaults: Readonly<Record<string, unknown>> = { protocol: "TCP" };

const structNodes = new Map<string, MergeNode>();

/** Schema of a type of schema/table.gen.ts; without one (`undefined`, or a name the table has not) all is deduced. */
export function builtInSchema(typeName: string | undefined): MergeNode {
  if (typeName === undefined) return DEDUCED;
  const known = structNodes.get(typeName);
  if (known !== undefined) return known;
  const struct = structType(typeName);
  const node = struct === undefined ? DEDUCED : structNode(struct);
  structNodes.set(typeName, node);
  return node;
}

function structNode(struct: StructType): MergeNode {
  if (struct.atomic) return LEAF;
  if (struct.fields.size === 0) return DEDUCED;
  const nodes = new Map<string, MergeNode>();
  const field = (name: string): MergeNode | undefined => {
    const known = nodes.get(name);
    const type = struct.fields.get(name);
    if (known !== undefined || type === undefined) return known;
    const node = fieldNode(type);
    nodes.set(name, node);
    return node;
  };
  return { tag: "fields", field, other: DEDUCED };
}

function fieldNode({ type, listType, listKeys }: FieldType): MergeNode {
  if (listType === "atomic") return LEAF;
  if (type.tag === "list") {
    if (listType === "set") return { tag: "set" };
    if (listType !== "map") return LEAF;
    const keys = listKeys.map((name) => ({ name, fallback: keyDefaults[name] }));
    return { tag: "items", keys, item: typeNode(type.item) };
  }
  return typeNode(type);
}

function typeNode(type: TypeRef): MergeNode {
  if (type.tag === "struct") return builtInSchema(type.name);
  if (type.tag === "map")
    return { tag: "fields", field: () => undefined, other: typeNode(type.item) };
  return type.tag === "raw" ? DEDUCED : LEAF;
}

/**
 * Schema of a custom resource from its structural OpenAPI v3 schema; `undefined` deduces all but the metadata.
 * Keep the result: a schema is read once, where values lead.
 */
export function customSchema(openApi: unknown): MergeNode {
  const root = isObject(openApi) ? openApiNode(openApi) : DEDUCED;
  const metadata = builtInSchema("meta.v1.ObjectMeta");
  const inner = (name: string): MergeNode | undefined =>
    root.tag === "fields" ? root.field(name) : undefined;
  const field = (name: string): MergeNode | undefined => {
    if (name === "metadata") return metadata;
    return name === "apiVersion" || name === "kind" ? LEAF : inner(name);
  };
  return { tag: "fields", field, other: DEDUCED };
}

function openApiNode(schema: JsonObject): MergeNode {
  if (schema["x-kubernetes-int-or-string"] === true) return LEAF;
  if (schema["type"] === "array") return openApiList(schema);
  if (schema["type"] === "object") return openApiObject(schema);
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return schema["type"] === undefined && open ? DEDUCED : LEAF;
}

function openApiList(schema: JsonObject): MergeNode {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") return { tag: "set" };
  const { items } = schema;
  if (listType !== "map" || !isObject(items)) return LEAF;
  const names = (schema["x-kubernetes-list-map-keys"] ?? []) as readonly string[];
  const properties = isObject(items["properties"]) ? items["properties"] : {};
  const keys = names.map((name) => {
    const property = properties[name];
    return { name, fallback: isObject(property) ? property["default"] : undefined };
  });
  return { tag: "items", keys, item: openApiNode(items) };
}

function openApiObject(schema: JsonObject): MergeNode {
  if (schema["x-kubernetes-map-type"] === "atomic") return LEAF;
  const { properties, additionalProperties } = schema;
  const other = isObject(additionalProperties) ? openApiNode(additionalProperties) : DEDUCED;
  if (!isObject(properties)) {
    if (!isObject(additionalProperties)) return DEDUCED;
    return { tag: "fields", field: () => undefined, other };
  }
  const nodes = new Map<string, MergeNode>();
  const field = (name: string): MergeNode | undefined => {
    const known = nodes.get(name);
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known !== undefined || !isObject(property)) return known;
    const node = openApiNode(property);
    nodes.set(name, node);
    return node;
  };
  return { tag: "fields", field, other };
}

const DEDUCED_FIELDS: MergeNode = { tag: "fields", field: () => undefined, other: DEDUCED };

/** The node as it applies to a value: what is deduced is decided, and a value of the wrong shape is a leaf. */
export function settle(node: MergeNode, value: unknown): MergeNode {
  if (node.tag === "deduced") return isObject(value) ? DEDUCED_FIELDS : LEAF;
  if (value === null || value === undefined) return node;
  if (node.tag === "fields") return isObject(value) ? node : LEAF;
  if (node.tag === "items" || node.tag === "set") return Array.isArray(value) ? node : LEAF;
  return node;
}

/** Type of a member of an object, and whether the schema declares it. */
export function memberNode(
  node: MergeNode & { readonly tag: "fields" },
  name: string,
): { readonly node: MergeNode; readonly declared: boolean } {
  const declared = node.field(name);
  return { node: declared ?? node.other, declared: declared !== undefined };
}

/** Path element of a list's item, in the spelling of FieldsV1. */
export function itemElement(node: MergeNode, item: unknown): string {
  if (node.tag !== "items") return `v:${JSON.stringify(item)}`;
  const object = isObject(item) ? item : {};
  const keys: [string, unknown][] = [];
  for (const { name, fallback } of node.keys) {
    const value = object[name] ?? fallback;
    if (value !== undefined) keys.push([name, value]);
  }
  keys.sort(([a], [b]) => (a < b ? -1 : 1));
  return `k:${JSON.stringify(Object.fromEntries(keys))}`;
}

/** Type of a list's items. */
export function itemNode(node: MergeNode): MergeNode {
  return node.tag === "items" ? node.item : LEAF;
}
