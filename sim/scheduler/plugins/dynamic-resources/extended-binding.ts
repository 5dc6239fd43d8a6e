import { keyOf } from "../../../api/object.ts";
import type { Pod, ResourceClaim } from "../../../api/types.gen.ts";
import type { BindingWrites } from "../../framework/plugin.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { allocatedClaim, reservedBy } from "./allocated-claim.ts";
import { extendedClaimOf, extendedManifest, IN_MEMORY } from "./extended-claim.ts";
import type { PendingClaims } from "./pending-claims.ts";

/**
 * PreBind: writes the claim for the pod's extended resources (made, then allocated and reserved) and its name into the
 * pod's status. Answers the claim, also when that was done before; `undefined` for a pod without one.
 */
export function bindExtended(
  pending: PendingClaims,
  pod: Pod,
  snapshot: Snapshot,
  writes: BindingWrites,
): ResourceClaim | undefined {
  const mine = pending.extendedOf(pod);
  const allocation = mine?.claim.status?.allocation;
  if (mine === undefined || mine.written !== undefined || allocation === undefined)
    return extendedClaimOf(pod, snapshot) ?? mine?.claim;
  const made = writes.createClaim(extendedManifest(pod, mine.claim.spec));
  pending.made(pod, allocatedClaim(made, allocation));
  const claim = writes.writeClaim(keyOf(made), (stored) =>
    reservedBy(pod, allocatedClaim(stored, allocation)),
  );
  pending.wrote(claim);
  writes.tellClaim({
    resourceClaimName: claim.metadata.name,
    requestMappings: mine.mappings ?? [],
  });
  return claim;
}

/** Unreserve: forgets the claim for the pod's extended resources; answers the one that was written and must go. */
export function releaseExtended(
  pending: PendingClaims,
  pod: Pod,
  snapshot: Snapshot,
): ResourceClaim | undefined {
  const mine = pending.extendedOf(pod);
  if (mine === undefined) return extendedClaimOf(pod, snapshot);
  pending.drop(mine.claim);
  return mine.claim.metadata.name === IN_MEMORY ? undefined : mine.claim;
}
