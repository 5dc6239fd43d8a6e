import type { KubeObject } from "../object.ts";

/** Annotations of the default StorageClass. */
export const DEFAULT_STORAGE_CLASS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
] as const;

/** The class that one of the annotations makes the default: of several the newest counts, then the first by name. */
export function newestDefault<T extends KubeObject>(
  candidates: Iterable<T>,
  annotations: readonly string[],
): T | undefined {
  let found: T | undefined;
  for (const candidate of candidates) {
    const marked = annotations.some((key) => candidate.metadata.annotations?.[key] === "true");
    if (marked && (found === undefined || isBefore(candidate, found))) found = candidate;
  }
  return found;
}

function isBefore({ metadata: one }: KubeObject, { metadata: other }: KubeObject): boolean {
  if (one.creationTimestamp !== other.creationTimestamp)
    return (one.creationTimestamp ?? "") > (other.creationTimestamp ?? "");
  return one.name < other.name;
}
