import type { Client } from "../api/client.ts";
import { formatQuantity, parseQuantity } from "../api/meta/quantity.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import type {
  ObjectMeta,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from "../api/types.gen.ts";
import { type Micros, parseSpan, SECOND } from "../engine/time.ts";
import { className } from "./persistent-volume-binder/match.ts";
import { claimOf } from "./persistent-volume-binder/volumes.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";

/** Annotation of a StorageClass: how long its storage takes to make, grow or delete a volume. */
const DELAY = "ksim.dev/provisioning-delay";
const DEFAULT_DELAY: Micros = 2 * SECOND;
const PROVISIONER = "volume.kubernetes.io/storage-provisioner";
const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
const SELECTED_NODE = "volume.kubernetes.io/selected-node";

/**
 * Stands for the external provisioners of all StorageClasses: makes a volume for a claim that was left to one, and
 * deletes released volumes that it made. Keys with a namespace are claims, those without are volumes.
 */
export function volumeProvisioner(): Controller {
  return {
    name: "volume-provisioner",
    eventSource: "external-provisioner",
    for: "PersistentVolumeClaim",
    concerns: (after) => after !== undefined && isAsked(after as PersistentVolumeClaim),
    watches: [
      {
        kind: "PersistentVolume",
        keys: (after) =>
          after !== undefined && isAbandoned(after as PersistentVolume) ? [keyOf(after)] : [],
      },
    ],
    reads: ["StorageClass", "Node"],
    observe(kind, after, before, memory) {
      const gone = after === undefined ? before : undefined;
      if (gone !== undefined && (kind === "PersistentVolume" || kind === "PersistentVolumeClaim"))
        memory.delete(keyOf(gone));
    },
    reconcile: (key, context) =>
      key.includes("/") ? provision(key, context) : reclaim(key, context),
  };
}

function isAsked(claim: PersistentVolumeClaim): boolean {
  return (
    (claim.spec?.volumeName ?? "") === "" &&
    claim.metadata.annotations?.[PROVISIONER] !== undefined &&
    claim.metadata.deletionTimestamp === undefined
  );
}

function isAbandoned({ metadata, spec, status }: PersistentVolume): boolean {
  return (
    status?.phase === "Released" &&
    spec?.persistentVolumeReclaimPolicy === "Delete" &&
    metadata.annotations?.[PROVISIONED_BY] !== undefined &&
    metadata.deletionTimestamp === undefined
  );
}

/** Time left until what began when a key was first seen is done; 0 when it is. */
function remaining(
  key: Key,
  storageClass: StorageClass | undefined,
  context: ReconcileContext,
): Micros {
  const { memory, now } = context;
  const since = (memory.get(key) as Micros | undefined) ?? now;
  memory.set(key, since);
  return Math.max(0, since + storageDelay(storageClass) - now);
}

/** Storage tells its size in bytes, which are written in powers of two. */
export function inBytes(size: string): string {
  const parsed = parseQuantity(size);
  return parsed === undefined ? size : formatQuantity({ ...parsed, format: "BinarySI" });
}

/** How long the storage of a class takes to change something. */
export function storageDelay(storageClass: StorageClass | undefined): Micros {
  return parseSpan(storageClass?.metadata.annotations?.[DELAY] ?? "") ?? DEFAULT_DELAY;
}

function provision(key: Key, context: ReconcileContext): { requeueAfter: Micros } | undefined {
  const { client, memory, record } = context;
  const claim = client.get("PersistentVolumeClaim", key);
  if (claim === undefined || !isAsked(claim)) {
    memory.delete(key);
    return undefined;
  }
  const storageClass = client.get("StorageClass", className(claim));
  if (storageClass === undefined) return undefined;
  const name = `pvc-${claim.metadata.uid}`;
  if (client.live("PersistentVolume", name) !== undefined) return undefined;
  if (!memory.has(key)) {
    const text = `External provisioner is provisioning volume for claim ${JSON.stringify(key)}`;
    record.event(claim, "Normal", "Provisioning", text);
  }
  const left = remaining(key, storageClass, context);
  if (left > 0) return { requeueAfter: left };
  createVolume(client, name, claim, storageClass);
  record.event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${name}`);
  memory.delete(key);
  return undefined;
}

function createVolume(
  client: Client,
  name: string,
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
): void {
  const { provisioner, reclaimPolicy, mountOptions } = storageClass;
  const storage = inBytes(claim.spec?.resources?.requests?.["storage"] ?? "0");
  const { uid, namespace, resourceVersion } = claim.metadata;
  const metadata: Partial<ObjectMeta> = { name, annotations: { [PROVISIONED_BY]: provisioner } };
  client.create("PersistentVolume", {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata,
    spec: {
      capacity: { storage },
      csi: { driver: driverOf(provisioner), volumeHandle: name },
      accessModes: claim.spec?.accessModes ?? [],
      claimRef: {
        kind: "PersistentVolumeClaim",
        ...(namespace === undefined ? {} : { namespace }),
        name: claim.metadata.name,
        uid,
        apiVersion: "v1",
        resourceVersion,
      },
      persistentVolumeReclaimPolicy: reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec?.volumeMode ?? "Filesystem",
      ...(mountOptions === undefined ? {} : { mountOptions }),
      ...topologyOf(client, claim, storageClass),
    },
  });
}

/** Name of the CSI driver behind a provisioner: the same, but for the older names with a slash, which are no driver's. */
function driverOf(provisioner: string): string {
  return provisioner.replaceAll("/", ".");
}

/** A volume that was made for a chosen node stays in that node's zone, where it has one. */
function topologyOf(
  client: Client,
  claim: PersistentVolumeClaim,
  { volumeBindingMode }: StorageClass,
): Pick<NonNullable<PersistentVolume["spec"]>, "nodeAffinity"> {
  const node = claim.metadata.annotations?.[SELECTED_NODE];
  const key = "topology.kubernetes.io/zone";
  const zone = node === undefined ? undefined : client.get("Node", node)?.metadata.labels?.[key];
  if (volumeBindingMode !== "WaitForFirstConsumer" || zone === undefined) return {};
  const matchExpressions = [{ key, operator: "In", values: [zone] }];
  return { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } };
}

function reclaim(key: Key, context: ReconcileContext): { requeueAfter: Micros } | undefined {
  const { client, memory } = context;
  const volume = client.get("PersistentVolume", key);
  if (volume === undefined || !isAbandoned(volume)) {
    memory.delete(key);
    return undefined;
  }
  const claim = claimOf(volume);
  const owner: KubeObject | undefined =
    claim === undefined ? undefined : client.live("PersistentVolumeClaim", claim);
  if (owner?.metadata.uid === volume.spec?.claimRef?.uid && owner !== undefined) return undefined;
  const left = remaining(key, client.get("StorageClass", className(volume)), context);
  if (left > 0) return { requeueAfter: left };
  client.delete("PersistentVolume", key, { preconditions: { uid: volume.metadata.uid } });
  memory.delete(key);
  return undefined;
}
