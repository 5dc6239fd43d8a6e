import type { KindDescriptor, Subresource, Verb } from "../kinds/descriptor.ts";
import type { CustomResourceDefinition } from "../types.gen.ts";

/** One resource of one served version, as discovery lists it. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly subresources: readonly Subresource[];
  /** Type of schema/table.gen.ts, undefined for a custom resource. */
  readonly type: string | undefined;
  /** Structural schema of a custom resource. */
  readonly openApi?: unknown;
  /** Whether a CustomResourceDefinition serves it. */
  readonly custom: boolean;
}

/** What a door of a resource answers with, and to which verbs. */
export interface SubresourceFacts {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly Verb[];
}

const reading: readonly Verb[] = ["get", "patch", "update"];
const proxying: readonly Verb[] = ["create", "delete", "get", "patch", "update"];
const connecting: readonly Verb[] = ["create", "get"];

/** Doors whose answer is not of the resource's own kind, or that take other verbs than get, patch and update. */
const doors: Readonly<Record<string, Partial<SubresourceFacts>>> = {
  attach: { kind: "PodAttachOptions", verbs: connecting },
  binding: { kind: "Binding", verbs: ["create"] },
  eviction: { group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] },
  exec: { kind: "PodExecOptions", verbs: connecting },
  finalize: { verbs: ["update"] },
  log: { verbs: ["get"] },
  portforward: { kind: "PodPortForwardOptions", verbs: connecting },
  scale: { group: "autoscaling", version: "v1", kind: "Scale" },
  token: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", verbs: ["create"] },
};

/** Facts of one door of a resource; group and version are empty where they are the resource's own. */
export function subresourceFacts(resource: ServedResource, door: Subresource): SubresourceFacts {
  const own = { group: "", version: "", kind: resource.kind, verbs: reading };
  if (door === "proxy") return { ...own, kind: `${resource.kind}ProxyOptions`, verbs: proxying };
  return { ...own, ...doors[door] };
}

/** Resources of built-in kinds, one for each version they are served in. */
export function builtInResources(kinds: readonly KindDescriptor[]): readonly ServedResource[] {
  return kinds.flatMap((kind) =>
    [kind, ...kind.otherVersions].map(({ group, version, type }) => ({
      group,
      version,
      type,
      kind: kind.kind,
      plural: kind.plural,
      singular: kind.singular,
      shortNames: kind.shortNames,
      categories: kind.categories,
      namespaced: kind.namespaced,
      verbs: kind.verbs,
      subresources: kind.subresources,
      custom: false,
    })),
  );
}

/** Verbs of custom resources, in the order upstream lists them. */
const customVerbs: readonly Verb[] = [
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "create",
  "update",
  "watch",
];

/** Resources that a definition serves, one for each version. */
export function customResources(definition: CustomResourceDefinition): readonly ServedResource[] {
  const { group, names, scope, versions } = definition.spec;
  const { singular, shortNames = [], categories = [] } = names;
  return versions
    .filter(({ served }) => served)
    .map(({ name, subresources, schema }) => ({
      group,
      version: name,
      kind: names.kind,
      plural: names.plural,
      singular: singular ?? names.kind.toLowerCase(),
      shortNames,
      categories,
      namespaced: scope === "Namespaced",
      verbs: customVerbs,
      subresources: [
        ...(subresources?.status === undefined ? [] : (["status"] as const)),
        ...(subresources?.scale === undefined ? [] : (["scale"] as const)),
      ],
      type: undefined,
      openApi: schema?.openAPIV3Schema,
      custom: true,
    }));
}

/** Groups in upstream's order of priority; others follow by name. */
const groupOrder: readonly string[] = [
  "",
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

/** Stable versions before beta before alpha, newer before older; other names last, by name (apimachinery `version`). */
export function compareVersions(one: string, other: string): number {
  const rank = (version: string): readonly number[] => {
    const match = VERSION.exec(version);
    if (match === null) return [3, 0, 0];
    const stage = match[2] === undefined ? 0 : match[2] === "beta" ? 1 : 2;
    return [stage, -Number(match[1]), -Number(match[3] ?? 0)];
  };
  const [a, b] = [rank(one), rank(other)];
  const at = a.findIndex((part, index) => part !== b[index]);
  if (at < 0) return one < other ? -1 : one > other ? 1 : 0;
  return (a[at] ?? 0) - (b[at] ?? 0);
}

/** Resources of one group by version. */
export interface ServedGroup {
  readonly name: string;
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly ServedResource[];
  }[];
}

/** Resources by group and version, all in discovery's order. */
export function groupsOf(resources: readonly ServedResource[]): readonly ServedGroup[] {
  const groups = new Map<string, Map<string, ServedResource[]>>();
  for (const resource of resources) {
    const versions = groups.get(resource.group) ?? new Map<string, ServedResource[]>();
    groups.set(resource.group, versions);
    const list = versions.get(resource.version) ?? [];
    versions.set(resource.version, list);
    list.push(resource);
  }
  const place = (name: string): number => {
    const at = groupOrder.indexOf(name);
    return at < 0 ? groupOrder.length : at;
  };
  return [...groups.entries()]
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
    .map(([name, versions]) => ({
      name,
      versions: [...versions.entries()]
        .sort(([a], [b]) => compareVersions(a, b))
        .map(([version, list]) => ({
          version,
          resources: list.toSorted((a, b) => (a.plural < b.plural ? -1 : 1)),
        })),
    }));
}
