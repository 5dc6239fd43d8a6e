import type { PersistentVolumeClaim, Pod } from "../../../api/types.gen.ts";
import { claimNames } from "../volumes/volume-claims.ts";

/** Whether a claim is one of the pod's. */
export function isClaimOf(
  pod: Pod,
  before: PersistentVolumeClaim | undefined,
  after: PersistentVolumeClaim | undefined,
): boolean {
  const claim = after ?? before;
  return (
    claim !== undefined &&
    claim.metadata.namespace === pod.metadata.namespace &&
    claimNames(pod).includes(claim.metadata.name)
  );
}
