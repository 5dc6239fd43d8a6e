import { keyOf, makeKey } from "../../../api/object.ts";
import type {
  AllocationResult,
  Node,
  Pod,
  ResourceClaim,
  ResourceSlice,
} from "../../../api/types.gen.ts";
import { nodeSelectorTest } from "../../framework/node-selector.ts";
import type { NodeFilter } from "../../framework/plugin.ts";
import { type Rejection, unresolvable } from "../../framework/status.ts";
import type { NodeIndex } from "../../snapshot/node-index.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { isReservedFor } from "./allocated-claim.ts";
import { allocate } from "./allocator.ts";
import { type ExtendedShare, ExtendedWish, extendedClaimOf } from "./extended-claim.ts";
import { classBehind, deviceNames } from "./extended-resources.ts";
import type { PendingClaims } from "./pending-claims.ts";
import { type Wanted, WishProblem, wantedBy } from "./wishes.ts";

/** Pods that may share a claim. */
const MOST_CONSUMERS = 256;

const NOT_HERE = unresolvable("resourceclaim not available on the node");
/** There are too few devices for the pod on a node. */
export const NOT_ENOUGH = unresolvable("cannot allocate all claims");
const INVALID_POOLS = unresolvable("invalid resource pools were encountered");

/** The claims of a pod, or why they cannot be had yet. */
export function claimsOf(pod: Pod, snapshot: Snapshot): readonly ResourceClaim[] | Rejection {
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

/** Whether an answer is a refusal. */
export function isRejection(answer: readonly ResourceClaim[] | Rejection): answer is Rejection {
  return "code" in answer;
}

/** What a pod's claims come to, worked out once per decision. */
interface Situation {
  readonly allocated: readonly ResourceClaim[];
  readonly open: readonly ResourceClaim[];
  readonly wanted: readonly Wanted[];
  /** What else it asks of devices, which depends on the node. */
  readonly extended: ExtendedWish | undefined;
}

/** Devices for a pod on a node: one result per claim. */
interface Found {
  readonly claims: readonly ResourceClaim[];
  readonly results: readonly AllocationResult[];
  readonly share: ExtendedShare | undefined;
}

/** Allocation of a pod's claims by devices that ResourceSlices offer. */
export class Allocating {
  readonly pending: PendingClaims;
  private slices:
    | { version: number; snapshot: Snapshot; list: readonly ResourceSlice[] }
    | undefined;
  private readonly names = new Map<string, number>();

  constructor(pending: PendingClaims) {
    this.pending = pending;
  }

  /** Pods of one template have claims of their own, and claims and devices change without any node changing. */
  version({ pod, traits }: PodInfo, snapshot: Snapshot): number {
    const { objects } = snapshot;
    const users = (pod.spec.resourceClaims ?? []).length > 0;
    const names = deviceNames(traits, snapshot);
    if (!users && names.length === 0) return 0;
    const classes = objects.version("DeviceClass");
    const backed = names.some((name) => classBehind(name, snapshot) !== undefined);
    if (!users && !backed) return classes;
    this.pending.forgetSettled(snapshot);
    const mine = JSON.stringify([
      users ? [pod.metadata.name, pod.status?.resourceClaimStatuses] : undefined,
      backed ? extendedClaimOf(pod, snapshot)?.metadata.uid : undefined,
    ]);
    let id = this.names.get(mine);
    if (id === undefined) {
      id = this.names.size + 1;
      this.names.set(mine, id);
    }
    const changes =
      objects.version("ResourceClaim") +
      objects.version("ResourceSlice") +
      classes +
      this.pending.version;
    return id * 1_000_000_000 + changes;
  }

  situation(info: PodInfo, snapshot: Snapshot): Situation | Rejection {
    const { pod } = info;
    const claims = claimsOf(pod, snapshot);
    if (isRejection(claims)) return claims;
    const allocated: ResourceClaim[] = [];
    const open: ResourceClaim[] = [];
    for (const claim of claims) {
      if (claim.status?.allocation !== undefined) {
        const full = (claim.status.reservedFor ?? []).length >= MOST_CONSUMERS;
        if (full && !isReservedFor(pod, claim)) return unresolvable("resourceclaim in use");
        allocated.push(claim);
      } else if (this.pending.of(claim, snapshot) !== undefined)
        return unresolvable(`resource claim ${keyOf(claim)} is in the process of being allocated`);
      else open.push(claim);
    }
    try {
      const classOf = (name: string) => snapshot.objects.get("DeviceClass", name);
      const wanted = open.flatMap((claim) => wantedBy(claim, classOf));
      return { allocated, open, wanted, extended: ExtendedWish.of(info, snapshot) };
    } catch (cause) {
      if (cause instanceof WishProblem) return unresolvable(cause.message);
      throw cause;
    }
  }

  /** A test that keeps the pod where its allocated claims are and the others can be allocated. */
  filter({ allocated, open, wanted, extended }: Situation, snapshot: Snapshot): NodeFilter {
    const places = allocated
      .map(({ status }) => status?.allocation?.nodeSelector)
      .filter((selector) => selector !== undefined)
      .map(nodeSelectorTest);
    const idle = open.length === 0 && extended === undefined;
    const inUse = idle ? [] : this.pending.devicesInUse(snapshot);
    const known = new Map<string, Rejection>();
    return (index) => {
      const node = snapshot.nodes[index];
      if (node === undefined) return NOT_HERE;
      const share = extended?.on(node);
      if (share !== undefined && "code" in share) return share;
      if (!places.every((test) => test(node))) return NOT_HERE;
      if (open.length === 0 && share === undefined) return undefined;
      try {
        const found = this.search(wanted, open, share, node, snapshot, inUse);
        if (found === "invalid") return INVALID_POOLS;
        return found === undefined ? NOT_ENOUGH : undefined;
      } catch (cause) {
        const text = (cause as Error).message;
        const refusal: Rejection = known.get(text) ?? { code: "Error", reasons: [text] };
        known.set(text, refusal);
        return refusal;
      }
    };
  }

  /** Devices on a node that passed the filter. */
  allocation(
    { open, wanted, extended }: Situation,
    index: NodeIndex,
    snapshot: Snapshot,
  ): Found | undefined {
    const node = snapshot.nodes[index];
    if (node === undefined) return undefined;
    const share = extended?.on(node);
    if (share !== undefined && "code" in share) return undefined;
    const inUse = this.pending.devicesInUse(snapshot);
    const found = this.search(wanted, open, share, node, snapshot, inUse);
    return found === "invalid" ? undefined : found;
  }

  private search(
    wanted: readonly Wanted[],
    open: readonly ResourceClaim[],
    share: ExtendedShare | undefined,
    node: Node,
    snapshot: Snapshot,
    inUse: ReturnType<PendingClaims["devicesInUse"]>,
  ): Found | "invalid" | undefined {
    const all = share === undefined ? wanted : [...wanted, ...share.wanted];
    const claims = share === undefined ? open : [...open, share.claim];
    const results = allocate(all, claims, node, this.slicesOf(snapshot), inUse);
    return typeof results === "object" ? { claims, results, share } : results;
  }

  private slicesOf(snapshot: Snapshot): readonly ResourceSlice[] {
    const version = snapshot.objects.version("ResourceSlice");
    if (this.slices?.version !== version || this.slices.snapshot !== snapshot)
      this.slices = { version, snapshot, list: snapshot.objects.list("ResourceSlice") };
    return this.slices.list;
  }
}
