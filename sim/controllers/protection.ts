import type { Client } from "../api/client.ts";
import { hasFinalizer, withFinalizer, withoutFinalizer } from "../api/meta/finalizers.ts";
import { type Key, type KubeObject, makeKey } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type { PersistentVolumeClaim, PersistentVolumeClaimStatus, Pod } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";
import { hasEnded } from "./runtime/pods.ts";

const NONE: readonly string[] = [];

/** Index of pods by the claims they use, as `namespace/claim`. */
const BY_CLAIM = "claim";

/** Lets claims go that are being deleted, once no pod uses them; others get the finalizer that holds them. */
export function claimProtection(): Controller {
  const finalizer = "kubernetes.io/pvc-protection";
  return {
    name: "persistentvolumeclaim-protection-controller",
    for: "PersistentVolumeClaim",
    concerns: (after) => isHeld(after, finalizer) || isBare(after, finalizer),
    watches: [
      { kind: "Pod", parts: Part.spec | Part.status | Part.deletion, keys: releasedClaims },
    ],
    indexes: [{ kind: "Pod", name: BY_CLAIM, keys: { keys: claimsOf, parts: Part.spec } }],
    reconcile(key, { client }) {
      const claim = client.get("PersistentVolumeClaim", key);
      if (claim === undefined) return;
      if (isBare(claim, finalizer))
        client.update("PersistentVolumeClaim", withFinalizer(claim, finalizer));
      if (!isHeld(claim, finalizer)) return;
      for (const pod of client.indexed("Pod", BY_CLAIM, key)) if (uses(pod, claim)) return;
      for (const pod of client.liveList("Pod", claim.metadata.namespace ?? ""))
        if (uses(pod, claim)) return;
      client.update("PersistentVolumeClaim", withoutFinalizer(claim, finalizer));
    },
  };
}

/** Lets volumes go that are being deleted, once no claim is bound to them; others get the finalizer that holds them. */
export function volumeProtection(): Controller {
  const finalizer = "kubernetes.io/pv-protection";
  return {
    name: "persistentvolume-protection-controller",
    for: "PersistentVolume",
    concerns: (after) => isHeld(after, finalizer) || isBare(after, finalizer),
    reconcile(key, { client }) {
      const volume = client.get("PersistentVolume", key);
      if (volume === undefined) return;
      if (isBare(volume, finalizer))
        client.update("PersistentVolume", withFinalizer(volume, finalizer));
      if (isHeld(volume, finalizer) && volume.status?.phase !== "Bound")
        client.update("PersistentVolume", withoutFinalizer(volume, finalizer));
    },
  };
}

/** Lets volume attribute classes go that are being deleted, once no claim or volume names them; others are held. */
export function attributesClassProtection(): Controller {
  const kind = "VolumeAttributesClass";
  const finalizer = "kubernetes.io/vac-protection";
  return {
    name: "volumeattributesclass-protection-controller",
    for: kind,
    concerns: (after) => isHeld(after, finalizer) || isBare(after, finalizer),
    watches: [
      { kind: "PersistentVolumeClaim", keys: (_after, before) => classesOf(before) },
      { kind: "PersistentVolume", keys: (_after, before) => classesOf(before) },
    ],
    reconcile(key, { client }) {
      const object = client.get(kind, key);
      if (object === undefined) return;
      if (isBare(object, finalizer)) client.update(kind, withFinalizer(object, finalizer));
      if (!isHeld(object, finalizer)) return;
      for (const claim of client.list("PersistentVolumeClaim"))
        if (classesOf(claim).includes(key)) return;
      for (const volume of client.list("PersistentVolume"))
        if (classesOf(volume).includes(key)) return;
      client.update(kind, withoutFinalizer(object, finalizer));
    },
  };
}

/** Neither being deleted nor held: what lost its finalizer, or was there before admission gave any. */
function isBare(object: KubeObject | undefined, finalizer: string): boolean {
  return (
    object !== undefined &&
    object.metadata.deletionTimestamp === undefined &&
    !hasFinalizer(object, finalizer)
  );
}

function isHeld(object: KubeObject | undefined, finalizer: string): boolean {
  return object?.metadata.deletionTimestamp !== undefined && hasFinalizer(object, finalizer);
}

function classesOf(object: KubeObject | undefined): string[] {
  const spec = object?.spec as { volumeAttributesClassName?: string } | undefined;
  const status = object?.status as PersistentVolumeClaimStatus | undefined;
  return [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined && name !== "") as string[];
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

/**
 * Whether a pod uses a claim: it was placed, and names it. One that has ended uses it still, until it is deleted; the
 * claim of an ephemeral volume is free as soon as its pod is shut down.
 */
function uses({ metadata, spec }: Pod, { metadata: claim }: PersistentVolumeClaim): boolean {
  if ((spec?.nodeName ?? "") === "" || metadata.namespace !== claim.namespace) return false;
  const isDown =
    metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
  const isOwn = claim.ownerReferences?.some(({ uid }) => uid === metadata.uid) ?? false;
  return (spec?.volumes ?? []).some(
    ({ name, persistentVolumeClaim, ephemeral }) =>
      persistentVolumeClaim?.claimName === claim.name ||
      (ephemeral !== undefined && !isDown && isOwn && claim.name === `${metadata.name}-${name}`),
  );
}

/** Claims that are waiting for a pod that went, ended, or was never placed. */
function releasedClaims(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): readonly Key[] {
  const claims = before === undefined ? NONE : claimsOf(before);
  if (claims.length === 0) return NONE;
  const pod = after as Pod | undefined;
  const busy =
    pod !== undefined &&
    (pod.spec?.nodeName ?? "") !== "" &&
    !hasEnded(pod) &&
    pod.metadata.deletionTimestamp === undefined;
  if (busy) return NONE;
  return claims.filter((key) =>
    isHeld(client.get("PersistentVolumeClaim", key), "kubernetes.io/pvc-protection"),
  );
}
