import type { KubeObject } from "../object.ts";

/** A reader of one selectable field: its text, empty when unset. `path` is parted by dots. */
export function readField(path: string): (object: KubeObject) => string {
  const steps = path.split(".");
  return (object) => {
    let value: unknown = object;
    for (const step of steps) {
      if (value === null || typeof value !== "object") return "";
      value = (value as Readonly<Record<string, unknown>>)[step];
    }
    return value === undefined || value === null ? "" : String(value);
  };
}

/** Readers of fields that are strings, by their own names. */
export function readFields(
  ...paths: readonly string[]
): Readonly<Record<string, (object: KubeObject) => string>> {
  return Object.fromEntries(paths.map((path) => [path, readField(path)]));
}

/** A reader that prints `fallback` where the field is unset (Go's zero value). */
export function readWithZero(path: string, fallback: string): (object: KubeObject) => string {
  const read = readField(path);
  return (object) => read(object) || fallback;
}
