import { EMPTY_SET, type FieldSet, isEmptySet, LEAF_SET, makeSet, union } from "./field-set.ts";
import { equalJson, isObject, type JsonObject } from "./json-value.ts";
import { itemElement, itemNode, type MergeNode, memberNode, settle } from "./merge-schema.ts";

type FieldsNode = MergeNode & { readonly tag: "fields" };

/** Where two objects differ: paths that only the first has, only the second has, or whose values differ. */
export interface Comparison {
  readonly removed: FieldSet;
  readonly added: FieldSet;
  readonly modified: FieldSet;
}

/** The paths that an applied configuration speaks of (structured-merge-diff's `ToFieldSet`). */
export function fieldsOf(value: unknown, schema: MergeNode): FieldSet {
  const node = settle(schema, value);
  if (node.tag === "leaf") return LEAF_SET;
  const children = new Map<string, FieldSet>();
  if (node.tag === "fields") {
    for (const [name, member] of Object.entries(isObject(value) ? value : {})) {
      if (member === undefined) continue;
      const { node: type, declared } = memberNode(node, name);
      const below = fieldsOf(member, type);
      const own = !declared || member === null || isEmptyObject(member);
      const set = own ? makeSet(true, below.children) : below;
      if (!isEmptySet(set)) children.set(`f:${name}`, set);
    }
  } else {
    for (const item of Array.isArray(value) ? value : []) {
      const element = itemElement(node, item);
      children.set(element, makeSet(true, fieldsOf(item, itemNode(node)).children));
    }
  }
  return makeSet(false, children);
}

function isEmptyObject(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isEmptyObject(value);
}

const SAME: Comparison = { removed: EMPTY_SET, added: EMPTY_SET, modified: EMPTY_SET };

/** Compares two values of one schema. Lists by key and sets are compared item by item, whatever their order. */
export function compare(before: unknown, after: unknown, schema: MergeNode): Comparison {
  if (before === after || (isAbsent(before) && isAbsent(after))) return SAME;
  const node = settle(settle(schema, after ?? before), before);
  const asLeaf = node.tag === "leaf" || (isBlank(before) && isBlank(after));
  if (asLeaf) return compareLeaf(before, after);
  const [old, now] = [childrenOf(before, node), childrenOf(after, node)];
  const parts = { removed: new Map(), added: new Map(), modified: new Map() };
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    const type = old.get(element)?.node ?? now.get(element)?.node ?? node;
    const difference = compare(old.get(element)?.value, now.get(element)?.value, type);
    for (const part of ["removed", "added", "modified"] as const)
      if (!isEmptySet(difference[part])) parts[part].set(element, difference[part]);
  }
  return {
    removed: makeSet(isAbsent(after), parts.removed),
    added: makeSet(isAbsent(before), parts.added),
    modified: makeSet(false, parts.modified),
  };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function compareLeaf(before: unknown, after: unknown): Comparison {
  if (isAbsent(before)) return { ...SAME, added: LEAF_SET };
  if (isAbsent(after)) return { ...SAME, removed: LEAF_SET };
  return equalJson(before, after) ? SAME : { ...SAME, modified: LEAF_SET };
}

interface Child {
  readonly value: unknown;
  readonly node: MergeNode;
}

function childrenOf(value: unknown, node: MergeNode): ReadonlyMap<string, Child> {
  const children = new Map<string, Child>();
  if (node.tag === "fields" && isObject(value)) {
    for (const [name, member] of Object.entries(value))
      children.set(`f:${name}`, { value: member, node: memberNode(node, name).node });
  } else if (Array.isArray(value)) {
    for (const item of value) {
      const element = itemElement(node, item);
      if (!children.has(element)) children.set(element, { value: item, node: itemNode(node) });
    }
  }
  return children;
}

