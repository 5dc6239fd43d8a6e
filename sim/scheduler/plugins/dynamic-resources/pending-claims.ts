import { type Key, keyOf } from "../../../api/object.ts";
import type { DeviceRequestAllocationResult, Pod, ResourceClaim } from "../../../api/types.gen.ts";
import type { PluginState } from "../../framework/plugin.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** An allocation that was decided and that the snapshot does not show yet. */
interface Pending {
  readonly key: Key;
  /** The claim as it will be. */
  readonly claim: ResourceClaim;
  /** Revision it was written with; absent until then. */
  readonly written: number | undefined;
}

/** Whether no other pod than this one has reserved an allocated claim. */
export function isUnused({ status }: ResourceClaim, { metadata }: Pod): boolean {
  return (
    status?.allocation !== undefined &&
    (status.reservedFor ?? []).every(({ uid }) => uid === metadata.uid)
  );
}

/** What an allocated claim takes away from others. */
function heldBy({ status }: ResourceClaim): readonly DeviceRequestAllocationResult[] {
  return (status?.allocation?.devices?.results ?? []).filter(
    ({ adminAccess }) => adminAccess !== true,
  );
}

/** Claims on their way from Reserve to the informer's cache. */
export class PendingClaims implements PluginState {
  private pending = new Map<string, Pending>();
  /** Raised by every change. */
  version = 0;

  /** The claim with the allocation it will have, while the snapshot does not know of it. */
  of(seen: ResourceClaim): ResourceClaim | undefined {
    const pending = this.pending.get(seen.metadata.uid ?? keyOf(seen));
    if (pending === undefined) return undefined;
    const revision = Number(seen.metadata.resourceVersion ?? 0);
    return pending.written === undefined || revision < pending.written ? pending.claim : undefined;
  }

  /** What is in use of devices: by claims that are allocated, and by those that will be. */
  devicesInUse(snapshot: Snapshot): readonly DeviceRequestAllocationResult[] {
    return snapshot.objects
      .list("ResourceClaim")
      .flatMap((claim) => heldBy(this.of(claim) ?? claim));
  }

  put(claim: ResourceClaim): void {
    const key = keyOf(claim);
    this.pending.set(claim.metadata.uid ?? key, { key, claim, written: undefined });
    this.version++;
  }

  /** The claim is written, with this revision. */
  wrote(claim: ResourceClaim): void {
    const written = Number(claim.metadata.resourceVersion ?? 0);
    this.pending.set(claim.metadata.uid ?? keyOf(claim), { key: keyOf(claim), claim, written });
    this.version++;
  }

  drop(claim: ResourceClaim): void {
    if (this.pending.delete(claim.metadata.uid ?? keyOf(claim))) this.version++;
  }

  /** Drops what the snapshot shows by now, and claims that are gone. */
  forgetSettled(snapshot: Snapshot): void {
    for (const [uid, { key }] of this.pending) {
      const seen = snapshot.objects.get("ResourceClaim", key);
      if (seen === undefined || this.of(seen) === undefined) this.pending.delete(uid);
    }
  }

  save(): unknown {
    return [...this.pending];
  }

  load(saved: unknown): void {
    this.pending = new Map(saved as typeof this.pending);
    this.version++;
  }
}
