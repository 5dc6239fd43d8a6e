import type { Client } from "../api/client.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../api/types.gen.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import { syncClaim } from "./persistent-volume-binder/claims.ts";
import { claimOf, syncVolume } from "./persistent-volume-binder/volumes.ts";
import { claimsOf } from "./protection.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";

/** `--pvclaimbinder-sync-period`: claims that found no volume look again at these instants, if there is a new one. */
const RESYNC: Micros = 15 * SECOND;
const AGAIN = "/resync";
const START = "start";
/** Index of volumes by the claim that they are bound to or reserved for. */
const BY_CLAIM = "claim-ref";

/** Binds claims and volumes to each other. Keys with a namespace are claims, those without are volumes. */
export function persistentVolumeBinder(): Controller {
  return {
    name: "persistentvolume-binder-controller",
    eventSource: "persistentvolume-controller",
    for: "PersistentVolumeClaim",
    watches: [
      { kind: "PersistentVolumeClaim", keys: volumesOfClaim },
      { kind: "PersistentVolume", keys: keysOfVolume },
      {
        kind: "StorageClass",
        // One that becomes the default is for the claims that ask for none.
        keys: (after, before) =>
          after !== undefined &&
          (before === undefined || after.metadata.annotations !== before.metadata.annotations)
            ? [AGAIN]
            : [],
      },
    ],
    indexes: [
      { kind: "Pod", name: "claim", keys: { keys: claimsOf, parts: Part.spec } },
      { kind: "PersistentVolume", name: BY_CLAIM, keys: claimKeys },
    ],
    workers: 1,
    reconcile(key, context) {
      const { client, memory, now } = context;
      if (!memory.has(START)) memory.set(START, now);
      if (key === AGAIN) return resync(context);
      if (key.includes("/")) {
        const claim = client.get("PersistentVolumeClaim", key);
        if (claim !== undefined) syncClaim(claim, context);
      } else {
        const volume = client.get("PersistentVolume", key);
        if (volume !== undefined) syncVolume(volume, context);
      }
      return undefined;
    },
  };
}

function claimKeys(object: KubeObject): readonly Key[] {
  const claim = claimOf(object as PersistentVolume);
  return claim === undefined ? [] : [claim];
}

/** The volume that a claim names, when it changed; those that name it, when it went. */
function volumesOfClaim(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): Key[] {
  const claim = (after ?? before) as PersistentVolumeClaim;
  const name = claim.spec?.volumeName ?? "";
  const keys = name === "" ? [] : [name];
  const known = [...client.indexed("PersistentVolume", BY_CLAIM, keyOf(claim))];
  if (after === undefined) keys.push(...known.map(({ metadata }) => metadata.name));
  // What else was meant for a claim that found its volume is seen to at the next resync.
  else if (name !== "" && known.some(({ metadata }) => metadata.name !== name)) keys.push(AGAIN);
  return keys;
}

function keysOfVolume(after: KubeObject | undefined, before: KubeObject | undefined): Key[] {
  const [volume, old] = [
    after as PersistentVolume | undefined,
    before as PersistentVolume | undefined,
  ];
  const claim = claimOf((volume ?? old) as PersistentVolume);
  const keys = claim === undefined ? [] : [claim];
  if (volume === undefined) return keys;
  keys.push(volume.metadata.name);
  if (volume.status?.phase === "Available" && old?.status?.phase !== "Available") keys.push(AGAIN);
  return keys;
}

function resync(context: ReconcileContext): { requeueAfter: Micros } | undefined {
  const { client, memory, now } = context;
  const start = memory.get(START) as Micros;
  const at = start + Math.ceil((now - start) / RESYNC) * RESYNC;
  if (now < at) return { requeueAfter: at - now };
  for (const claim of [...client.list("PersistentVolumeClaim")])
    if (claim.status?.phase !== "Bound") syncClaim(claim, context);
  for (const volume of [...client.list("PersistentVolume")])
    if (isMeantElsewhere(volume, client)) syncVolume(volume, context);
  return undefined;
}

/** Whether a volume is bound to a claim that is bound to another volume. */
function isMeantElsewhere(volume: PersistentVolume, client: Client): boolean {
  const key = claimOf(volume);
  const bound = (key && client.get("PersistentVolumeClaim", key)?.spec?.volumeName) ?? "";
  return bound !== "" && bound !== volume.metadata.name;
}