/** Lays an applied configuration over a live value: what the configuration says wins, the rest stays. */
export function mergeTyped(live: unknown, applied: unknown, schema: MergeNode): unknown {
  if (applied === undefined) return live;
  if (live === undefined || live === null || applied === null) return applied;
  const node = settle(settle(schema, applied), live);
  if (node.tag === "leaf") return applied;
  if (node.tag === "fields") return mergeFields(live as JsonObject, applied as JsonObject, node);
  return mergeItems(live as readonly unknown[], applied as readonly unknown[], node);
}

function mergeFields(live: JsonObject, applied: JsonObject, node: FieldsNode): JsonObject {
  const result = new Map(Object.entries(live));
  for (const [name, member] of Object.entries(applied)) {
    if (member !== undefined)
      result.set(name, mergeTyped(result.get(name), member, memberNode(node, name).node));
  }
  return Object.fromEntries(result);
}

/**
 * Applied items in their order; live items that are not applied stay in front of the next shared item that stood
 * behind them (structured-merge-diff's interleaving).
 */
function mergeItems(
  live: readonly unknown[],
  applied: readonly unknown[],
  node: MergeNode,
): readonly unknown[] {
  const element = (item: unknown): string => itemElement(node, item);
  const lives = new Map(live.map((item) => [element(item), item]));
  const wanted = new Set(applied.map(element));
  const shared = applied.map(element).filter((name) => lives.has(name));
  const merged = new Set<string>();
  const result: unknown[] = [];
  const take = (item: unknown): void => {
    const name = element(item);
    merged.add(name);
    result.push(mergeTyped(lives.get(name), item, itemNode(node)));
    if (shared[0] === name) shared.shift();
  };
  let [left, right] = [0, 0];
  while (left < live.length || right < applied.length) {
    if (left < live.length) {
      const name = element(live[left]);
      if (right < applied.length && name === element(applied[right])) {
        take(applied[right++]);
        left++;
        continue;
      }
      if (
        right < applied.length &&
        wanted.has(name) &&
        shared[0] !== undefined &&
        shared[0] !== name
      ) {
        left++;
        continue;
      }
      if (!wanted.has(name)) {
        result.push(live[left++]);
        continue;
      }
      if (merged.has(name)) left++;
    }
    if (right < applied.length) take(applied[right++]);
  }
  return result;
}

/** The value without the paths of a set; what loses its last member goes too. `undefined` when nothing is left. */
export function removePaths(value: unknown, gone: FieldSet, schema: MergeNode): unknown {
  const node = settle(schema, value);
  if (isAbsent(value) || node.tag === "leaf") return undefined;
  if (Array.isArray(value)) {
    const kept = value.flatMap((item) => {
      const left = removeChild(item, gone.children.get(itemElement(node, item)), itemNode(node));
      return left === undefined ? [] : [left];
    });
    return kept.length === 0 && value.length > 0 ? undefined : kept;
  }
  if (node.tag !== "fields" || !isObject(value)) return undefined;
  const kept: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    const left = removeChild(member, gone.children.get(`f:${name}`), memberNode(node, name).node);
    if (left !== undefined) kept.push([name, left]);
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function removeChild(value: unknown, gone: FieldSet | undefined, node: MergeNode): unknown {
  if (gone === undefined) return value;
  return gone.member ? undefined : removePaths(value, gone, node);
}

/** The set with every declared field on the way to its members, as pruning needs it. */
export function withNamedFields(set: FieldSet, schema: MergeNode, value: unknown): FieldSet {
  const children = new Map<string, FieldSet>();
  const node = settle(schema, value);
  const below = childrenOf(value, node);
  for (const [element, child] of set.children) {
    const next = below.get(element);
    const declared = node.tag === "fields" && node.field(element.slice(2)) !== undefined;
    const type =
      next?.node ??
      (node.tag === "fields" ? memberNode(node, element.slice(2)).node : itemNode(node));
    const deep = withNamedFields(child, type, next?.value);
    children.set(element, declared ? union(deep, LEAF_SET) : deep);
  }
  return makeSet(set.member, children);
}
