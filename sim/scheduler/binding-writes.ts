import { conflict } from "../api/api-error.ts";
import type { ApiServer } from "../api/api-server.ts";
import { edit } from "../api/edit.ts";
import { type Key, keyOf, type Manifest } from "../api/object.ts";
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodExtendedResourceClaimStatus,
  ResourceClaim,
} from "../api/types.gen.ts";
import type { BindingWrites } from "./framework/plugin.ts";
import { SELECTED_NODE } from "./plugins/volumes/volume-promises.ts";

const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";

/** What PreBind plugins write for one pod, as the API has the objects now. */
export class PodWrites implements BindingWrites {
  readonly #api: ApiServer;
  readonly #pod: Pod;

  constructor(api: ApiServer, pod: Pod) {
    this.#api = api;
    this.#pod = pod;
  }

  annotate(annotations: Readonly<Record<string, string>>): void {
    const stored = this.#api.get<Pod>("Pod", keyOf(this.#pod));
    const { metadata } = stored;
    const all = { ...metadata.annotations, ...annotations };
    this.#api.replace<Pod>("Pod", { ...stored, metadata: { ...metadata, annotations: all } });
  }

  writeClaim(key: Key, change: (stored: ResourceClaim) => ResourceClaim): ResourceClaim {
    const stored = this.#api.get<ResourceClaim>("ResourceClaim", key);
    return this.#api.replace<ResourceClaim>("ResourceClaim", change(stored));
  }

  createClaim(claim: Manifest<ResourceClaim>): ResourceClaim {
    return this.#api.create<ResourceClaim>("ResourceClaim", claim);
  }

  tellClaim(extendedResourceClaimStatus: PodExtendedResourceClaimStatus): void {
    const key = keyOf(this.#pod);
    const { status } = this.#api.get<Pod>("Pod", key);
    this.#api.writeStatus<Pod>("Pod", key, { ...status, extendedResourceClaimStatus });
  }

  promiseVolume(volume: string, claim: PersistentVolumeClaim): void {
    const { name, namespace = "", uid, resourceVersion } = claim.metadata;
    const stored = this.#api.get<PersistentVolume>("PersistentVolume", volume);
    const { claimRef: taken } = stored.spec;
    if (taken !== undefined) {
      const own = taken.name === name && taken.namespace === namespace;
      if (own && (taken.uid ?? uid) === uid) return;
      throw conflict(this.#api.kinds.get("PersistentVolume"), volume);
    }
    const claimRef = {
      kind: "PersistentVolumeClaim",
      namespace,
      name,
      uid,
      apiVersion: "v1",
      resourceVersion,
    };
    const promised = edit(stored, (draft) => {
      draft.spec.claimRef = claimRef;
      draft.metadata.annotations = { ...draft.metadata.annotations, [BOUND_BY_CONTROLLER]: "yes" };
    });
    this.#api.update<PersistentVolume>("PersistentVolume", promised);
  }

  selectNode(claim: Key, node: string): void {
    const stored = this.#api.get<PersistentVolumeClaim>("PersistentVolumeClaim", claim);
    if (stored.metadata.annotations?.[SELECTED_NODE] !== undefined) return;
    const selected = edit(stored, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, [SELECTED_NODE]: node };
    });
    this.#api.update<PersistentVolumeClaim>("PersistentVolumeClaim", selected);
  }
}
