import { goText, isObject, type JsonObject } from "./json-value.ts";
import { patchFailure } from "./patch-error.ts";

export const DIRECTIVE = "$patch";
export const RETAIN_KEYS = "$retainKeys";
export const SET_ORDER = "$setElementOrder/";
export const DELETE_FROM = "$deleteFromPrimitiveList/";

type MergeItem = (original: JsonObject, patch: JsonObject) => JsonObject;

/** A new value without what only steers merging: directives, nulls, and list items that carry `$patch`. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .filter((item) => !(isObject(item) && Object.hasOwn(item, DIRECTIVE)))
      .map(withoutDirectives);
  }
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key, member]) => {
    const steers = key === DIRECTIVE || key === RETAIN_KEYS;
    return member !== null && !steers && !key.startsWith(SET_ORDER) && !key.startsWith(DELETE_FROM);
  });
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutDirectives(member)]));
}

/** What a list item is known by: its merge key's value, or itself. Throws `ApiError` 500 without its key. */
function identity(item: unknown, mergeKey: string | undefined): string {
  if (mergeKey === undefined) return goText(item);
  const key = isObject(item) ? item[mergeKey] : undefined;
  if (key === undefined || key === null)
    throw patchFailure(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
  return goText(key);
}

/**
 * Merges a list by the merge key of its items (or as a set of scalars). Items keep the patch's order among
 * themselves; the others stand where they stood as far as that allows.
 */
export function mergeLists(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string | undefined,
  mergeItem: MergeItem,
): readonly unknown[] {
  if (mergeKey === undefined) {
    if (patch.some(isObject)) throw patchFailure("cannot merge lists without merge key");
    const known = new Set<string>();
    const union = [...original, ...patch].filter((item) => {
      const text = goText(item);
      return known.has(text) ? false : known.add(text);
    });
    return orderByPatch(union, patch, original, undefined);
  }
  const { remaining, changes, replaced } = obeyItemDirectives(original, patch, mergeKey);
  if (replaced) return changes.map(withoutDirectives);
  const merged = [...remaining];
  for (const change of changes) {
    const id = identity(change, mergeKey);
    const at = merged.findIndex((item) => identity(item, mergeKey) === id);
    if (at < 0) merged.push(withoutDirectives(change));
    else merged[at] = mergeItem(merged[at] as JsonObject, change as JsonObject);
  }
  return orderByPatch(merged, changes, original, mergeKey);
}

interface ObeyedDirectives {
  readonly remaining: readonly unknown[];
  readonly changes: readonly unknown[];
  readonly replaced: boolean;
}

/** Items with `$patch: delete` take theirs away; one with `$patch: replace` replaces the list by the patch's other items. */
function obeyItemDirectives(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): ObeyedDirectives {
  const changes: unknown[] = [];
  let remaining = original;
  let replaced = false;
  for (const item of patch) {
    const directive = isObject(item) ? item[DIRECTIVE] : undefined;
    if (directive === undefined) changes.push(item);
    else if (directive === "replace") replaced = true;
    else if (directive === "delete") {
      const id = identity(item, mergeKey);
      remaining = remaining.filter((one) => identity(one, mergeKey) !== id);
    } else if (directive === "merge") {
      throw patchFailure("merging lists cannot yet be specified in the patch");
    } else {
      throw patchFailure(`unknown patch type: ${goText(directive)} in map: ${goText(item)}`);
    }
  }
  return { remaining, changes, replaced };
}

/**
 * Puts the items that `order` names in its order; each other item goes before the first of them that stood behind
 * it in the original list, or to the end.
 */
export function orderByPatch(
  items: readonly unknown[],
  order: readonly unknown[],
  original: readonly unknown[],
  mergeKey: string | undefined,
): readonly unknown[] {
  const place = placesOf(order, mergeKey);
  const stood = placesOf(original, mergeKey);
  const id = (item: unknown): string => identity(item, mergeKey);
  const at = (places: ReadonlyMap<string, number>) => (a: unknown, b: unknown) =>
    (places.get(id(a)) ?? places.size) - (places.get(id(b)) ?? places.size);
  const named = items.filter((item) => place.has(id(item))).sort(at(place));
  const others = items.filter((item) => !place.has(id(item))).sort(at(stood));
  const result: unknown[] = [];
  let [next, other] = [0, 0];
  while (next < named.length || other < others.length) {
    const before = stood.get(id(others[other] ?? named[next]));
    const behind = next < named.length ? stood.get(id(named[next])) : Number.POSITIVE_INFINITY;
    const takeOther =
      other < others.length &&
      (next >= named.length || (before !== undefined && behind !== undefined && before < behind));
    result.push(takeOther ? others[other++] : named[next++]);
  }
  return result;
}

function placesOf(list: readonly unknown[], mergeKey: string | undefined): Map<string, number> {
  const places = new Map<string, number>();
  for (const [index, item] of list.entries()) {
    const id = identity(item, mergeKey);
    if (!places.has(id)) places.set(id, index);
  }
  return places;
}

/** Throws `ApiError` 500 when the patch's items do not follow the order it declares. */
export function checkOrder(
  patch: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): void {
  const items = patch.filter((item) => !(isObject(item) && Object.hasOwn(item, DIRECTIVE)));
  let next = 0;
  for (const wanted of order) {
    if (next >= items.length) return;
    if (identity(items[next], mergeKey) === identity(wanted, mergeKey)) next++;
  }
  if (next < items.length)
    throw patchFailure(
      `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    );
}
