import { ApiError, isApiError } from "../../api/api-error.ts";
import type { ApiServer, DeleteOptions } from "../../api/api-server.ts";
import { evict } from "../../api/eviction.ts";
import type { KindDescriptor } from "../../api/kinds/descriptor.ts";
import { decodeObject } from "../../api/kinds/strategy.ts";
import { type Key, type KubeObject, type Manifest, makeKey } from "../../api/object.ts";
import { applyMergePatch } from "../../api/patch/merge-patch.ts";
import { applyStrategicMerge } from "../../api/patch/strategic-merge.ts";
import { strictDecodingError } from "../../api/schema/decode.ts";
import { nearest } from "../schema/distance.ts";
import { mergeApplied } from "./merge.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** A kind as the cluster serves it, with the name that the store knows it by. */
export interface ServedKind {
  readonly kind: string;
  readonly descriptor: KindDescriptor;
}

/** The API as a user at a terminal uses it: names of resources, namespaces by default, apply. */
export class ApiAccess {
  readonly api: ApiServer;

  constructor(api: ApiServer) {
    this.api = api;
  }

  /** The kind behind what a user types: `deploy`, `pods`, `Deployment`, `deployments.apps`. */
  resolve(word: string): ServedKind {
    const lower = word.toLowerCase();
    const known: string[] = [];
    for (const descriptor of this.api.kinds.all()) {
      const { plural, singular, shortNames, group, kind } = descriptor;
      const names = [
        plural,
        singular,
        kind.toLowerCase(),
        ...shortNames,
        ...(group === "" ? [] : [`${plural}.${group}`, `${singular}.${group}`]),
      ];
      if (names.includes(lower)) return { kind: this.api.kinds.nameOf(descriptor), descriptor };
      known.push(plural, singular);
    }
    const near = nearest(lower, known);
    throw new ApiError(
      404,
      "NotFound",
      `the server doesn't have a resource type "${word}"${near === undefined ? "" : `, did you mean "${near}"?`}`,
    );
  }

  /** The kind of a manifest, or `undefined` when nothing serves it. */
  find(apiVersion: string, kind: string): ServedKind | undefined {
    const slash = apiVersion.indexOf("/");
    const [group, version] =
      slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
    const descriptor = this.api.kinds.byKind(group, version, kind);
    return descriptor === undefined
      ? undefined
      : { kind: this.api.kinds.nameOf(descriptor), descriptor };
  }

  key({ descriptor }: ServedKind, name: string, namespace = "default"): Key {
    return descriptor.namespaced ? makeKey(namespace, name) : name;
  }

  get<T extends KubeObject>(kind: string, key: Key): T | undefined {
    return this.api.store.get(kind, key) as T | undefined;
  }

  *list<T extends KubeObject>(kind: string, namespace?: string): IterableIterator<T> {
    const objects = this.api.store.objects(kind);
    yield* (
      namespace === undefined ? objects.values() : objects.indexed("namespace", namespace)
    ) as Iterable<T>;
  }

  create(manifest: Manifest): KubeObject {
    const [served, placed] = this.#place(manifest);
    return this.api.create(served.kind, placed);
  }

  /** Creates what is not there, and merges into what is: what was applied before and is not wanted any more goes. */
  apply(manifest: Manifest): { object: KubeObject; what: "created" | "configured" | "unchanged" } {
    const [served, placed] = this.#place(manifest);
    const key = this.key(served, placed.metadata.name ?? "", placed.metadata.namespace);
    const before = placed.metadata.name === undefined ? undefined : this.get(served.kind, key);
    const applied = {
      ...placed,
      metadata: { ...placed.metadata, annotations: { ...placed.metadata.annotations } },
    };
    applied.metadata.annotations[LAST_APPLIED] = `${JSON.stringify(placed)}\n`;
    if (before === undefined)
      return { object: this.api.create(served.kind, applied), what: "created" };
    const last = before.metadata.annotations?.[LAST_APPLIED];
    const next = mergeApplied(
      before,
      applied,
      last === undefined ? undefined : JSON.parse(last),
    ) as KubeObject;
    const after = this.api.update(served.kind, {
      ...next,
      metadata: { ...next.metadata, resourceVersion: "" },
    });
    return { object: after, what: after === before ? "unchanged" : "configured" };
  }

  /** Lays a patch over an object: strategic where the kind has merge rules. `null` removes. */
  patch(served: ServedKind, key: Key, patch: unknown): KubeObject {
    const { type } = served.descriptor;
    return this.change<KubeObject>(served.kind, key, (before) => {
      const after =
        type === undefined
          ? applyMergePatch(before, patch)
          : applyStrategicMerge(type, before, patch);
      return decoded(served, after as Manifest) as KubeObject;
    });
  }

  /** Evicts a pod as its disruption budgets allow. Throws `ApiError` 429 when they do not. */
  evict(key: Key, gracePeriodSeconds?: number): void {
    evict(this.api, key, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
  }

  /** Writes a changed version of an object. */
  change<T extends KubeObject>(kind: string, key: Key, edit: (object: T) => T): T {
    return this.api.update<T>(kind, edit(this.api.get<T>(kind, key)));
  }

  delete(
    kind: string,
    key: Key,
    options: DeleteOptions = { propagationPolicy: "Background" },
  ): boolean {
    try {
      this.api.delete(kind, key, options);
      return true;
    } catch (error) {
      if (isApiError(error, "NotFound")) return false;
      throw error;
    }
  }

  #place(manifest: Manifest): readonly [ServedKind, Manifest] {
    const served = this.find(manifest.apiVersion, manifest.kind);
    if (served === undefined) {
      const near = nearest(
        manifest.kind,
        [...this.api.kinds.all()].map(({ kind }) => kind),
      );
      const hint = near === undefined || near === manifest.kind ? "" : `, did you mean ${near}?`;
      throw new ApiError(
        404,
        "NotFound",
        `no matches for kind "${manifest.kind}" in version "${manifest.apiVersion}"${hint}`,
      );
    }
    const { namespaced } = served.descriptor;
    const { namespace, ...metadata } = manifest.metadata;
    const where = namespaced ? { namespace: namespace ?? "default" } : {};
    return [served, decoded(served, { ...manifest, metadata: { ...metadata, ...where } })];
  }
}

/** Reads a manifest as the API server reads a body: Go's types, unknown fields refused, canonical quantities. */
function decoded({ descriptor }: ServedKind, manifest: Manifest): Manifest {
  const slash = manifest.apiVersion.indexOf("/");
  const served = { group: descriptor.group, version: manifest.apiVersion.slice(slash + 1) };
  const { object, strictErrors } = decodeObject(descriptor, served, manifest);
  if (strictErrors.length > 0)
    throw strictDecodingError({ kind: descriptor.kind, version: served.version }, strictErrors);
  return object;
}
