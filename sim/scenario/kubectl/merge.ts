type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Keys by which Kubernetes merges lists of objects; the first that every item has. */
const MERGE_KEYS = [
  "name",
  "containerPort",
  "port",
  "mountPath",
  "key",
  "type",
  "ip",
  "topologyKey",
  "uid",
];

function mergeKey(items: readonly unknown[]): string | undefined {
  return MERGE_KEYS.find((key) => items.every((item) => isMapping(item) && key in item));
}

/**
 * The three-way merge of `kubectl apply`: the live object with the wanted fields laid over it, less what the last
 * applied manifest had and the wanted one has not.
 */
export function mergeApplied(live: unknown, wanted: unknown, last: unknown): unknown {
  if (isMapping(live) && isMapping(wanted))
    return mergeMappings(live, wanted, isMapping(last) ? last : {});
  if (Array.isArray(live) && Array.isArray(wanted))
    return mergeLists(live, wanted, Array.isArray(last) ? last : []);
  return wanted;
}

function mergeMappings(live: Mapping, wanted: Mapping, last: Mapping): Mapping {
  const merged: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(live)) {
    if (key in wanted) {
      if (wanted[key] !== null) merged[key] = mergeApplied(value, wanted[key], last[key]);
    } else if (!(key in last)) merged[key] = value;
  }
  for (const [key, value] of Object.entries(wanted))
    if (!(key in live) && value !== null) merged[key] = value;
  return merged;
}

function mergeLists(
  live: readonly unknown[],
  wanted: readonly unknown[],
  last: readonly unknown[],
): readonly unknown[] {
  const key = mergeKey([...live, ...wanted]);
  if (key === undefined || wanted.length === 0) return wanted;
  const find = (items: readonly unknown[], value: unknown): unknown =>
    items.find((item) => isMapping(item) && item[key] === value);
  const merged = wanted.map((item) => {
    const name = (item as Mapping)[key];
    const before = find(live, name);
    return before === undefined ? item : mergeApplied(before, item, find(last, name));
  });
  const added = live.filter((item) => {
    const name = (item as Mapping)[key];
    return find(wanted, name) === undefined && find(last, name) === undefined;
  });
  return [...merged, ...added];
}
