import type { PersistentVolumeClaim, Pod, Volume } from "../../../api/types.gen.ts";
import type { ObjectKind } from "../../snapshot/objects.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** Name of the claim behind a volume; `undefined` when it is of another sort. */
export function claimName(pod: Pod, volume: Volume): string | undefined {
  if (volume.persistentVolumeClaim !== undefined) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral === undefined ? undefined : `${pod.metadata.name}-${volume.name}`;
}

/** Names of all claims of a pod, in the order of its volumes. */
export function claimNames(pod: Pod): readonly string[] {
  return (pod.spec.volumes ?? [])
    .map((volume) => claimName(pod, volume))
    .filter((name) => name !== undefined);
}

/** A claim in the pod's namespace. */
export function claimOf(
  snapshot: Snapshot,
  pod: Pod,
  name: string,
): PersistentVolumeClaim | undefined {
  return snapshot.objects.get("PersistentVolumeClaim", `${pod.metadata.namespace ?? ""}/${name}`);
}

/** The storage class a claim asks for, the old annotation first. */
export function claimClass(claim: PersistentVolumeClaim): string {
  return (
    claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ??
    claim.spec?.storageClassName ??
    ""
  );
}

const KINDS: readonly ObjectKind[] = [
  "PersistentVolume",
  "PersistentVolumeClaim",
  "StorageClass",
  "CSINode",
  "CSIDriver",
  "CSIStorageCapacity",
  "VolumeAttachment",
];

/** Version of everything the volume plugins read, for pods that have volumes. */
export function storageVersion({ traits }: PodInfo, { objects }: Snapshot): number {
  if (!traits.hasVolumes) return 0;
  let sum = 0;
  for (const kind of KINDS) sum += objects.version(kind);
  return sum;
}
