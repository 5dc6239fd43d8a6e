import { type Key, keyOf } from "../../../api/object.ts";
import type {
  ContainerExtendedResourceRequest,
  DeviceRequestAllocationResult,
  Pod,
  ResourceClaim,
} from "../../../api/types.gen.ts";
import type { PluginContext, PluginState } from "../../framework/plugin.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** Of a claim for extended resources: which container uses what of them. */
type Mappings = readonly ContainerExtendedResourceRequest[];

/** An allocation that was decided and that the snapshot does not show yet. */
interface Pending {
  readonly key: Key;
  /** The pod for which it was decided: as long as it is not written, it is there while the pod is assumed. */
  readonly pod: Pod;
  /** The claim as it will be. */
  readonly claim: ResourceClaim;
  /** Revision it was written with; absent until then. */
  readonly written: number | undefined;
  /** Set of a claim that begins in memory: no snapshot shows it until it is written. */
  readonly mappings?: Mappings;
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

function idOf(claim: ResourceClaim): string {
  return claim.metadata.uid ?? keyOf(claim);
}

/**
 * Whether no snapshot has shown a claim yet that is there all the same: one in memory is there while its pod is
 * assumed, one that is written from then on.
 */
function isUnseen({ mappings, pod, key, written }: Pending, snapshot: Snapshot): boolean {
  if (mappings === undefined) return false;
  return written === undefined
    ? snapshot.isAssumed(pod)
    : snapshot.objects.versionOf("ResourceClaim", key) === 0;
}

/** Claims on their way from Reserve to the informer's cache. */
export class PendingClaims implements PluginState {
  private pending = new Map<string, Pending>();
  private snapshot: Snapshot | undefined;
  /** Raised by every change. */
  version = 0;

  /** The claims that the plugins of one profile know to be on their way. */
  static shared({ shared }: PluginContext): PendingClaims {
    return shared("claims", () => new PendingClaims());
  }

  /** The claim with the allocation it will have, while the snapshot does not know of it. */
  of(seen: ResourceClaim, snapshot: Snapshot): ResourceClaim | undefined {
    const pending = this.pending.get(idOf(seen));
    return pending?.written !== undefined || (pending && snapshot.isAssumed(pending.pod))
      ? this.decided(seen)
      : undefined;
  }

  /** The claim as it was decided for a pod that may have lost its place meanwhile. */
  decided(seen: ResourceClaim): ResourceClaim | undefined {
    const pending = this.pending.get(idOf(seen));
    if (pending === undefined) return undefined;
    const revision = Number(seen.metadata.resourceVersion ?? 0);
    return pending.written === undefined || revision < pending.written ? pending.claim : undefined;
  }

  /** The claim on its way for the extended resources of a pod: that of the last try. */
  extendedOf({ metadata }: Pod): Pending | undefined {
    let last: Pending | undefined;
    for (const each of this.pending.values())
      if (each.mappings !== undefined && each.pod.metadata.uid === metadata.uid) last = each;
    return last;
  }

  /** What is in use of devices: by claims that are allocated, and by those that will be. */
  devicesInUse(snapshot: Snapshot): readonly DeviceRequestAllocationResult[] {
    const inUse = snapshot.objects
      .list("ResourceClaim")
      .flatMap((claim) => heldBy(this.of(claim, snapshot) ?? claim));
    for (const each of this.pending.values())
      if (isUnseen(each, snapshot)) inUse.push(...heldBy(each.claim));
    return inUse;
  }

  put(pod: Pod, claim: ResourceClaim, mappings?: Mappings): void {
    const key = keyOf(claim);
    const own = mappings === undefined ? {} : { mappings };
    this.pending.set(idOf(claim), { key, pod, claim, written: undefined, ...own });
    this.version++;
  }

  /** The claim for a pod's extended resources got a name; it is not allocated yet. */
  made(pod: Pod, claim: ResourceClaim): void {
    const before = this.extendedOf(pod);
    if (before === undefined) return;
    this.drop(before.claim);
    this.put(pod, claim, before.mappings);
  }

  /** The claim is written, with this revision. */
  wrote(claim: ResourceClaim): void {
    const written = Number(claim.metadata.resourceVersion ?? 0);
    const before = this.pending.get(idOf(claim));
    if (before === undefined) return;
    this.pending.set(idOf(claim), { ...before, claim, written });
    this.version++;
  }

  drop(claim: ResourceClaim): void {
    if (this.pending.delete(idOf(claim))) this.version++;
  }

  /** Drops what the snapshot shows by now, and claims that are gone. */
  forgetSettled(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    for (const [id, each] of this.pending)
      if (this.isSettled(each, snapshot)) {
        this.pending.delete(id);
        // Nobody else tells that what was in memory alone is no more.
        if (each.mappings !== undefined) this.version++;
      }
  }

  private isSettled(pending: Pending, snapshot: Snapshot): boolean {
    if (isUnseen(pending, snapshot)) return false;
    const seen = snapshot.objects.get("ResourceClaim", pending.key);
    return seen === undefined || this.of(seen, snapshot) === undefined;
  }

  save(): unknown {
    const { snapshot } = this;
    // What a snapshot had seen before the checkpoint, the one after it does not remember.
    return [...this.pending].filter(
      ([, each]) => snapshot === undefined || !this.isSettled(each, snapshot),
    );
  }

  load(saved: unknown): void {
    this.pending = new Map(saved as typeof this.pending);
    this.version++;
  }
}
