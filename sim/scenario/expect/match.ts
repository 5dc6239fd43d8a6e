/**
 * Whether a value has everything that a wanted part has: mappings by their keys, lists item by item (an item is found
 * by its name where it has one), everything else exactly. Answers where it differs first, or nothing.
 */
export function difference(value: unknown, wanted: unknown, path = ""): string | undefined {
  if (Array.isArray(wanted)) return listDifference(value, wanted, path);
  if (wanted !== null && typeof wanted === "object") {
    if (value === null || typeof value !== "object") return `${path || "object"} is ${show(value)}`;
    for (const [key, part] of Object.entries(wanted)) {
      const found = difference(
        (value as Record<string, unknown>)[key],
        part,
        path === "" ? key : `${path}.${key}`,
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return value === wanted ? undefined : `${path} is ${show(value)}, not ${show(wanted)}`;
}

function listDifference(
  value: unknown,
  wanted: readonly unknown[],
  path: string,
): string | undefined {
  if (!Array.isArray(value)) return `${path} is ${show(value)}`;
  for (const [at, item] of wanted.entries()) {
    const by = identity(item);
    const found =
      by === undefined
        ? value[at]
        : value.find(
            (candidate) =>
              (candidate as Record<string, unknown> | null)?.[by] ===
              (item as Record<string, unknown>)[by],
          );
    const differs = difference(found, item, `${path}[${at}]`);
    if (differs !== undefined) return differs;
  }
  return undefined;
}

function identity(item: unknown): string | undefined {
  if (item === null || typeof item !== "object") return undefined;
  return ["name", "type", "key"].find((key) => key in item);
}

function show(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}
