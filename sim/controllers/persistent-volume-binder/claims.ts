import type { Client } from "../../api/client.ts";
import { edit } from "../../api/edit.ts";
import { DEFAULT_STORAGE_CLASS, newestDefault } from "../../api/meta/default-class.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { keyOf } from "../../api/object.ts";
import type {
  ObjectReference,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimStatus,
} from "../../api/types.gen.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import { hasEnded, isTerminating } from "../runtime/pods.ts";
import { className, findVolume, isFor, mismatch } from "./match.ts";
import { BOUND_BY_CONTROLLER, setPhase } from "./volumes.ts";

const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
const SELECTED_NODE = "volume.kubernetes.io/selected-node";
const PROVISIONERS = [
  "volume.beta.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/storage-provisioner",
] as const;

/** Brings a claim closer to its volume (upstream `syncClaim`). */
export function syncClaim(claim: PersistentVolumeClaim, context: ReconcileContext): void {
  if (claim.metadata.annotations?.[BIND_COMPLETED] === undefined) syncUnbound(claim, context);
  else syncBound(claim, context);
}

function syncUnbound(claim: PersistentVolumeClaim, context: ReconcileContext): void {
  const { client } = context;
  const name = claim.spec?.volumeName ?? "";
  if (name === "") {
    const delayed = isDelayed(client, claim);
    const volume = findVolume(client.list("PersistentVolume"), claim, delayed);
    if (volume === undefined) {
      if (!assignDefaultClass(claim, client)) awaitVolume(claim, delayed, context);
    } else bind(volume, claim, context);
    return;
  }
  const volume = client.get("PersistentVolume", name);
  if (volume === undefined) {
    writeStatus(client, claim, { phase: "Pending" });
    return;
  }
  if (volume.spec?.claimRef === undefined) {
    const why = mismatch(volume, claim);
    if (why === undefined) bind(volume, claim, context);
    else {
      const text = `Cannot bind to requested volume ${JSON.stringify(name)}: ${why}`;
      context.record.event(claim, "Warning", "VolumeMismatch", text);
      writeStatus(client, claim, { phase: "Pending" });
    }
    return;
  }
  if (isFor(volume, claim)) {
    bind(volume, claim, context);
    return;
  }
  const text = `volume ${JSON.stringify(name)} already bound to a different claim.`;
  context.record.event(claim, "Warning", "FailedBinding", text);
  if (claim.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined)
    writeStatus(client, claim, { phase: "Pending" });
}

/** Gives a claim that asks for no class, not even for none, the default one there is by now. */
function assignDefaultClass(claim: PersistentVolumeClaim, client: Client): boolean {
  const { metadata, spec } = claim;
  const old = metadata.annotations?.["volume.beta.kubernetes.io/storage-class"];
  if (spec?.storageClassName !== undefined || old !== undefined) return false;
  const found = newestDefault(client.list("StorageClass"), DEFAULT_STORAGE_CLASS);
  if (found === undefined) return false;
  client.update("PersistentVolumeClaim", {
    ...claim,
    spec: { ...spec, storageClassName: found.metadata.name },
  });
  return true;
}

/** Whether the claim waits for a pod that uses it: its class says so and no node was chosen yet. */
function isDelayed(client: Client, claim: PersistentVolumeClaim): boolean {
  const storageClass = client.get("StorageClass", className(claim));
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer";
}

/** What is said, and done, while there is no volume for a claim. */
function awaitVolume(
  claim: PersistentVolumeClaim,
  delayed: boolean,
  context: ReconcileContext,
): void {
  const { client, record } = context;
  const node = claim.metadata.annotations?.[SELECTED_NODE];
  let current = claim;
  if (delayed && node === undefined) {
    const pods = consumersOf(client, claim);
    if (pods.length === 0) {
      const text = "waiting for first consumer to be created before binding";
      record.event(claim, "Normal", "WaitForFirstConsumer", text);
    } else {
      const text = `waiting for pod${pods.length > 1 ? "s" : ""} ${pods.join(",")} to be scheduled`;
      record.event(claim, "Normal", "WaitForPodScheduled", text);
    }
  } else if (className(claim) !== "") current = askForVolume(claim, context);
  else {
    const text = "no persistent volumes available for this claim and no storage class is set";
    record.event(claim, "Normal", "FailedBinding", text);
  }
  writeStatus(client, current, { phase: "Pending" });
}

/** Names of the pods that use the claim and have no node yet. */
function consumersOf(client: Client, claim: PersistentVolumeClaim): readonly string[] {
  const names: string[] = [];
  for (const pod of client.indexed("Pod", "claim", keyOf(claim)))
    if (!isTerminating(pod) && !hasEnded(pod) && !pod.spec?.nodeName) names.push(pod.metadata.name);
  return names;
}

