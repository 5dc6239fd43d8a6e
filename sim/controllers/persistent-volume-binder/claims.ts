import type { Client } from "../../api/client.ts";
import { edit } from "../../api/edit.ts";
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
import { setPhase } from "./volumes.ts";

const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
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
    if (volume === undefined) awaitVolume(claim, delayed, context);
    else bind(volume, claim, context);
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
  if (isFor(volume, claim)) bind(volume, claim, context);
  else if (claim.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined)
    writeStatus(client, claim, { phase: "Pending" });
}

/** Whether the claim waits for a pod that uses it: its class says so and no node was chosen yet. */
function isDelayed(client: Client, claim: PersistentVolumeClaim): boolean {
  const storageClass = client.get("StorageClass", className(claim));
  if (storageClass?.volumeBindingMode !== "WaitForFirstConsumer") return false;
  return true;
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
    const pod = consumerOf(client, claim);
    if (pod === undefined) {
      const text = "waiting for first consumer to be created before binding";
      record.event(claim, "Normal", "WaitForFirstConsumer", text);
    } else
      record.event(
        claim,
        "Normal",
        "WaitForPodScheduled",
        `waiting for pod ${pod} to be scheduled`,
      );
  } else if (className(claim) !== "") current = askForVolume(claim, context);
  else {
    const text = "no persistent volumes available for this claim and no storage class is set";
    record.event(claim, "Normal", "FailedBinding", text);
  }
  writeStatus(client, current, { phase: "Pending" });
}

/** Name of a pod that uses the claim and has no node yet. */
function consumerOf(client: Client, claim: PersistentVolumeClaim): string | undefined {
  const names: string[] = [];
  for (const pod of client.indexed("Pod", "claim", keyOf(claim)))
    if (!isTerminating(pod) && !hasEnded(pod) && !pod.spec?.nodeName) names.push(pod.metadata.name);
  return names.length === 0 ? undefined : names.join(",");
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
  if (volume.spec?.claimRef === undefined || isFor(volume, claim)) bind(volume, claim, context);
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
  const { accessModes, capacity } = volume.spec ?? {};
  writeStatus(client, next, {
    phase: "Bound",
    ...(accessModes === undefined ? {} : { accessModes }),
    ...(capacity === undefined ? {} : { capacity }),
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

function writeStatus(
  client: Client,
  claim: PersistentVolumeClaim,
  change: PersistentVolumeClaimStatus,
): void {
  const status = { ...claim.status, ...change };
  if (!deepEqual(status, claim.status ?? {}))
    client.updateStatus("PersistentVolumeClaim", { ...claim, status });
}
