import { keyOf, makeKey } from "../../api/object.ts";
import type { AllocationResult, Pod, ResourceClaim, ResourceSlice } from "../../api/types.gen.ts";
import { hinted } from "../framework/cluster-event.ts";
import { nodeSelectorTest } from "../framework/node-selector.ts";
import { scaleToMaximum } from "../framework/normalize.ts";
import type {
  BindLater,
  NodeFilter,
  Plugin,
  PluginFactory,
  PreFilterAnswer,
} from "../framework/plugin.ts";
import { type Rejection, unresolvable } from "../framework/status.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { allocate } from "./dynamic-resources/allocator.ts";
import { bindingState, withoutAllocation } from "./dynamic-resources/binding-conditions.ts";
import { deallocation } from "./dynamic-resources/deallocation.ts";
import { PendingClaims } from "./dynamic-resources/pending-claims.ts";
import { type Wanted, WishProblem, wantedBy } from "./dynamic-resources/wishes.ts";

const NAME = "DynamicResources";
/** Holds an allocated claim until its devices are given back. */
const FINALIZER = "resource.kubernetes.io/delete-protection";
/** Pods that may share a claim. */
const MOST_CONSUMERS = 256;
/** Alternatives a request may have; the earlier one is chosen, the more it scores. */
const MOST_ALTERNATIVES = 8;

const NOT_HERE = unresolvable("resourceclaim not available on the node");
const NOT_ENOUGH = unresolvable("cannot allocate all claims");

/** The claims of a pod, or why they cannot be had yet. */
function claimsOf(pod: Pod, snapshot: Snapshot): readonly ResourceClaim[] | Rejection {
  const { namespace = "", name } = pod.metadata;
  const claims: ResourceClaim[] = [];
  for (const entry of pod.spec.resourceClaims ?? []) {
    const made = pod.status?.resourceClaimStatuses?.find((status) => status.name === entry.name);
    if (entry.resourceClaimName === undefined && made === undefined)
      return unresolvable(`pod "${namespace}/${name}": ResourceClaim not created yet`);
    const claimName = entry.resourceClaimName ?? made?.resourceClaimName;
    // The controller says that none is needed.
    if (claimName === undefined) continue;
    const claim = snapshot.objects.get("ResourceClaim", makeKey(namespace, claimName));
    if (claim === undefined)
      return unresolvable(`could not find ResourceClaim "${namespace}/${claimName}"`);
    if (claim.metadata.deletionTimestamp !== undefined)
      return unresolvable(`resourceclaim "${claimName}" is being deleted`);
    claims.push(claim);
  }
  return claims;
}

function isRejection(answer: readonly ResourceClaim[] | Rejection): answer is Rejection {
  return "code" in answer;
}

function isReservedFor(pod: Pod, claim: ResourceClaim): boolean {
  return (claim.status?.reservedFor ?? []).some(({ uid }) => uid === pod.metadata.uid);
}

/** What a pod's claims come to, worked out once per decision. */
interface Situation {
  readonly allocated: readonly ResourceClaim[];
  readonly open: readonly ResourceClaim[];
  readonly wanted: readonly Wanted[];
}

/** Allocation of a pod's claims by devices that ResourceSlices offer. */
class Allocating {
  readonly pending = new PendingClaims();
  private slices:
    | { version: number; snapshot: Snapshot; list: readonly ResourceSlice[] }
    | undefined;
  private readonly names = new Map<string, number>();

  /** Pods of one template have claims of their own, and claims and devices change without any node changing. */
  version({ pod }: PodInfo, { objects }: Snapshot): number {
    if ((pod.spec.resourceClaims ?? []).length === 0) return 0;
    const mine = JSON.stringify([pod.metadata.name, pod.status?.resourceClaimStatuses]);
    let id = this.names.get(mine);
    if (id === undefined) {
      id = this.names.size + 1;
      this.names.set(mine, id);
    }
    const changes =
      objects.version("ResourceClaim") +
      objects.version("ResourceSlice") +
      objects.version("DeviceClass") +
      this.pending.version;
    return id * 1_000_000_000 + changes;
  }

  situation({ pod }: PodInfo, snapshot: Snapshot): Situation | Rejection {
    const claims = claimsOf(pod, snapshot);
    if (isRejection(claims)) return claims;
    const allocated: ResourceClaim[] = [];
    const open: ResourceClaim[] = [];
    for (const claim of claims) {
      if (claim.status?.allocation !== undefined) {
        const full = (claim.status.reservedFor ?? []).length >= MOST_CONSUMERS;
        if (full && !isReservedFor(pod, claim)) return unresolvable("resourceclaim in use");
        allocated.push(claim);
      } else if (this.pending.of(claim) !== undefined)
        return unresolvable(`resource claim ${keyOf(claim)} is in the process of being allocated`);
      else open.push(claim);
    }
    try {
      const classOf = (name: string) => snapshot.objects.get("DeviceClass", name);
      return { allocated, open, wanted: open.flatMap((claim) => wantedBy(claim, classOf)) };
    } catch (cause) {
      if (cause instanceof WishProblem) return unresolvable(cause.message);
      throw cause;
    }
  }