/** Leaves the claim to its class's provisioner. */
function askForVolume(
  claim: PersistentVolumeClaim,
  { client, record }: ReconcileContext,
): PersistentVolumeClaim {
  const name = className(claim);
  const provisioner = client.get("StorageClass", name)?.provisioner;
  if (provisioner === undefined) {
    const text = `storageclass.storage.k8s.io ${JSON.stringify(name)} not found`;
    record.event(claim, "Warning", "ProvisioningFailed", text);
    return claim;
  }
  if (provisioner.startsWith("kubernetes.io/")) {
    const text = `no volume plugin matched name: ${provisioner}`;
    record.event(claim, "Warning", "ProvisioningFailed", text);
    return claim;
  }
  const missing = PROVISIONERS.some((key) => claim.metadata.annotations?.[key] !== provisioner);
  const wanted = Object.fromEntries(PROVISIONERS.map((key) => [key, provisioner]));
  const annotated = (): PersistentVolumeClaim =>
    edit(claim, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, ...wanted };
    });
  const next = missing ? client.update("PersistentVolumeClaim", annotated()) : claim;
  const text = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  record.event(next, "Normal", "ExternalProvisioning", text);
  return next;
}

function syncBound(claim: PersistentVolumeClaim, context: ReconcileContext): void {
  const { client } = context;
  const name = claim.spec?.volumeName ?? "";
  const volume = name === "" ? undefined : client.get("PersistentVolume", name);
  if (volume === undefined) {
    const lost =
      name === ""
        ? "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"
        : "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
    lose(claim, "ClaimLost", lost, context);
    return;
  }
  const reference = volume.spec?.claimRef;
  if (reference === undefined || reference.uid === claim.metadata.uid) bind(volume, claim, context);
  else {
    const text = "Two claims are bound to the same volume, this one is bound incorrectly";
    lose(claim, "ClaimMisbound", text, context);
  }
}

function lose(
  claim: PersistentVolumeClaim,
  reason: string,
  text: string,
  { client, record }: ReconcileContext,
): void {
  if (claim.status?.phase === "Lost") return;
  writeStatus(client, claim, { phase: "Lost" });
  record.event(claim, "Warning", reason, text);
}

/** Binds a volume and a claim to each other, in upstream's four writes; those already done are left out. */
function bind(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
  { client, now }: ReconcileContext,
): void {
  const bound = bindVolume(client, volume, claim);
  setPhase(client, bound, "Bound", now);
  const next = bindClaim(client, claim, volume.metadata.name);
  const { accessModes, capacity, volumeAttributesClassName } = volume.spec ?? {};
  const before = claim.status?.phase;
  const attributes = before === "Pending" ? volumeAttributesClassName : undefined;
  writeStatus(client, next, {
    phase: "Bound",
    ...(accessModes === undefined ? {} : { accessModes }),
    // Once bound, the capacity may differ from the volume's on purpose: the file system is resized later.
    ...(capacity === undefined || before === "Bound" ? {} : { capacity }),
    ...(attributes === undefined ? {} : { currentVolumeAttributesClassName: attributes }),
  });
}

function bindVolume(
  client: Client,
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): PersistentVolume {
  const before = volume.spec?.claimRef;
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  if (before?.uid === uid) return volume;
  const claimRef: ObjectReference = {
    kind: "PersistentVolumeClaim",
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    apiVersion: "v1",
    resourceVersion,
  };
  const bound = edit(volume, ({ metadata, spec }) => {
    spec.claimRef = claimRef;
    if (before === undefined) {
      metadata.annotations = { ...metadata.annotations, [BOUND_BY_CONTROLLER]: "yes" };
    }
  });
  return client.update("PersistentVolume", bound);
}

function bindClaim(
  client: Client,
  claim: PersistentVolumeClaim,
  volumeName: string,
): PersistentVolumeClaim {
  const { annotations } = claim.metadata;
  const bound = claim.spec?.volumeName === volumeName;
  if (bound && annotations?.[BIND_COMPLETED] !== undefined) return claim;
  const marks = { [BIND_COMPLETED]: "yes", ...(bound ? {} : { [BOUND_BY_CONTROLLER]: "yes" }) };
  return client.update("PersistentVolumeClaim", {
    ...claim,
    metadata: { ...claim.metadata, annotations: { ...annotations, ...marks } },
    spec: { ...claim.spec, volumeName },
  });
}

/** Writes a claim's status; what a claim has of its volume goes where the phase is not Bound. */
function writeStatus(
  client: Client,
  claim: PersistentVolumeClaim,
  change: PersistentVolumeClaimStatus,
): void {
  const { accessModes: _, capacity: __, ...kept } = claim.status ?? {};
  const status = change.phase === "Bound" ? { ...claim.status, ...change } : { ...kept, ...change };
  if (!deepEqual(status, claim.status ?? {}))
    client.updateStatus("PersistentVolumeClaim", { ...claim, status });
}
