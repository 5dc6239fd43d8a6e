import { ApiError, notFound } from "../../api/api-error.ts";
import type { Client } from "../../api/client.ts";
import type { KindRegistry } from "../../api/kinds/kind-registry.ts";
import {
  type Matches,
  matchesSelector,
  parseSelector,
  requirementHolds,
} from "../../api/meta/selector.ts";
import { type Key, type KubeObject, makeKey } from "../../api/object.ts";
import { selectorText } from "../../api/rest/doors/scale.ts";
import type { LabelSelector } from "../../api/types.gen.ts";

/** Something with a scale, as a reference names it. */
export interface ScaleReference {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
}

/** What the `scale` door of an object shows, with what it takes to write it back. */
export interface ScaleView {
  /** Kind in the store. */
  readonly kind: string;
  readonly key: Key;
  readonly object: KubeObject;
  /** `spec.replicas`; what is unset counts as zero. */
  readonly replicas: number;
  /** `status.replicas`. */
  readonly current: number;
  /** The selector as text, empty without one. */
  readonly selectorText: string;
  /** `undefined` when the object tells no selector. */
  readonly matches: Matches | undefined;
  readonly replicasPath: readonly string[];
}

interface ScalePaths {
  readonly replicas: readonly string[];
  readonly current: readonly string[];
  readonly selector: readonly string[] | undefined;
}

const BUILT_IN: ScalePaths = {
  replicas: ["spec", "replicas"],
  current: ["status", "replicas"],
  selector: ["spec", "selector"],
};

/** Group and version of an apiVersion. */
export function groupVersion(apiVersion = ""): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/** Name in the store of a kind; `undefined` when nothing serves it in the version named. */
export function storedKind(
  kinds: KindRegistry,
  { apiVersion, kind }: { readonly apiVersion?: string; readonly kind: string },
): string | undefined {
  const [group, version] = groupVersion(apiVersion);
  const descriptor = kinds.byKind(group, version, kind);
  return descriptor === undefined ? undefined : kinds.nameOf(descriptor);
}

/** Reads a scale from the API server, whatever version the reference names. Throws `ApiError` 404 for what is not there or cannot be scaled. */
export function readScale(
  client: Client,
  kinds: KindRegistry,
  reference: ScaleReference,
  namespace: string | undefined,
): ScaleView {
  const [group] = groupVersion(reference.apiVersion);
  const descriptor = kinds.byGroupKind(group, reference.kind);
  if (descriptor === undefined) {
    const why = `no matches for kind ${JSON.stringify(reference.kind)} in group ${JSON.stringify(group)}`;
    throw new ApiError(404, "NotFound", why);
  }
  const kind = kinds.nameOf(descriptor);
  const paths = scalePaths(client, kinds, kind);
  const key = makeKey(descriptor.namespaced ? namespace : undefined, reference.name);
  if (paths === undefined && kind === descriptor.kind) {
    // Built-in kinds have no such path at all: the client tells what it asked for, without the group.
    const why = `the server could not find the requested resource (get ${descriptor.plural} ${reference.name})`;
    throw new ApiError(404, "NotFound", why);
  }
  const object: KubeObject | undefined = client.live(kind, key);
  if (paths === undefined || object === undefined) throw notFound(descriptor, reference.name);
  return {
    kind,
    key,
    object,
    replicas: numberAt(object, paths.replicas),
    current: numberAt(object, paths.current),
    selectorText: paths.selector === undefined ? "" : selectorText(valueAt(object, paths.selector)),
    matches: paths.selector === undefined ? undefined : selectorAt(object, paths.selector),
    replicasPath: paths.replicas,
  };
}

/** Whether objects of a kind have a scale. */
export function scalePaths(
  client: Client,
  kinds: KindRegistry,
  kind: string,
): ScalePaths | undefined {
  const descriptor = kinds.find(kind);
  if (descriptor === undefined) return undefined;
  if (kind === descriptor.kind) {
    return descriptor.subresources.includes("scale") ? BUILT_IN : undefined;
  }
  const definition = client.live(
    "CustomResourceDefinition",
    `${descriptor.plural}.${descriptor.group}`,
  );
  const version = definition?.spec.versions.find(({ name }) => name === descriptor.version);
  const scale = version?.subresources?.scale;
  if (scale === undefined) return undefined;
  return {
    replicas: steps(scale.specReplicasPath),
    current: steps(scale.statusReplicasPath),
    selector: scale.labelSelectorPath === undefined ? undefined : steps(scale.labelSelectorPath),
  };
}

/** Writes `spec.replicas` of what a scale was read from. Throws `ApiError` 409 when it has changed since. */
export function writeScale(
  client: Client,
  { kind, object, replicasPath }: ScaleView,
  replicas: number,
): void {
  client.update(kind, withValue(object, replicasPath, replicas));
}

function steps(path: string): readonly string[] {
  return path.split(".").filter((step) => step !== "");
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const step of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

function numberAt(object: unknown, path: readonly string[]): number {
  const value = valueAt(object, path);
  return typeof value === "number" ? value : 0;
}

function withValue<T>(object: T, [step, ...rest]: readonly string[], value: unknown): T {
  if (step === undefined) return value as T;
  const members = (object ?? {}) as Readonly<Record<string, unknown>>;
  return { ...members, [step]: withValue(members[step], rest, value) } as T;
}

/** Selectors are label selectors, plain maps (ReplicationController) or texts (custom resources). */
function selectorAt(object: KubeObject, path: readonly string[]): Matches | undefined {
  const value = valueAt(object, path);
  if (typeof value === "string") {
    const requirements = parseSelector(value);
    if (typeof requirements === "string" || requirements.length === 0) return undefined;
    return (labels) =>
      requirements.every((requirement) => requirementHolds(requirement, labels ?? {}));
  }
  if (value === null || typeof value !== "object") return undefined;
  const selector = value as LabelSelector;
  if (selector.matchLabels !== undefined || selector.matchExpressions !== undefined)
    return matchesSelector(selector);
  const matchLabels = value as Readonly<Record<string, string>>;
  return Object.keys(matchLabels).length === 0 ? undefined : matchesSelector({ matchLabels });
}
