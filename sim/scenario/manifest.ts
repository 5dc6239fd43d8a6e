import type { KubeObject, Manifest } from "../api/object.ts";
import type { Path, Problem } from "./problem.ts";
import type { SourceDocument, SourceFile } from "./source-file.ts";

/** A Kubernetes object as it stands in a file. */
export interface LoadedManifest {
  readonly object: Manifest;
  /** Where it stands, for messages. */
  readonly document: SourceDocument;
  readonly path: Path;
}

type Loose = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Loose {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The objects of a file: every document, Lists taken apart, empty documents skipped. */
export function manifestsOf(file: SourceFile, problems: Problem[]): LoadedManifest[] {
  return file.documents.flatMap((document) =>
    document.value === null || document.value === undefined
      ? []
      : objectsOf(document.value, document, [], problems),
  );
}

/** The objects that a value is: one, a List of them, or a plain list. */
export function objectsOf(
  value: unknown,
  document: SourceDocument,
  path: Path,
  problems: Problem[],
): LoadedManifest[] {
  if (Array.isArray(value))
    return value.flatMap((item, at) => objectsOf(item, document, [...path, at], problems));
  const report = (place: Path, message: string): LoadedManifest[] => {
    problems.push(document.source.problem(document.locate(place), place, message));
    return [];
  };
  if (!isMapping(value))
    return report(path, "expected a Kubernetes object with apiVersion, kind and metadata");
  if (typeof value["kind"] !== "string")
    return report(path, 'expected a Kubernetes object: the key "kind" is missing');
  if (typeof value["apiVersion"] !== "string")
    return report(path, 'expected a Kubernetes object: the key "apiVersion" is missing');
  if (value["kind"].endsWith("List") && Array.isArray(value["items"]))
    return objectsOf(value["items"], document, [...path, "items"], problems);
  const metadata = value["metadata"];
  const named =
    isMapping(metadata) &&
    (typeof metadata["name"] === "string" || typeof metadata["generateName"] === "string");
  if (!named) return report([...path, "metadata"], "expected metadata.name, a text");
  return [{ object: value as unknown as Manifest<KubeObject>, document, path }];
}

/** `Deployment web`, for messages. */
export function titleOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name ?? `${metadata.generateName ?? ""}*`}`;
}

/**
 * Sets a field by path (`spec.replicas`, `spec.template.spec.containers[0].image`) in every object that has its
 * parent. `Kind/name:` before the path narrows it. Answers how many objects were changed.
 */
export function setField(
  manifests: readonly LoadedManifest[],
  path: string,
  value: unknown,
): { manifests: LoadedManifest[]; changed: number } {
  const colon = /^([A-Za-z]+)(?:\/([^:]+))?:(.*)$/.exec(path);
  const [kind, name, rest] =
    colon === null ? [undefined, undefined, path] : [colon[1], colon[2], colon[3] ?? ""];
  const parts = fieldPath(rest);
  let changed = 0;
  const next = manifests.map((loaded) => {
    const { object } = loaded;
    const fits =
      (kind === undefined || object.kind.toLowerCase() === kind.toLowerCase()) &&
      (name === undefined || object.metadata.name === name);
    if (!fits || !hasParent(object, parts)) return loaded;
    changed++;
    return { ...loaded, object: withField(object, parts, value) as Manifest };
  });
  return { manifests: next, changed };
}

/** Parts of a field path; a quoted part in brackets may hold dots. */
export function fieldPath(text: string): readonly (string | number)[] {
  const parts: (string | number)[] = [];
  for (const [, plain, position, quoted] of text.matchAll(/([^.[\]]+)|\[(\d+)\]|\["([^"]*)"\]/g)) {
    if (position !== undefined) parts.push(Number(position));
    else parts.push(quoted ?? plain ?? "");
  }
  return parts;
}

function hasParent(value: unknown, parts: readonly (string | number)[]): boolean {
  let at = value;
  for (const part of parts.slice(0, -1)) {
    at = (at as Record<string, unknown> | undefined)?.[part];
    if (at === null || typeof at !== "object") return false;
  }
  return true;
}

/** A copy of a value with one field set. */
function withField(value: unknown, parts: readonly (string | number)[], field: unknown): unknown {
  const [part, ...rest] = parts;
  if (part === undefined) return field;
  if (Array.isArray(value))
    return value.map((item, at) => (at === part ? withField(item, rest, field) : item));
  const mapping = (value ?? {}) as Loose;
  return { ...mapping, [part]: withField(mapping[part], rest, field) };
}
