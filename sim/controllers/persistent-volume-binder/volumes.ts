import type { Client } from "../../api/client.ts";
import { edit } from "../../api/edit.ts";
import { timestamp } from "../../api/meta/time.ts";
import { type Key, keyOf, makeKey } from "../../api/object.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import { hasEnded } from "../runtime/pods.ts";
import { sameMode } from "./match.ts";

/** Annotation of what this controller bound by itself. */
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";

/** Key of the claim that a volume is bound to or reserved for. */
export function claimOf({ spec }: PersistentVolume): Key | undefined {
  const reference = spec?.claimRef;
  return reference?.name === undefined ? undefined : makeKey(reference.namespace, reference.name);
}

/** Writes a volume's phase, if it is another; answers the volume as it is then. */
export function setPhase(
  client: Client,
  volume: PersistentVolume,
  phase: string,
  now: Micros,
  message?: string,
): PersistentVolume {
  if (volume.status?.phase === phase) return volume;
  const status = {
    phase,
    ...(message === undefined ? {} : { message }),
    lastPhaseTransitionTime: timestamp(now),
  };
  return client.updateStatus("PersistentVolume", { ...volume, status });
}

/** Brings a volume's phase in line with its claim, and reclaims it when the claim is gone (upstream `syncVolume`). */
export function syncVolume(volume: PersistentVolume, context: ReconcileContext): void {
  const { client, now } = context;
  const reference = volume.spec?.claimRef;
  const key = claimOf(volume);
  if (reference === undefined || key === undefined || (reference.uid ?? "") === "") {
    setPhase(client, volume, "Available", now);
    return;
  }
  const seen = client.get("PersistentVolumeClaim", key);
  // A claim that the cache lacks may be newer than it: only the API server knows that it is gone.
  const claim =
    seen?.metadata.uid === reference.uid ? seen : client.live("PersistentVolumeClaim", key);
  if (claim === undefined || claim.metadata.uid !== reference.uid) {
    release(volume, context);
    return;
  }
  const name = claim.spec?.volumeName ?? "";
  if (name === "") {
    // The claim's own sync binds it, unless it cannot.
    if (!sameMode(volume, claim)) tellMismatch(volume, claim, context);
  } else if (name === volume.metadata.name) setPhase(client, volume, "Bound", now);
  else if (isProvisioned(volume) && volume.spec?.persistentVolumeReclaimPolicy === "Delete")
    release(volume, context);
  else unbind(volume, context);
}

function tellMismatch(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
  { record }: ReconcileContext,
): void {
  const [of, to] = [volume, claim].map(({ metadata }) => JSON.stringify(metadata.name));
  record.event(
    volume,
    "Warning",
    "VolumeMismatch",
    `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${to} due to incompatible volumeMode.`,
  );
  record.event(
    claim,
    "Warning",
    "VolumeMismatch",
    `Cannot bind PersistentVolume ${of} to requested PersistentVolumeClaim due to incompatible volumeMode.`,
  );
}

function isProvisioned({ metadata }: PersistentVolume): boolean {
  return metadata.annotations?.[PROVISIONED_BY] !== undefined;
}

/** Takes back what binds a volume to a claim: all of it when the controller did it, the claim's identity when a user did. */
function unbind(volume: PersistentVolume, { client, now }: ReconcileContext): void {
  const next = edit(volume, ({ metadata, spec }) => {
    if (metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined) {
      if (spec.claimRef !== undefined) delete spec.claimRef.uid;
      return;
    }
    delete spec.claimRef;
    delete metadata.annotations[BOUND_BY_CONTROLLER];
    if (Object.keys(metadata.annotations).length === 0) delete metadata.annotations;
  });
  setPhase(client, client.update("PersistentVolume", next), "Available", now);
}

/** Marks a volume as released and does with it as its reclaim policy says. */
function release(volume: PersistentVolume, context: ReconcileContext): void {
  const { client, now } = context;
  const phase = volume.status?.phase;
  const released =
    phase === "Released" || phase === "Failed" ? volume : setPhase(client, volume, "Released", now);
  const policy = volume.spec?.persistentVolumeReclaimPolicy;
  if (policy === "Recycle") recycle(released, context);
  else if (policy === "Delete") remove(released, context);
}

/** Empties a volume for the next claim. The pod that would do it is not made: it takes no time here. */
function recycle(volume: PersistentVolume, context: ReconcileContext): void {
  const { client, record } = context;
  if (volume.spec?.hostPath === undefined && volume.spec?.nfs === undefined) {
    fail(volume, "VolumeFailedRecycle", "No recycler plugin found for the volume!", context);
    return;
  }
  const key = claimOf(volume) ?? "";
  const users: string[] = [];
  for (const pod of client.indexed("Pod", "claim", key)) if (!hasEnded(pod)) users.push(keyOf(pod));
  // A claim of that name is another one, which has another volume.
  if (users.length > 0 && client.get("PersistentVolumeClaim", key) === undefined) {
    const text = `Volume is used by pods: ${users.sort().join(",")}`;
    record.event(volume, "Normal", "VolumeFailedRecycle", text);
    return;
  }
  record.event(volume, "Normal", "VolumeRecycled", "Volume recycled");
  unbind(volume, context);
}

/** Deletes a volume that nobody provisioned: only directories under /tmp can be. Others are left to their provisioner. */
function remove(volume: PersistentVolume, context: ReconcileContext): void {
  const { metadata, spec } = volume;
  if (isProvisioned(volume) || metadata.deletionTimestamp !== undefined) return;
  const path = spec?.hostPath?.path;
  if (path === undefined) {
    const known = spec?.nfs !== undefined || spec?.csi !== undefined || spec?.local !== undefined;
    const why = known ? "no deletable volume plugin matched" : "no volume plugin matched";
    const text = `error getting deleter volume plugin for volume ${JSON.stringify(metadata.name)}: ${why}`;
    fail(volume, "VolumeFailedDelete", text, context);
  } else if (/\/tmp\/./.test(path)) context.client.delete("PersistentVolume", metadata.name);
  else {
    const text = `host_path deleter only supports /tmp/.+ but received provided ${path}`;
    fail(volume, "VolumeFailedDelete", text, context);
  }
}

function fail(
  volume: PersistentVolume,
  reason: string,
  text: string,
  { client, now, record }: ReconcileContext,
): void {
  if (volume.status?.phase === "Failed") return;
  record.event(setPhase(client, volume, "Failed", now, text), "Warning", reason, text);
}
