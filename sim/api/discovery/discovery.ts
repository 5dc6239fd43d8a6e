import { healthChecks, healthEndpoints } from "./health.ts";
import type { ServedGroup, ServedResource } from "./served-resource.ts";
import { groupsOf, subresourceFacts } from "./served-resource.ts";

/** A JSON answer of a discovery door. */
export type DiscoveryAnswer = Readonly<Record<string, unknown>>;

/** `GET /version`: the reference version's own answer, since clients choose their behaviour by it; without its commit. */
export const VERSION_INFO = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: "v1.36.2",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "go1.26.10",
  compiler: "gc",
  platform: "linux/amd64",
} as const;

/** `GET /api`. `serverAddress` is the host and port that clients reach us by. */
export function apiVersions(serverAddress: string): DiscoveryAnswer {
  const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress }];
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs };
}

function groupBody({ name, versions }: ServedGroup): DiscoveryAnswer {
  const list = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

/** `GET /apis`. */
export function groupList(resources: readonly ServedResource[]): DiscoveryAnswer {
  const groups = groupsOf(resources).filter(({ name }) => name !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupBody) };
}

/** `GET /apis/GROUP`; undefined for a group that is not served. */
export function groupAnswer(
  resources: readonly ServedResource[],
  name: string,
): DiscoveryAnswer | undefined {
  const group = groupsOf(resources).find((one) => one.name === name && name !== "");
  return group === undefined
    ? undefined
    : { kind: "APIGroup", apiVersion: "v1", ...groupBody(group) };
}

/** `GET /api/v1` and `GET /apis/GROUP/VERSION`; undefined when they are not served. */
export function resourceList(
  resources: readonly ServedResource[],
  group: string,
  version: string,
): DiscoveryAnswer | undefined {
  const served = groupsOf(resources)
    .find(({ name }) => name === group)
    ?.versions.find((one) => one.version === version);
  if (served === undefined) return undefined;
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: group === "" ? version : `${group}/${version}`,
    resources: served.resources.flatMap(resourceRows),
  };
}

/** A resource and its doors as rows of an APIResourceList. */
function resourceRows(resource: ServedResource): readonly DiscoveryAnswer[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  const doors = resource.subresources.map((door) => {
    const { group, version, kind: answer, verbs: allowed } = subresourceFacts(resource, door);
    const foreign = version === "" ? {} : { group, version };
    const name = `${plural}/${door}`;
    return { name, singularName: "", namespaced, ...foreign, kind: answer, verbs: allowed };
  });
  return [own, ...doors];
}

/** `GET /api` (`core`) and `GET /apis` in the aggregated form of apidiscovery.k8s.io/v2. */
export function aggregatedDiscovery(
  resources: readonly ServedResource[],
  door: "core" | "groups",
): DiscoveryAnswer {
  const groups = groupsOf(resources).filter(({ name }) => (name === "") === (door === "core"));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === "" ? {} : { name },
      versions: versions.map(({ version, resources: list }) => ({
        version,
        resources: [
          ...list.filter(({ plural }) => !plural.includes("/")).map(aggregatedResource),
          ...parentsOf(list),
        ],
        freshness: "Current",
      })),
    })),
  };
}

/** Resources that stand behind another group's (`pods/queue`): doors of parents that do not exist here. */
function parentsOf(list: readonly ServedResource[]): readonly DiscoveryAnswer[] {
  const parents = new Map<string, DiscoveryAnswer[]>();
  const nowhere = { group: "", version: "" };
  for (const { plural, kind, verbs } of list) {
    const slash = plural.indexOf("/");
    if (slash < 0) continue;
    const doors = parents.get(plural.slice(0, slash)) ?? [];
    parents.set(plural.slice(0, slash), doors);
    doors.push({ subresource: plural.slice(slash + 1), responseKind: { ...nowhere, kind }, verbs });
  }
  return [...parents].map(([resource, subresources]) => ({
    resource,
    responseKind: { ...nowhere, kind: "" },
    scope: "Namespaced",
    singularResource: "",
    verbs: null,
    subresources,
  }));
}

function aggregatedResource(resource: ServedResource): DiscoveryAnswer {
  const { plural, singular, kind, verbs, shortNames, categories, namespaced } = resource;
  const home = resource.custom
    ? { group: resource.group, version: resource.version }
    : { group: "", version: "" };
  const subresources = resource.subresources.map((door) => {
    const facts = subresourceFacts(resource, door);
    const place = facts.version === "" ? home : { group: facts.group, version: facts.version };
    return {
      subresource: door,
      responseKind: { ...place, kind: facts.kind },
      verbs: facts.verbs,
    };
  });
  return {
    resource: plural,
    responseKind: { ...home, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

/** `GET /`: the paths that answer. */
export function rootPaths(resources: readonly ServedResource[], rbac: boolean): DiscoveryAnswer {
  const paths = groupsOf(resources).flatMap(({ name, versions }) => {
    const root = name === "" ? "/api" : `/apis/${name}`;
    return [root, ...versions.map(({ version }) => `${root}/${version}`)];
  });
  const health = healthEndpoints.flatMap((endpoint) => [
    `/${endpoint}`,
    ...healthChecks(endpoint, rbac).map((check) => `/${endpoint}/${check}`),
  ]);
  const others = ["/apis", "/apis/", "/openapi/v2", "/openapi/v3", "/openapi/v3/", "/version"];
  return { paths: [...paths, ...health, ...others].sort() };
}
