import type { Manifest } from "../../../api/object.ts";
import type {
  ContainerExtendedResourceRequest,
  Node,
  Pod,
  ResourceClaim,
} from "../../../api/types.gen.ts";
import { type Rejection, unresolvable } from "../../framework/status.ts";
import type { ClusterObjects } from "../../snapshot/objects.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import { amountOf } from "../../snapshot/resources.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { classBehind, deviceNames, extendedRequests } from "./extended-resources.ts";
import { type Wanted, wantedBy } from "./wishes.ts";

/** Marks a claim that the scheduler made for a pod's extended resources. */
const MARK = "resource.kubernetes.io/extended-resource-claim";
/** Name of such a claim until it is written: none that the API would take. */
export const IN_MEMORY = "<extended-resources>";

const STALE = unresolvable("cannot schedule extended resource claim");
const NO_SUCH_RESOURCE = unresolvable("cannot fit resource");

/** The pod for whose extended resources a claim was made. */
export function userOf({
  metadata,
}: ResourceClaim): { readonly name: string; readonly uid: string } | undefined {
  if (metadata.annotations?.[MARK] !== "true") return undefined;
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** Whether a claim was made for the extended resources of this pod. */
export function isExtendedClaimOf(pod: Pod, claim: ResourceClaim): boolean {
  return userOf(claim)?.uid === pod.metadata.uid;
}

const marked = new WeakMap<
  ClusterObjects,
  { readonly version: number; readonly byUser: ReadonlyMap<string, ResourceClaim> }
>();

/** The claim an earlier cycle made for the pod, as far as the snapshot shows it. */
export function extendedClaimOf(pod: Pod, { objects }: Snapshot): ResourceClaim | undefined {
  const version = objects.version("ResourceClaim");
  let known = marked.get(objects);
  if (known?.version !== version) {
    const byUser = new Map<string, ResourceClaim>();
    for (const claim of objects.list("ResourceClaim")) {
      const user = userOf(claim)?.uid;
      if (user !== undefined && !byUser.has(user)) byUser.set(user, claim);
    }
    known = { version, byUser };
    marked.set(objects, known);
  }
  return known.byUser.get(pod.metadata.uid);
}

/** The claim for a pod's extended resources as it is written; its name is generated. */
export function extendedManifest(
  { metadata }: Pod,
  spec: ResourceClaim["spec"],
): Manifest<ResourceClaim> {
  const { name, namespace, uid } = metadata;
  return {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaim",
    metadata: {
      generateName: `${name}-extended-resources-`,
      ...(namespace === undefined ? {} : { namespace }),
      annotations: { [MARK]: "true" },
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name, uid, controller: true }],
    },
    spec,
  };
}

/** The same before it is written. */
function inMemory(pod: Pod, spec: ResourceClaim["spec"]): ResourceClaim {
  const { metadata, ...rest } = extendedManifest(pod, spec);
  const unknown = { creationTimestamp: "", resourceVersion: "" };
  const uid = `${pod.metadata.uid}/extended-resources`;
  return {
    ...rest,
    kind: "ResourceClaim",
    metadata: { ...unknown, ...metadata, name: IN_MEMORY, uid },
  };
}

/** What devices must be found for on one node. */
export interface ExtendedShare {
  readonly claim: ResourceClaim;
  readonly wanted: readonly Wanted[];
  readonly mappings: readonly ContainerExtendedResourceRequest[];
}

/** The extended resources a pod asks for when a device class backs one of them at least (KEP-5004). */
export class ExtendedWish {
  private readonly pod: Pod;
  private readonly snapshot: Snapshot;
  private readonly names: readonly string[];
  /** An earlier cycle's claim: it is in the way until PostFilter has deleted it. */
  readonly stale: ResourceClaim | undefined;
  /** By the names that devices must be found for: nodes differ in nothing else. */
  private readonly shares = new Map<string, ExtendedShare | undefined>();

  private constructor(pod: Pod, snapshot: Snapshot, names: readonly string[]) {
    this.pod = pod;
    this.snapshot = snapshot;
    this.names = names;
    this.stale = extendedClaimOf(pod, snapshot);
  }

  /** `undefined` for a pod that asks for nothing that a class backs. */
  static of({ pod, traits }: PodInfo, snapshot: Snapshot): ExtendedWish | undefined {
    const names = deviceNames(traits, snapshot);
    const backed = names.some((name) => classBehind(name, snapshot) !== undefined);
    return backed ? new ExtendedWish(pod, snapshot, names) : undefined;
  }

  /** What devices must be found for on a node: what it does not offer itself; `undefined` where that is nothing. */
  on(node: Node): ExtendedShare | Rejection | undefined {
    if (this.stale !== undefined) return STALE;
    const offered = node.status?.allocatable ?? {};
    const wanted: string[] = [];
    for (const name of this.names) {
      const quantity = offered[name];
      const amount = quantity === undefined ? 0 : amountOf(name, quantity);
      if (amount === 0 && classBehind(name, this.snapshot) !== undefined) wanted.push(name);
      else if (quantity === undefined) return NO_SUCH_RESOURCE;
    }
    const key = wanted.join();
    if (!this.shares.has(key)) this.shares.set(key, this.share(wanted));
    return this.shares.get(key);
  }

  private share(names: readonly string[]): ExtendedShare | undefined {
    const { pod, snapshot } = this;
    const classOf = (name: string) => classBehind(name, snapshot);
    const { requests, mappings } = extendedRequests(pod, names, classOf);
    if (requests.length === 0) return undefined;
    const claim = inMemory(pod, { devices: { requests } });
    const wanted = wantedBy(claim, (name) => snapshot.objects.get("DeviceClass", name));
    return { claim, wanted, mappings };
  }
}
