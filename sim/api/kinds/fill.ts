/** The object with defaults where it has nothing; the same object when nothing was missing. */
export function fill<T extends object>(object: T, defaults: Partial<T>): T {
  let missing = false;
  for (const key in defaults) {
    if (isUnset(object[key])) {
      missing = true;
      break;
    }
  }
  if (!missing) return object;
  // Copied one by one: what is added to a clone costs much on Node 20 (see `withFields`).
  const result: Partial<T> = {};
  for (const key in object) result[key] = object[key];
  for (const key in defaults)
    if (isUnset(result[key])) result[key] = defaults[key] as T[typeof key];
  return result as T;
}

/** Go's defaults treat an empty text like a missing one. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** The object with one member changed by a rule; the same object when the rule changes nothing or there is no member. */
export function refine<T extends object, K extends keyof T>(
  object: T,
  key: K,
  rule: (value: NonNullable<T[K]>) => T[K],
): T {
  const before = object[key];
  if (before === undefined || before === null) return object;
  const after = rule(before as NonNullable<T[K]>);
  return after === before ? object : { ...object, [key]: after };
}

/** The list with a rule applied to each item; the same list when the rule changes nothing. */
export function refineEach<T>(list: readonly T[], rule: (item: T) => T): readonly T[] {
  let result: T[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const before = list[index] as T;
    const after = rule(before);
    if (after === before) continue;
    result ??= [...list];
    result[index] = after;
  }
  return result ?? list;
}

/** A rule remembered by the identity of what it is applied to: shared parts are worked on once. */
export function remembered<T extends object, R>(rule: (value: T) => R): (value: T) => R {
  const known = new WeakMap<T, { readonly result: R }>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before.result;
    const result = rule(value);
    known.set(value, { result });
    return result;
  };
}
