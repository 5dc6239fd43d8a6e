import type { Client, ObjectOf } from "../api/client.ts";
import { type Key, type KubeObject, makeKey } from "../api/object.ts";
import type { PersistentVolume, Pod } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";
import { hasEnded } from "./runtime/pods.ts";

type Protected = "PersistentVolumeClaim" | "PersistentVolume" | "VolumeAttributesClass";

const NONE: readonly string[] = [];

/** Index of pods by the claims they use, as `namespace/claim`. */
const BY_CLAIM = "claim";

/** Lets claims go that are being deleted, once no pod uses them. */
export function claimProtection(): Controller {
  return {
    name: "persistentvolumeclaim-protection-controller",
    for: "PersistentVolumeClaim",
    concerns: (after) => isHeld(after, "kubernetes.io/pvc-protection"),
    watches: [{ kind: "Pod", keys: releasedClaims }],
    indexes: [{ kind: "Pod", name: BY_CLAIM, keys: { keys: claimsOf, part: ({ spec }) => spec } }],
    reconcile(key, { client }) {
      const finalizer = "kubernetes.io/pvc-protection";
      const claim = client.get("PersistentVolumeClaim", key);
      if (claim === undefined || !isHeld(claim, finalizer)) return;
      for (const pod of client.indexed("Pod", BY_CLAIM, key)) if (uses(pod)) return;
      for (const pod of client.liveList("Pod", claim.metadata.namespace ?? ""))
        if (claimsOf(pod).includes(key) && uses(pod)) return;
      letGo(client, "PersistentVolumeClaim", claim, finalizer);
    },
  };
}

/** Lets volumes go that are being deleted, once no claim is bound to them. */
export function volumeProtection(): Controller {
  return {
    name: "persistentvolume-protection-controller",
    for: "PersistentVolume",
    concerns: (after) => isHeld(after, "kubernetes.io/pv-protection"),
    reconcile(key, { client }) {
      const finalizer = "kubernetes.io/pv-protection";
      const volume = client.get("PersistentVolume", key);
      if (volume === undefined || !isHeld(volume, finalizer)) return;
      if (volume.status?.phase !== "Bound") letGo(client, "PersistentVolume", volume, finalizer);
    },
  };
}

/** Lets volume attribute classes go that are being deleted, once no claim or volume names them. */
export function attributesClassProtection(): Controller {
  const kind = "VolumeAttributesClass";
  return {
    name: "volumeattributesclass-protection-controller",
    for: kind,
    concerns: (after) => isHeld(after, "kubernetes.io/vac-protection"),
    watches: [
      { kind: "PersistentVolumeClaim", keys: (_after, before) => classesOf(before) },
      { kind: "PersistentVolume", keys: (_after, before) => classesOf(before) },
    ],
    reconcile(key, { client }) {
      const finalizer = "kubernetes.io/vac-protection";
      const object = client.get(kind, key);
      if (object === undefined || !isHeld(object, finalizer)) return;
      for (const claim of client.list("PersistentVolumeClaim"))
        if (classesOf(claim).includes(key)) return;
      for (const volume of client.list("PersistentVolume"))
        if (classesOf(volume).includes(key)) return;
      letGo(client, kind, object, finalizer);
    },
  };
}

function isHeld(object: KubeObject | undefined, finalizer: string): boolean {
  return (
    object?.metadata.deletionTimestamp !== undefined &&
    (object.metadata.finalizers?.includes(finalizer) ?? false)
  );
}

function classesOf(object: KubeObject | undefined): string[] {
  const spec = object?.spec as { volumeAttributesClassName?: string } | undefined;
  const status = object?.status as { currentVolumeAttributesClassName?: string } | undefined;
  return [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName].filter(
    (name) => name !== undefined && name !== "",
  ) as string[];
}

/** Claims that a pod uses, as keys; those of ephemeral volumes bear the pod's name. */
export function claimsOf(object: KubeObject): readonly string[] {
  const { metadata, spec } = object as Pod;
  if (spec?.volumes === undefined) return NONE;
  const keys: string[] = [];
  for (const { persistentVolumeClaim, ephemeral, name } of spec.volumes) {
    if (persistentVolumeClaim !== undefined)
      keys.push(makeKey(metadata.namespace, persistentVolumeClaim.claimName));
    else if (ephemeral !== undefined)
      keys.push(makeKey(metadata.namespace, `${metadata.name}-${name}`));
  }
  return keys;
}

/** A pod that was never placed does not use a claim, nor does one that has ended. */
function uses(pod: Pod): boolean {
  return (pod.spec?.nodeName ?? "") !== "" && !hasEnded(pod);
}

function releasedClaims(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): readonly Key[] {
  const claims = before === undefined ? NONE : claimsOf(before);
  if (claims.length === 0 || (after !== undefined && uses(after as Pod))) return NONE;
  return claims.filter((key) =>
    isHeld(client.get("PersistentVolumeClaim", key), "kubernetes.io/pvc-protection"),
  );
}

function letGo<K extends Protected>(
  client: Client,
  kind: K,
  object: ObjectOf<K>,
  finalizer: string,
): void {
  const { metadata } = object as PersistentVolume;
  const { finalizers = [], ...rest } = metadata;
  const kept = finalizers.filter((other) => other !== finalizer);
  client.update(kind, {
    ...object,
    metadata: kept.length === 0 ? rest : { ...rest, finalizers: kept },
  });
}
