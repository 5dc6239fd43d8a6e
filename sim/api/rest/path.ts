/** What a path under `/api` or `/apis` names. */
export interface Target {
  readonly group: string;
  readonly version: string;
  /** Undefined for a cluster-wide request. */
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** What stands behind the subresource (`proxy/some/path`). */
  readonly rest: readonly string[];
  /** The deprecated `/watch/` prefix. */
  readonly watch: boolean;
}

/** The doors of a namespace, which its path shows like a resource within it. */
const namespaceDoors: readonly string[] = ["status", "finalize"];

/** Decodes a path and parts it at its slashes; undefined when an escape is malformed. */
export function pathSegments(path: string): readonly string[] | undefined {
  let decoded = path;
  if (path.includes("%")) {
    try {
      decoded = decodeURIComponent(path);
    } catch {
      return undefined;
    }
  }
  const segments = decoded.split("/");
  segments.shift();
  if (segments.at(-1) === "" && segments.length > 1) segments.pop();
  return segments;
}

/** The target of `/api/v1/…` or `/apis/GROUP/VERSION/…`; undefined when the path is not that of a resource. */
export function parseTarget(segments: readonly string[]): Target | undefined {
  const legacy = segments[0] === "api";
  if (!legacy && segments[0] !== "apis") return undefined;
  let at = legacy ? 2 : 3;
  const group = legacy ? "" : (segments[1] ?? "");
  const version = segments[at - 1] ?? "";
  if (segments.length <= at || segments.some((segment) => segment === "")) return undefined;
  const watch = segments[at] === "watch";
  if (watch) at++;
  let namespace: string | undefined;
  if (segments[at] === "namespaces" && segments.length > at + 2) {
    if (!namespaceDoors.includes(segments[at + 2] ?? "")) {
      namespace = segments[at + 1];
      at += 2;
    }
  }
  const [resource, name, subresource, ...rest] = segments.slice(at);
  if (resource === undefined) return undefined;
  return { group, version, namespace, resource, name, subresource, rest, watch };
}
