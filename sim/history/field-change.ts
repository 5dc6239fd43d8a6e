import type { KubeObject } from "../api/object.ts";

/** A leaf that two states of an object do not share. A value that is not there is missing. */
export interface FieldChange {
  /** Path that `valueAt` and `ksim why --field` read: `status.conditions[type=Ready].status`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Names without news: every write changes them. */
const SILENT: ReadonlySet<string> = new Set(["metadata.resourceVersion", "metadata.managedFields"]);

/** Leaves that differ between two states of an object; lists and objects that come or go whole count as one. */
export function fieldChanges(before: KubeObject, after: KubeObject): readonly FieldChange[] {
  const found: FieldChange[] = [];
  collect(before, after, "", found);
  return found;
}

/** A change in words: `path old → new`, long values cut short. */
export function fieldChangeText({ path, before, after }: FieldChange): string {
  return `${path} ${brief(before)} → ${brief(after)}`;
}

/** Value at a dotted path; `[n]` and `[name=value]` choose from lists, `[key]` a key that holds dots. */
export function valueAt(value: unknown, path: string): unknown {
  let current = value;
  for (const part of path.match(/[^.[\]]+|\[[^\]]*\]/g) ?? []) {
    if (typeof current !== "object" || current === null) return undefined;
    current = part.startsWith("[")
      ? elementOf(current, part.slice(1, -1))
      : (current as Record<string, unknown>)[part];
  }
  return current;
}

function elementOf(from: object, choice: string): unknown {
  if (!Array.isArray(from)) return (from as Record<string, unknown>)[choice];
  const equals = choice.indexOf("=");
  if (equals < 0) return from[Number(choice)];
  const name = choice.slice(0, equals);
  const wanted = choice.slice(equals + 1);
  return from.find((item: unknown) => String((item as Record<string, unknown>)[name]) === wanted);
}

function collect(before: unknown, after: unknown, path: string, found: FieldChange[]): void {
  if (before === after || SILENT.has(path)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      collect(before[key], after[key], pathTo(path, key), found);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    collectList(before, after, path, found);
    return;
  }
  found.push({
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  });
}

function pathTo(path: string, key: string): string {
  if (/[.[\]]/.test(key)) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** Conditions and containers are told apart by type and name where all have one of their own, everything else by place. */
function collectList(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  found: FieldChange[],
): void {
  const name = nameField(before, after);
  const choice = (item: unknown, at: number): string =>
    name === undefined ? String(at) : `${name}=${(item as Record<string, string>)[name]}`;
  const old = new Map(before.map((item, at) => [choice(item, at), item]));
  const next = new Map(after.map((item, at) => [choice(item, at), item]));
  for (const key of new Set([...old.keys(), ...next.keys()]))
    collect(old.get(key), next.get(key), `${path}[${key}]`, found);
}

function nameField(...lists: readonly (readonly unknown[])[]): string | undefined {
  return ["type", "name"].find((field) =>
    lists.every((list) => {
      const names = list.map((item) => (isRecord(item) ? item[field] : undefined));
      return (
        names.every((name) => typeof name === "string" && !/[[\]]/.test(name)) &&
        new Set(names).size === names.length
      );
    }),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  if (value === undefined) return "none";
  if (isRecord(value) && "status" in value) return String(value["status"]);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
