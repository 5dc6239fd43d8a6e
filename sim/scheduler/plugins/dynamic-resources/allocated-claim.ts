import { withFinalizer, withoutFinalizer } from "../../../api/meta/finalizers.ts";
import type { AllocationResult, Pod, ResourceClaim } from "../../../api/types.gen.ts";

/** Holds an allocated claim until its devices are given back. */
const FINALIZER = "resource.kubernetes.io/delete-protection";

/** Whether a pod is among those that use a claim. */
export function isReservedFor(pod: Pod, claim: ResourceClaim): boolean {
  return (claim.status?.reservedFor ?? []).some(({ uid }) => uid === pod.metadata.uid);
}

/** The claim as an allocation makes it: devices, and held against deletion. */
export function allocatedClaim(claim: ResourceClaim, allocation: AllocationResult): ResourceClaim {
  return { ...withFinalizer(claim, FINALIZER), status: { ...claim.status, allocation } };
}

/** The claim as a pod that uses it makes it. */
export function reservedBy(pod: Pod, claim: ResourceClaim): ResourceClaim {
  if (isReservedFor(pod, claim)) return claim;
  const { name, uid } = pod.metadata;
  const reservedFor = [...(claim.status?.reservedFor ?? []), { resource: "pods", name, uid }];
  return { ...claim, status: { ...claim.status, reservedFor } };
}

/** The claim as it may be deleted although its devices were not given back. */
export function withoutProtection(claim: ResourceClaim): ResourceClaim {
  return withoutFinalizer(claim, FINALIZER);
}
