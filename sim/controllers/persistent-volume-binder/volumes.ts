import type { Client } from "../../api/client.ts";
import { timestamp } from "../../api/meta/time.ts";
import { type Key, makeKey } from "../../api/object.ts";
import type { PersistentVolume } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import type { ReconcileContext } from "../runtime/controller.ts";

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
  if (claim?.metadata.uid !== reference.uid) release(volume, context);
  else if (claim?.spec?.volumeName === volume.metadata.name) setPhase(client, volume, "Bound", now);
}

function release(volume: PersistentVolume, { client, now, record }: ReconcileContext): void {
  const { name, annotations } = volume.metadata;
  const phase = volume.status?.phase;
  const released =
    phase === "Released" || phase === "Failed" ? volume : setPhase(client, volume, "Released", now);
  const policy = volume.spec?.persistentVolumeReclaimPolicy;
  if (policy !== "Delete" || phase === "Failed" || annotations?.[PROVISIONED_BY] !== undefined)
    return;
  // What nobody provisioned nobody can delete.
  const text = `error getting deleter volume plugin for volume ${JSON.stringify(name)}: no deletable volume plugin matched`;
  setPhase(client, released, "Failed", now, text);
  record.event(released, "Warning", "VolumeFailedDelete", text);
}
