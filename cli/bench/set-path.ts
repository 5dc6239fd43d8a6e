/** Whether a name of a matrix is a path of the spec rather than a parameter. */
export function isPathOf(spec: unknown, name: string): boolean {
  return /[.[]/.test(name) && hasPlace(spec, pathParts(name));
}

/** A path like `cluster.nodes[0].count`, `cluster.nodes.0.count` or `spec.duration` as its parts. */
export function pathParts(path: string): readonly (string | number)[] {
  return path
    .replace(/^spec\./, "")
    .replace(/\[(\d+)\]/g, ".$1")
    .split(".")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** A copy of a value with another one at a path; what is missing on the way becomes mappings. */
export function withValue(
  root: unknown,
  path: readonly (string | number)[],
  value: unknown,
): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (Array.isArray(root))
    return root.map((item, at) => (at === part ? withValue(item, rest, value) : item));
  const before = root !== null && typeof root === "object" ? (root as Record<string, unknown>) : {};
  return { ...before, [part]: withValue(before[part], rest, value) };
}

/** Whether the parents of a path exist and it can be set. */
function hasPlace(root: unknown, path: readonly (string | number)[]): boolean {
  const [part, ...rest] = path;
  if (part === undefined) return true;
  if (Array.isArray(root))
    return typeof part === "number" && part < root.length && hasPlace(root[part], rest);
  if (root === null || typeof root !== "object") return false;
  return rest.length === 0 || hasPlace((root as Record<string, unknown>)[part], rest);
}
