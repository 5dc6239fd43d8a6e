/** Whether two plain values are the same by content; a missing property equals an undefined one. Shared subtrees cost nothing. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return Number.isNaN(left) && Number.isNaN(right);
  }
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    for (let at = 0; at < left.length; at++) {
      if (left[at] !== right[at] && !deepEqual(left[at], right[at])) return false;
    }
    return true;
  }
  if (Array.isArray(right)) return false;
  const a = left as Record<string, unknown>;
  const b = right as Record<string, unknown>;
  let more = 0;
  for (const key in a) {
    const value = a[key];
    if (value !== b[key] && !deepEqual(value, b[key])) return false;
    if (value !== undefined) more++;
  }
  // Counted, not looked up: every object has something by names like `constructor`.
  for (const key in b) if (b[key] !== undefined) more--;
  return more === 0;
}