  /** A test that keeps the pod where its allocated claims are and the others can be allocated. */
  filter({ allocated, open, wanted }: Situation, snapshot: Snapshot): NodeFilter {
    const places = allocated
      .map(({ status }) => status?.allocation?.nodeSelector)
      .filter((selector) => selector !== undefined)
      .map(nodeSelectorTest);
    const inUse = open.length === 0 ? [] : this.pending.devicesInUse(snapshot);
    const known = new Map<string, Rejection>();
    return (index) => {
      const node = snapshot.nodes[index];
      if (node === undefined) return NOT_HERE;
      if (!places.every((test) => test(node))) return NOT_HERE;
      if (open.length === 0) return undefined;
      try {
        const slices = this.slicesOf(snapshot);
        return allocate(wanted, open, node, slices, inUse) === undefined ? NOT_ENOUGH : undefined;
      } catch (cause) {
        const text = (cause as Error).message;
        const refusal: Rejection = known.get(text) ?? { code: "Error", reasons: [text] };
        known.set(text, refusal);
        return refusal;
      }
    };
  }

  allocation(
    { open, wanted }: Situation,
    index: NodeIndex,
    snapshot: Snapshot,
  ): readonly AllocationResult[] | undefined {
    const node = snapshot.nodes[index];
    if (node === undefined) return undefined;
    const inUse = this.pending.devicesInUse(snapshot);
    return allocate(wanted, open, node, this.slicesOf(snapshot), inUse);
  }

  private slicesOf(snapshot: Snapshot): readonly ResourceSlice[] {
    const version = snapshot.objects.version("ResourceSlice");
    if (this.slices?.version !== version || this.slices.snapshot !== snapshot)
      this.slices = { version, snapshot, list: snapshot.objects.list("ResourceSlice") };
    return this.slices.list;
  }
}

/** The claim as an allocation makes it: devices, and held against deletion. */
function allocatedClaim(claim: ResourceClaim, allocation: AllocationResult): ResourceClaim {
  const { finalizers = [] } = claim.metadata;
  const held = finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER];
  return {
    ...claim,
    metadata: { ...claim.metadata, finalizers: held },
    status: { ...claim.status, allocation },
  };
}

function reservedBy(pod: Pod, claim: ResourceClaim): ResourceClaim {
  if (isReservedFor(pod, claim)) return claim;
  const { name, uid } = pod.metadata;
  const reservedFor = [...(claim.status?.reservedFor ?? []), { resource: "pods", name, uid }];
  return { ...claim, status: { ...claim.status, reservedFor } };
}

/** How early the alternatives are that an allocation took. */
function preference(wanted: readonly Wanted[], results: readonly AllocationResult[]): number {
  const taken = new Set(
    results.flatMap(({ devices }) => (devices?.results ?? []).map(({ request }) => request)),
  );
  let score = 0;
  for (const { ways } of wanted) {
    if (ways.length === 1 && ways[0]?.name.includes("/") !== true) continue;
    const at = ways.findIndex(({ name }) => taken.has(name));
    if (at >= 0) score += MOST_ALTERNATIVES - at;
  }
  return score;
}

function preFilter(allocating: Allocating, pod: PodInfo, snapshot: Snapshot): PreFilterAnswer {
  if ((pod.pod.spec.resourceClaims ?? []).length === 0) return "skip";
  const situation = allocating.situation(pod, snapshot);
  if ("code" in situation) return { reject: situation };
  return situation.allocated.length + situation.open.length === 0 ? "skip" : undefined;
}

/** Hint: a claim of the pod came or has another status, or another one gave its devices back. */
function claimHelps(
  pod: Pod,
  before: ResourceClaim | undefined,
  after: ResourceClaim | undefined,
): boolean {
  const { name, namespace } = (after ?? before)?.metadata ?? {};
  const own =
    namespace === pod.metadata.namespace &&
    ((pod.spec.resourceClaims ?? []).some((each) => each.resourceClaimName === name) ||
      (pod.status?.resourceClaimStatuses ?? []).some((each) => each.resourceClaimName === name));
  if (own && (before === undefined || after === undefined)) return true;
  if (own && JSON.stringify(before?.status) !== JSON.stringify(after?.status)) return true;
  return before?.status?.allocation !== undefined && after?.status?.allocation === undefined;
}

