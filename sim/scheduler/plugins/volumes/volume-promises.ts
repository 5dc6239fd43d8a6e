import { type Key, keyOf } from "../../../api/object.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../../api/types.gen.ts";
import type { PluginState } from "../../framework/plugin.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** Annotation of a claim: the node for which its volume is to be provisioned. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";

/** What was decided about the claims of a pod that wait for its node. */
export interface Promised {
  readonly pod: Pod;
  readonly node: string;
  /** Names of volumes, each with the claim that shall have it. */
  readonly matched: readonly (readonly [volume: string, claim: PersistentVolumeClaim])[];
  /** Keys of the claims whose volumes are to be provisioned. */
  readonly provisioned: readonly Key[];
}

/**
 * Volumes and places of claims between Reserve and the binding of the pod: nobody else gets them meanwhile (upstream's
 * assume caches). They hold while the pod is assumed, in the order in which they were made.
 */
export class VolumePromises implements PluginState {
  private promises = new Map<string, Promised>();
  /** Raised by every change. */
  version = 0;

  of({ metadata }: Pod): Promised | undefined {
    return this.promises.get(metadata.uid);
  }

  put(promised: Promised, snapshot: Snapshot): void {
    for (const [uid, { pod }] of this.promises)
      if (!snapshot.isAssumed(pod)) this.promises.delete(uid);
    this.promises.set(promised.pod.metadata.uid, promised);
    this.version++;
  }

  drop({ metadata }: Pod): void {
    if (this.promises.delete(metadata.uid)) this.version++;
  }

  /** All volumes, the promised ones as if their claims had been written into them. */
  volumes(snapshot: Snapshot): readonly PersistentVolume[] {
    const claims = new Map<string, PersistentVolumeClaim>();
    for (const { matched } of this.holding(snapshot))
      for (const [volume, claim] of matched) claims.set(volume, claim);
    const volumes = snapshot.objects.list("PersistentVolume");
    if (claims.size === 0) return volumes;
    return volumes.map((volume) => {
      const claim = claims.get(volume.metadata.name);
      if (claim === undefined || volume.spec.claimRef !== undefined) return volume;
      const { name, namespace = "", uid } = claim.metadata;
      return { ...volume, spec: { ...volume.spec, claimRef: { name, namespace, uid } } };
    });
  }

  /** The node for which the claim's volume is or will be provisioned. */
  selectedNode(claim: PersistentVolumeClaim, snapshot: Snapshot): string | undefined {
    const told = claim.metadata.annotations?.[SELECTED_NODE];
    if (told !== undefined) return told;
    const key = keyOf(claim);
    return this.holding(snapshot).find(({ provisioned }) => provisioned.includes(key))?.node;
  }

  private holding(snapshot: Snapshot): readonly Promised[] {
    return [...this.promises.values()].filter(({ pod }) => snapshot.isAssumed(pod));
  }

  save(): unknown {
    return [...this.promises];
  }

  load(saved: unknown): void {
    this.promises = new Map(saved as typeof this.promises);
    this.version++;
  }
}
