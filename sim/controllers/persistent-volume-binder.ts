import type { Client } from "../api/client.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
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
        keys: (after, before) => (after !== undefined && before === undefined ? [AGAIN] : []),
      },
    ],
    indexes: [{ kind: "Pod", name: "claim", keys: { keys: claimsOf, part: ({ spec }) => spec } }],
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

/** The volumes of a claim that changed or went: the one it names, and for one that went those that name it. */
function volumesOfClaim(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): Key[] {
  const claim = (after ?? before) as PersistentVolumeClaim;
  const name = claim.spec?.volumeName ?? "";
  if (name !== "") return [name];
  if (after !== undefined) return [];
  const key = keyOf(claim);
  return [...client.list("PersistentVolume")]
    .filter((volume) => claimOf(volume) === key)
    .map(({ metadata }) => metadata.name);
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
  return undefined;
}