/** Reserve, Unreserve and PreBind: devices are set aside, given back, and written into the claims' status. */
function bindingPoints(allocating: Allocating): Pick<Plugin, "reserve" | "unreserve" | "preBind"> {
  const { pending } = allocating;
  const claimsFor = (pod: Pod, snapshot: Snapshot): readonly ResourceClaim[] => {
    const claims = claimsOf(pod, snapshot);
    return isRejection(claims) ? [] : claims;
  };
  return {
    reserve: (pod, name, snapshot) => {
      if ((pod.pod.spec.resourceClaims ?? []).length === 0) return undefined;
      pending.forgetSettled(snapshot);
      const situation = allocating.situation(pod, snapshot);
      if ("code" in situation) return situation;
      const node = snapshot.find(name);
      if (situation.open.length === 0 || node === undefined) return undefined;
      const results = allocating.allocation(situation, node, snapshot);
      if (results === undefined) return NOT_ENOUGH;
      situation.open.forEach((claim, at) => {
        pending.put(allocatedClaim(claim, results[at] as AllocationResult));
      });
      return undefined;
    },
    unreserve: ({ pod }, _node, snapshot) => {
      for (const claim of claimsFor(pod, snapshot)) pending.drop(claim);
    },
    preBind: ({ pod }, _node, snapshot, writes) => {
      let later: BindLater | undefined;
      for (const seen of claimsFor(pod, snapshot)) {
        const allocation = pending.of(seen)?.status?.allocation;
        const settled = seen.status?.allocation !== undefined && isReservedFor(pod, seen);
        const claim = settled
          ? seen
          : writes.writeClaim(keyOf(seen), (stored) => {
              const whole =
                stored.status?.allocation !== undefined || allocation === undefined
                  ? stored
                  : allocatedClaim(stored, allocation);
              return reservedBy(pod, whole);
            });
        if (allocation !== undefined && !settled) pending.wrote(claim);
        const state = bindingState(claim);
        if (state !== undefined && "reasons" in state) {
          writes.writeClaim(keyOf(seen), withoutAllocation);
          return state;
        }
        later ??= state;
      }
      return later;
    },
  };
}

/**
 * Dynamic resource allocation with structured parameters: the devices of ResourceSlices are allocated to the
 * ResourceClaims of a pod on the node where it goes. Pods without claims pass.
 */
export const dynamicResources: PluginFactory = {
  name: NAME,
  create: () => {
    const allocating = new Allocating();
    return {
      name: NAME,
      wakesOn: [
        hinted("ResourceClaim", ["add", "update", "delete"], claimHelps),
        { resource: "ResourceSlice", actions: ["add", "update"] },
        { resource: "DeviceClass", actions: ["add", "update"] },
        { resource: "TargetPod", actions: ["update-claims"] },
        { resource: "Node", actions: ["add", "update-label", "update-taint"] },
      ],
      version: (pod, snapshot) => allocating.version(pod, snapshot),
      preEnqueue: (pod, snapshot) => {
        if ((pod.spec.resourceClaims ?? []).length === 0) return undefined;
        const claims = claimsOf(pod, snapshot);
        return isRejection(claims) ? claims : undefined;
      },
      preFilter: (pod, snapshot) => preFilter(allocating, pod, snapshot),
      filter: {
        dependsOn: "node",
        filter: (pod, snapshot) => {
          const situation = allocating.situation(pod, snapshot);
          if ("code" in situation) return () => situation;
          return allocating.filter(situation, snapshot);
        },
      },
      postFilter: (context) => {
        if (!context.preFiltered(NAME)) return { code: "Error", reasons: ["not found"] };
        const { pod, snapshot } = context;
        if ((pod.pod.spec.resourceClaims ?? []).length === 0)
          return { code: "Unschedulable", reasons: ["no new claims to deallocate"] };
        const situation = allocating.situation(pod, snapshot);
        return deallocation("code" in situation ? [] : situation.allocated, context);
      },
      score: {
        dependsOn: "node",
        normalize: scaleToMaximum,
        score: (pod, snapshot) => {
          if ((pod.pod.spec.resourceClaims ?? []).length === 0) return () => 0;
          const situation = allocating.situation(pod, snapshot);
          if ("code" in situation || situation.wanted.every(({ ways }) => ways.length < 2))
            return () => 0;
          return (node) => {
            const results = allocating.allocation(situation, node, snapshot);
            return results === undefined ? 0 : preference(situation.wanted, results);
          };
        },
      },
      ...bindingPoints(allocating),
      state: allocating.pending,
    };
  },
};
