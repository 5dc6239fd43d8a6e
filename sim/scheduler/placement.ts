import { type PossibleNode, slicesOfNode } from "../api/node-devices.ts";
import { type Key, type KubeObject, keyOf, makeKey } from "../api/object.ts";
import type { Store } from "../api/store.ts";
import type {
  AllocationResult,
  DeviceClass,
  Node,
  Pod,
  ResourceClaim,
  ResourceSlice,
} from "../api/types.gen.ts";
import { type DecideInput, decide, snapshotOf } from "./decide.ts";
import { allocatedClaim, reservedBy } from "./plugins/dynamic-resources/allocated-claim.ts";
import { Allocating } from "./plugins/dynamic-resources/allocating.ts";
import { withoutAllocation } from "./plugins/dynamic-resources/binding-conditions.ts";
import { userOf } from "./plugins/dynamic-resources/extended-claim.ts";
import { PendingClaims } from "./plugins/dynamic-resources/pending-claims.ts";
import { hasEnded } from "./snapshot/relevance.ts";

/** Where somebody thinks that pods are, and the one that has no place yet. */
interface Thought {
  readonly nodes: readonly PossibleNode[];
  readonly pods: readonly Pod[];
  readonly pending: Pod;
}

/**
 * What kube-scheduler's filters would say of pods and nodes as somebody thinks of them. Who moves a pod in thought moves
 * its claims: they are given back where it was, and allocated again where it is thought to be.
 */
export class Placements {
  readonly #store: Store;
  /** Claims of pods that were moved in thought: each is an object of its own, placed once after the same others. */
  readonly #moved = new WeakMap<Pod, readonly ResourceClaim[]>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Names of the nodes that the filters leave for a pod. */
  feasible(pending: Pod, nodes: readonly PossibleNode[], pods: readonly Pod[]): readonly string[] {
    const { nodes: records = {} } = this.#decide({ pending, nodes, pods });
    return nodes
      .map(({ metadata }) => metadata.name)
      .filter((name) => records[name]?.feasible === true);
  }

  /** What the filters say against a node. */
  reasons(pending: Pod, node: PossibleNode, pods: readonly Pod[]): readonly string[] {
    const { nodes = {}, preFilter, preEnqueue } = this.#decide({ pending, nodes: [node], pods });
    return nodes[node.metadata.name]?.reasons ?? (preFilter ?? preEnqueue)?.reasons ?? [];
  }

  #decide(thought: Thought): ReturnType<typeof decide> {
    const objects = this.#objects(thought);
    return decide(objects === undefined ? thought : { ...thought, objects });
  }

  /** Devices and claims as they would be; `undefined` where nobody has any. */
  #objects(thought: Thought): DecideInput["objects"] {
    const deviceclasses = this.#all<DeviceClass>("DeviceClass");
    if (deviceclasses.length === 0 && this.#store.count("ResourceClaim") === 0) return undefined;
    const coming = thought.nodes.flatMap(({ metadata, devices = [] }) =>
      slicesOfNode(metadata.name, devices),
    );
    const resourceslices = [...this.#all<ResourceSlice>("ResourceSlice"), ...coming];
    const claims = this.#claimsLeft(thought);
    for (const pod of thought.pods) {
      if (!this.#isMoved(pod)) continue;
      const resourceclaims = [...claims.values()];
      const taken =
        this.#moved.get(pod) ??
        this.#claimsOf(pod, thought.nodes, { resourceclaims, resourceslices, deviceclasses });
      this.#moved.set(pod, taken);
      for (const claim of taken) claims.set(keyOf(claim), claim);
    }
    return { resourceclaims: [...claims.values()], resourceslices, deviceclasses };
  }

  /** Whether a pod is thought to be elsewhere than it is. */
  #isMoved({ metadata, spec }: Pod): boolean {
    const real = this.#podAt(keyOf({ metadata }));
    return real?.metadata.uid === metadata.uid && nodeOf(real) !== (spec.nodeName ?? "");
  }

  #all<T extends KubeObject>(kind: T["kind"]): readonly T[] {
    const store = this.#store;
    return store.count(kind) === 0 ? [] : ([...store.objects(kind).values()] as unknown as T[]);
  }

  #podAt(key: Key): Pod | undefined {
    return this.#store.get("Pod", key) as Pod | undefined;
  }

  /** Claims without what moved pods hold of them: one that nobody else holds is free again. */
  #claimsLeft({ pending, pods }: Thought): Map<Key, ResourceClaim> {
    const places = new Map(pods.map(({ metadata, spec }) => [metadata.uid, spec.nodeName ?? ""]));
    const leaves = (namespace: string, name: string, uid: string): boolean => {
      if (uid === pending.metadata.uid) return true;
      const real = this.#podAt(makeKey(namespace, name));
      if (real === undefined || real.metadata.uid !== uid || hasEnded(real)) return false;
      return (places.get(uid) ?? "") !== nodeOf(real);
    };
    const left = new Map<Key, ResourceClaim>();
    for (const claim of this.#all<ResourceClaim>("ResourceClaim")) {
      const { namespace = "" } = claim.metadata;
      const user = userOf(claim);
      if (user !== undefined && leaves(namespace, user.name, user.uid)) continue;
      const holders = claim.status?.reservedFor ?? [];
      const reservedFor = holders.filter(
        ({ resource, name, uid }) => resource !== "pods" || !leaves(namespace, name, uid),
      );
      if (reservedFor.length === holders.length) left.set(keyOf(claim), claim);
      else if (reservedFor.length === 0) left.set(keyOf(claim), withoutAllocation(claim));
      else left.set(keyOf(claim), { ...claim, status: { ...claim.status, reservedFor } });
    }
    return left;
  }

  /** A moved pod's claims, with the devices it would get. */
  #claimsOf(
    pod: Pod,
    possible: readonly PossibleNode[],
    objects: NonNullable<DecideInput["objects"]>,
  ): readonly ResourceClaim[] {
    const name = pod.spec.nodeName ?? "";
    const node =
      possible.find(({ metadata }) => metadata.name === name) ??
      (this.#store.get("Node", name) as Node | undefined);
    if (node === undefined) return [];
    const snapshot = snapshotOf({ nodes: [node], objects });
    const allocating = new Allocating(new PendingClaims());
    const situation = allocating.situation(snapshot.reader.read(pod), snapshot);
    const index = snapshot.find(name);
    if ("code" in situation || index === undefined) return [];
    const found = allocating.allocation(situation, index, snapshot);
    const fresh = (found?.claims ?? []).map((claim, at) => {
      const { metadata, ...rest } = allocatedClaim(claim, found?.results[at] as AllocationResult);
      // The one for its extended resources has no name of its own until it is written.
      return claim === found?.share?.claim
        ? { ...rest, metadata: { ...metadata, name: `${pod.metadata.name}-extended-resources` } }
        : { ...rest, metadata };
    });
    return [...situation.allocated, ...fresh].map((claim) => reservedBy(pod, claim));
  }
}

function nodeOf({ spec }: Pod): string {
  return spec?.nodeName ?? "";
}
