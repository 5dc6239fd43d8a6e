import type { ApiServer } from "../api-server.ts";
import {
  aggregatedDiscovery,
  apiVersions,
  groupAnswer,
  groupList,
  resourceList,
  rootPaths,
  VERSION_INFO,
} from "../discovery/discovery.ts";
import { type HealthEndpoint, healthText } from "../discovery/health.ts";
import { openApiIndex, openApiV2, openApiV3, type Schema } from "../discovery/open-api.ts";
import {
  OPEN_API_V2_ANSWER,
  OPEN_API_V2_PROTOBUF,
  openApiV2Bytes,
} from "../discovery/open-api-bytes.ts";
import {
  builtInResources,
  customResources,
  type ServedResource,
} from "../discovery/served-resource.ts";
import { kindDescriptors, unstoredKinds } from "../kinds/registry.ts";
import { servedDefinitions } from "../served-definitions.ts";
import type { Answer } from "./context.ts";
import type { Query } from "./request.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** What discovery depends on beside the store. */
export interface DiscoveryOptions {
  /** Host and port that clients reach us by. */
  readonly address: string;
  /** Whether metrics.k8s.io is served. */
  readonly metrics: boolean;
  /** What a metrics adapter serves; OpenAPI does not describe it. */
  readonly adapter: readonly ServedResource[];
  /** Whether roles are enforced. */
  readonly roles: boolean;
}

/** Everything outside resources: discovery, OpenAPI, health, version. */
export class Discoverer {
  readonly #api: ApiServer;
  readonly #options: DiscoveryOptions;
  #resources: readonly ServedResource[] | undefined;
  readonly #documents = new Map<string, unknown>();

  constructor(api: ApiServer, options: DiscoveryOptions) {
    this.#api = api;
    this.#options = options;
    api.store.onCommit(({ kind }) => {
      if (kind === "CustomResourceDefinition") this.forget();
    });
    api.store.onLoad(() => this.forget());
  }

  /** Computes everything anew: the definitions changed. */
  forget(): void {
    this.#resources = undefined;
    this.#documents.clear();
  }

  /** Resources of all served versions. */
  resources(): readonly ServedResource[] {
    const own = this.#own();
    return this.#options.adapter.length === 0 ? own : [...own, ...this.#options.adapter];
  }

  /** Those of this server itself. */
  #own(): readonly ServedResource[] {
    if (this.#resources === undefined) {
      const custom = servedDefinitions(this.#api).flatMap(customResources);
      const unstored = unstoredKinds.filter(
        ({ group }) => this.#options.metrics || group !== "metrics.k8s.io",
      );
      this.#resources = [...builtInResources([...kindDescriptors, ...unstored]), ...custom];
    }
    return this.#resources;
  }

  /** The answer to a path outside resources; undefined when nothing is there. */
  answer(
    segments: readonly string[],
    accept: string | undefined,
    query: Query,
  ): Answer | undefined {
    const [first = "", second, third, ...rest] = segments;
    switch (first) {
      case "":
        return second === undefined
          ? json(rootPaths(this.resources(), this.#options.roles))
          : undefined;
      case "version":
        return {
          code: 200,
          body: `${JSON.stringify(VERSION_INFO, undefined, 2)}`,
          contentType: "application/json",
        };
      case "healthz":
      case "livez":
      case "readyz":
        return this.#health(first, segments.slice(1).join("/"), query);
      case "openapi":
        if (second === "v2") return this.#openApiV2(accept);
        return this.#openApi(second, third === undefined ? "" : [third, ...rest].join("/"));
      case "api":
      case "apis":
        return this.#groups(segments, accept);
      default:
        return undefined;
    }
  }

  #health(endpoint: HealthEndpoint, check: string, query: Query): Answer | undefined {
    const verbose = query.has("verbose");
    const exclude = query.get("exclude") ?? [];
    const body = healthText({ endpoint, check, verbose, exclude, rbac: this.#options.roles });
    const contentType = "text/plain; charset=utf-8";
    return body === undefined ? undefined : { code: 200, body, contentType };
  }

  #groups(segments: readonly string[], accept: string | undefined): Answer | undefined {
    const [first, second, third, ...rest] = segments;
    const aggregated = accept?.replaceAll(" ", "").includes("as=APIGroupDiscoveryList") === true;
    if (second === undefined || second === "") {
      const core = first === "api";
      if (aggregated) {
        const body = this.#once(`aggregated/${first}`, () =>
          aggregatedDiscovery(this.resources(), core ? "core" : "groups"),
        );
        return { code: 200, body, contentType: AGGREGATED };
      }
      return json(core ? apiVersions(this.#options.address) : groupList(this.resources()));
    }
    if (rest.length > 0) return undefined;
    if (first === "api") return third === undefined ? json(this.#list("", second)) : undefined;
    if (third === undefined || third === "") return json(groupAnswer(this.resources(), second));
    return json(this.#list(second, third));
  }

  #list(group: string, version: string): unknown {
    return this.#once(`list/${group}/${version}`, () =>
      resourceList(this.resources(), group, version),
    );
  }

  /** Version 2 in the form that is asked for: kubectl reads it in protobuf alone. */
  #openApiV2(accept: string | undefined): Answer | undefined {
    const document = () => this.#once("openapi/v2", () => openApiV2(this.#own()));
    const binary = [OPEN_API_V2_PROTOBUF, OPEN_API_V2_ANSWER].some((type) =>
      accept?.includes(type),
    );
    if (!binary) return json(document());
    const body = this.#once("openapi/v2/protobuf", () => openApiV2Bytes(document() as Schema));
    return { code: 200, body, contentType: OPEN_API_V2_ANSWER };
  }

  #openApi(version: string | undefined, root: string): Answer | undefined {
    if (version !== "v3") return undefined;
    const hash = String(this.#own().length).padStart(8, "0");
    if (root === "") return json(openApiIndex(this.#own(), hash));
    return json(this.#once(`openapi/${root}`, () => openApiV3(this.#own(), root)));
  }

  #once(name: string, make: () => unknown): unknown {
    const known = this.#documents.get(name);
    if (known !== undefined) return known;
    const made = make();
    if (made !== undefined) this.#documents.set(name, made);
    return made;
  }
}

function json(body: unknown): Answer | undefined {
  return body === undefined ? undefined : { code: 200, body };
}
