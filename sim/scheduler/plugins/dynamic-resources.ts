import { keyOf } from "../../api/object.ts";
import type { AllocationResult, Pod, ResourceClaim } from "../../api/types.gen.ts";
import { hinted } from "../framework/cluster-event.ts";
import { scaleToMaximum } from "../framework/normalize.ts";
import type { BindLater, Plugin, PluginFactory, PreFilterAnswer } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { allocatedClaim, isReservedFor, reservedBy } from "./dynamic-resources/allocated-claim.ts";
import { Allocating, claimsOf, isRejection, NOT_ENOUGH } from "./dynamic-resources/allocating.ts";
import { bindingState, withoutAllocation } from "./dynamic-resources/binding-conditions.ts";
import { deallocation } from "./dynamic-resources/deallocation.ts";
import { bindExtended, releaseExtended } from "./dynamic-resources/extended-binding.ts";
import { isExtendedClaimOf } from "./dynamic-resources/extended-claim.ts";
import { deviceNames } from "./dynamic-resources/extended-resources.ts";
import { PendingClaims } from "./dynamic-resources/pending-claims.ts";
import type { Wanted } from "./dynamic-resources/wishes.ts";

const NAME = "DynamicResources";
/** Alternatives a request may have; the earlier one is chosen, the more it scores. */
const MOST_ALTERNATIVES = 8;

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

/** Whether a pod asks for nothing of devices, at a glance. */
function asksNothing({ pod, traits }: PodInfo, snapshot: Snapshot): boolean {
  return (pod.spec.resourceClaims ?? []).length === 0 && deviceNames(traits, snapshot).length === 0;
}

function preFilter(allocating: Allocating, pod: PodInfo, snapshot: Snapshot): PreFilterAnswer {
  if (asksNothing(pod, snapshot)) return "skip";
  const situation = allocating.situation(pod, snapshot);
  if ("code" in situation) return { reject: situation };
  const { allocated, open, extended } = situation;
  return allocated.length + open.length === 0 && extended === undefined ? "skip" : undefined;
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
  // The claim of an earlier cycle was in the way.
  if (before !== undefined && after === undefined && isExtendedClaimOf(pod, before)) return true;
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
      if (asksNothing(pod, snapshot)) return undefined;
      pending.forgetSettled(snapshot);
      const situation = allocating.situation(pod, snapshot);
      if ("code" in situation) return situation;
      const node = snapshot.find(name);
      if (node === undefined) return undefined;
      if (situation.open.length === 0 && situation.extended === undefined) return undefined;
      const found = allocating.allocation(situation, node, snapshot);
      if (found === undefined) return NOT_ENOUGH;
      const { claims, results, share } = found;
      claims.forEach((claim, at) => {
        const allocated = allocatedClaim(claim, results[at] as AllocationResult);
        pending.put(pod.pod, allocated, claim === share?.claim ? share.mappings : undefined);
      });
      return undefined;
    },
    unreserve: (info, _node, snapshot, discard) => {
      if (asksNothing(info, snapshot)) return;
      const { pod } = info;
      for (const claim of claimsFor(pod, snapshot)) pending.drop(claim);
      const written = releaseExtended(pending, pod, snapshot);
      if (written !== undefined) discard(keyOf(written));
    },
    preBind: (info, _node, snapshot, writes) => {
      if (asksNothing(info, snapshot)) return undefined;
      const { pod } = info;
      let later: BindLater | undefined;
      for (const seen of claimsFor(pod, snapshot)) {
        const allocation = pending.decided(seen)?.status?.allocation;
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
      const extended = bindExtended(pending, pod, snapshot, writes);
      // One that failed is deleted when the pod gives up its place.
      const state = extended === undefined ? undefined : bindingState(extended);
      if (state !== undefined && "reasons" in state) return state;
      return later ?? state;
    },
  };
}

/**
 * Dynamic resource allocation with structured parameters: the devices of ResourceSlices are allocated to the
 * ResourceClaims of a pod on the node where it goes. Pods without claims pass.
 */
export const dynamicResources: PluginFactory = {
  name: NAME,
  create: (_, context) => {
    const allocating = new Allocating(PendingClaims.shared(context));
    return {
      name: NAME,
      wakesOn: [
        hinted("ResourceClaim", ["add", "update", "delete"], claimHelps),
        { resource: "ResourceSlice", actions: ["add", "update"] },
        { resource: "DeviceClass", actions: ["add", "update"] },
        { resource: "TargetPod", actions: ["update-claims"] },
        {
          resource: "Node",
          actions: ["add", "update-allocatable", "update-label", "update-taint"],
        },
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
        const situation = allocating.situation(pod, snapshot);
        const isOpen = !("code" in situation);
        const { allocated = [], open = [], extended } = isOpen ? situation : {};
        if (isOpen && allocated.length + open.length === 0 && extended === undefined)
          return { code: "Unschedulable", reasons: ["no new claims to deallocate"] };
        if (extended?.stale !== undefined) {
          const reasons = ["deletion of ResourceClaim completed"];
          return { code: "Unschedulable", reasons, deallocates: keyOf(extended.stale) };
        }
        return deallocation(allocated, context);
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
            const found = allocating.allocation(situation, node, snapshot);
            return found === undefined ? 0 : preference(situation.wanted, found.results);
          };
        },
      },
      ...bindingPoints(allocating),
      state: allocating.pending,
    };
  },
};
