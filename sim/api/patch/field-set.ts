import { isObject, type JsonObject } from "./json-value.ts";

/**
 * A set of field paths, as managedFields keep them: a tree whose edges are path elements in the spelling of FieldsV1
 * (`f:name`, `k:{"name":"a"}`, `v:"x"`). A node is in the set when `member`; it may have members below it as well.
 */
export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

const NO_CHILDREN: ReadonlyMap<string, FieldSet> = new Map();
/** The set of nothing. */
export const EMPTY_SET: FieldSet = { member: false, children: NO_CHILDREN };
/** The set of a path's own end. */
export const LEAF_SET: FieldSet = { member: true, children: NO_CHILDREN };

export function isEmptySet(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

/** A node of a set; nodes without members are dropped from `children`. */
export function makeSet(member: boolean, children: ReadonlyMap<string, FieldSet>): FieldSet {
  if (children.size === 0) return member ? LEAF_SET : EMPTY_SET;
  return { member, children };
}

function combine(
  one: FieldSet,
  other: FieldSet,
  member: boolean,
  keys: Iterable<string>,
  step: (one: FieldSet, other: FieldSet) => FieldSet,
): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const key of keys) {
    const child = step(one.children.get(key) ?? EMPTY_SET, other.children.get(key) ?? EMPTY_SET);
    if (!isEmptySet(child)) children.set(key, child);
  }
  return makeSet(member, children);
}

/** Paths of either set. */
export function union(one: FieldSet, other: FieldSet): FieldSet {
  if (isEmptySet(one) || one === other) return other;
  if (isEmptySet(other)) return one;
  const keys = new Set([...one.children.keys(), ...other.children.keys()]);
  return combine(one, other, one.member || other.member, keys, union);
}

/** Paths of both sets. */
export function intersection(one: FieldSet, other: FieldSet): FieldSet {
  const keys = [...one.children.keys()].filter((key) => other.children.has(key));
  return combine(one, other, one.member && other.member, keys, intersection);
}

/** Paths of the first set that the second has not; the first set itself when it loses nothing. */
export function difference(one: FieldSet, other: FieldSet): FieldSet {
  if (isEmptySet(one) || isEmptySet(other)) return one;
  let children: Map<string, FieldSet> | undefined;
  for (const [key, gone] of other.children) {
    const child = one.children.get(key);
    const left = child === undefined ? undefined : difference(child, gone);
    if (left === undefined || left === child) continue;
    children ??= new Map(one.children);
    if (isEmptySet(left)) children.delete(key);
    else children.set(key, left);
  }
  const member = one.member && !other.member;
  if (children === undefined && member === one.member) return one;
  return makeSet(member, children ?? one.children);
}

export function equalSets(one: FieldSet, other: FieldSet): boolean {
  if (one === other) return true;
  if (one.member !== other.member || one.children.size !== other.children.size) return false;
  for (const [key, child] of one.children) {
    const twin = other.children.get(key);
    if (twin === undefined || !equalSets(child, twin)) return false;
  }
  return true;
}

function sortedKeys(set: FieldSet): readonly string[] {
  return [...set.children.keys()].sort();
}

/** Sets and their JSON, both immutable: most managers keep their fields from write to write. */
const encoded = new WeakMap<FieldSet, JsonObject>();
const decoded = new WeakMap<object, FieldSet>();

const NOTHING: JsonObject = {};

/** The set as managedFields' `fieldsV1`, keys in order. Parts that did not change keep their JSON. */
export function encodeFields(set: FieldSet): JsonObject {
  if (set.children.size === 0) return NOTHING;
  const known = encoded.get(set);
  if (known !== undefined) return known;
  const entries: [string, JsonObject][] = set.member ? [[".", NOTHING]] : [];
  for (const key of sortedKeys(set))
    entries.push([key, encodeFields(set.children.get(key) ?? EMPTY_SET)]);
  const json = Object.fromEntries(entries);
  encoded.set(set, json);
  if (!set.member) decoded.set(json, set);
  return json;
}

/** Reads `fieldsV1`; `undefined` when it is malformed. */
export function decodeFields(json: unknown): FieldSet | undefined {
  if (json === undefined || json === null) return EMPTY_SET;
  if (!isObject(json)) return undefined;
  const known = decoded.get(json);
  if (known !== undefined) return known;
  const node = decodeNode(json, false);
  if (node === undefined) return undefined;
  const set = makeSet(false, node.children);
  decoded.set(json, set);
  return set;
}

function decodeNode(json: JsonObject, below: boolean): FieldSet | undefined {
  const children = new Map<string, FieldSet>();
  let member = false;
  for (const [key, value] of Object.entries(json)) {
    if (!isObject(value)) return undefined;
    if (key === ".") {
      member = true;
      continue;
    }
    if (!/^[fkvi]:/.test(key)) return undefined;
    const child = decodeNode(value, true);
    if (child === undefined) return undefined;
    children.set(key, child);
  }
  return makeSet(member || (below && children.size === 0), children);
}

/** Calls back for every path of the set, in order, with its text (`.spec.ports[port=80,protocol="TCP"].name`). */
export function eachPath(set: FieldSet, visit: (path: string) => void, prefix = ""): void {
  if (set.member) visit(prefix);
  for (const key of sortedKeys(set)) {
    const child = set.children.get(key);
    if (child !== undefined) eachPath(child, visit, `${prefix}${elementText(key)}`);
  }
}

/** A path element as messages print it. */
function elementText(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith("f:")) return `.${rest}`;
  if (element.startsWith("v:")) return `[=${rest}]`;
  if (element.startsWith("i:")) return `[${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as JsonObject);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
}
