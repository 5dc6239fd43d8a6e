import type { Client } from "../api/client.ts";
import { deepEqual } from "../api/meta/equal.ts";
import type { Key, KubeObject } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type {
  AttachedVolume,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  VolumeAttachment,
} from "../api/types.gen.ts";
import { sha256 } from "../engine/digest.ts";
import { MINUTE, type Micros } from "../engine/time.ts";
import {
  attachedVolume,
  attacherOf,
  isExclusive,
  isOutOfService,
  isResponding,
  podNames,
  uniqueName,
  usersByNode,
  volumesOf,
} from "./attach-detach/volumes.ts";
import { claimsOf } from "./protection.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";

/** Upstream `ReconcilerMaxWaitForUnmountDuration`: then a volume is detached from a silent node by force. */
const UNMOUNT_TIMEOUT: Micros = 6 * MINUTE;
/** Keys of nodes whose status is to name what is attached to them. */
const NODE = "node:";
/** Where it is remembered for which nodes a volume's pods were told that another one has it. */
const CONFLICT = "conflict/";

/**
 * Attaches volumes to the nodes of the pods that use them and detaches them when none does: at once from a node that
 * answers or is declared out of service, after six minutes from a silent one. Keys are names of volumes, or `node:` and a node's.
 */
export function attachDetach(): Controller {
  return {
    name: "persistentvolume-attach-detach-controller",
    eventSource: "attachdetach-controller",
    for: "PersistentVolume",
    watches: [
      { kind: "Pod", parts: Part.spec | Part.status, keys: volumesOfPod },
      { kind: "PersistentVolumeClaim", keys: (after, before) => volumeOfClaim(after ?? before) },
      {
        kind: "VolumeAttachment",
        keys: (after, before) => keysOfAttachment((after ?? before) as VolumeAttachment),
      },
      { kind: "Node", keys: attachedTo },
    ],
    reads: ["CSIDriver"],
    indexes: [
      { kind: "Pod", name: "claim", keys: { keys: claimsOf, parts: Part.spec } },
      {
        kind: "VolumeAttachment",
        name: "volume",
        keys: (object) => [attachedVolume(object as VolumeAttachment)],
      },
      {
        kind: "VolumeAttachment",
        name: "node",
        keys: (object) => [(object as VolumeAttachment).spec.nodeName],
      },
    ],
    reconcile,
  };
}

const NONE: readonly Key[] = [];

function volumesOfPod(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): readonly Key[] {
  const pod = after as Pod | undefined;
  const old = before as Pod | undefined;
  if ((pod ?? old)?.spec?.volumes === undefined) return NONE;
  const moved =
    pod === undefined ||
    pod.spec?.nodeName !== old?.spec?.nodeName ||
    pod.status?.phase !== old?.status?.phase;
  return moved ? volumesOf(client, (pod ?? old) as Pod) : NONE;
}

function volumeOfClaim(object: KubeObject | undefined): Key[] {
  const name = (object as PersistentVolumeClaim).spec?.volumeName ?? "";
  return name === "" ? [] : [name];
}

/** Volumes attached to a node that answers again, fell silent, or was declared out of service. */
function attachedTo(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): Key[] {
  const [node, old] = [after as Node | undefined, before as Node | undefined];
  if (node !== undefined && old !== undefined) {
    const same =
      isResponding(node) === isResponding(old) && isOutOfService(node) === isOutOfService(old);
    if (same) return [];
  }
  const name = (after ?? before)?.metadata.name ?? "";
  return [...client.indexed("VolumeAttachment", "node", name)].map(attachedVolume);
}

function keysOfAttachment(attachment: VolumeAttachment): Key[] {
  return [attachedVolume(attachment), NODE + attachment.spec.nodeName];
}

function reconcile(key: Key, context: ReconcileContext): { requeueAfter: Micros } | undefined {
  const { client } = context;
  if (key.startsWith(NODE)) {
    writeAttached(client, key.slice(NODE.length));
    return undefined;
  }
  const volume = client.get("PersistentVolume", key);
  const attachments = [...client.indexed("VolumeAttachment", "volume", key)];
  if (volume === undefined) {
    for (const { metadata } of attachments) detach(client, metadata.name);
    return undefined;
  }
  const driver = attacherOf(client, volume);
  if (driver === undefined) return undefined;
  const users = usersByNode(client, volume);
  let wait: Micros | undefined;
  for (const attachment of attachments) {
    if (users.has(attachment.spec.nodeName)) tellAttached(volume, attachment, users, context);
    else wait = earlier(wait, release(attachment, context));
  }
  attachMissing(volume, driver, users, attachments, context);
  return wait === undefined ? undefined : { requeueAfter: wait };
}

function earlier(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function detach(client: Client, name: string): void {
  const attachment = client.live("VolumeAttachment", name);
  if (attachment !== undefined && attachment.metadata.deletionTimestamp === undefined)
    client.delete("VolumeAttachment", name);
}

/** Detaches what no pod uses; answers how long a silent node is still given to unmount it. */
function release(
  attachment: VolumeAttachment,
  { client, memory, now }: ReconcileContext,
): Micros | undefined {
  const { name } = attachment.metadata;
  const node = client.get("Node", attachment.spec.nodeName);
  if (!isResponding(node) && !isOutOfService(node)) {
    const since = (memory.get(name) as Micros | undefined) ?? now;
    memory.set(name, since);
    const left = since + UNMOUNT_TIMEOUT - now;
    if (left > 0) return left;
  }
  memory.delete(name);
  memory.delete(`told/${name}`);
  detach(client, name);
  return undefined;
}

function attachMissing(
  volume: PersistentVolume,
  driver: string,
  users: ReadonlyMap<string, readonly Pod[]>,
  attachments: readonly VolumeAttachment[],
  { client, memory, record }: ReconcileContext,
): void {
  const taken = new Set(attachments.map(({ spec }) => spec.nodeName));
  // What was told of a node that no longer wants the volume is forgotten.
  const told = (memory.get(`${CONFLICT}${volume.metadata.name}`) ?? []) as readonly string[];
  const refused: string[] = [];
  for (const [nodeName, pods] of users) {
    const name = attachmentName(volume, driver, nodeName);
    if (taken.has(nodeName) || client.live("VolumeAttachment", name) !== undefined) continue;
    if (taken.size > 0 && isExclusive(volume)) {
      refused.push(nodeName);
      if (told.includes(nodeName)) continue;
      const elsewhere = [...users]
        .filter(([node]) => taken.has(node))
        .flatMap(([, others]) => others);
      const why =
        elsewhere.length === 0
          ? "Volume is already exclusively attached to one node and can't be attached to another"
          : `Volume is already used by pod(s) ${podNames(elsewhere)}`;
      const text = `Multi-Attach error for volume ${JSON.stringify(volume.metadata.name)} ${why}`;
      for (const pod of pods) record.event(pod, "Warning", "FailedAttachVolume", text);
      continue;
    }
    const source = { persistentVolumeName: volume.metadata.name };
    client.create("VolumeAttachment", {
      apiVersion: "storage.k8s.io/v1",
      kind: "VolumeAttachment",
      metadata: { name },
      spec: { attacher: driver, nodeName, source },
    });
    taken.add(nodeName);
  }
  if (refused.length > 0) memory.set(`${CONFLICT}${volume.metadata.name}`, refused);
  else memory.delete(`${CONFLICT}${volume.metadata.name}`);
}

/** One name for a volume on a node, so that no second attachment can be made. */
function attachmentName({ spec }: PersistentVolume, driver: string, node: string): string {
  return `csi-${sha256(`${spec?.csi?.volumeHandle ?? ""}${driver}${node}`)}`;
}

/** Tells the pods of a node, once, that their volume is there. */
function tellAttached(
  volume: PersistentVolume,
  { metadata, spec, status }: VolumeAttachment,
  users: ReadonlyMap<string, readonly Pod[]>,
  { memory, record }: ReconcileContext,
): void {
  memory.delete(metadata.name);
  if (status?.attached !== true) return;
  const pods = users.get(spec.nodeName) ?? [];
  const key = `told/${metadata.name}`;
  const told = (memory.get(key) as readonly string[] | undefined) ?? [];
  const text = `AttachVolume.Attach succeeded for volume ${JSON.stringify(volume.metadata.name)} `;
  for (const pod of pods)
    if (!told.includes(pod.metadata.uid) && pod.status?.phase === "Pending")
      record.event(pod, "Normal", "SuccessfulAttachVolume", text);
  memory.set(
    key,
    pods.map((pod) => pod.metadata.uid),
  );
}

/** Writes into a node's status which volumes are attached to it. */
function writeAttached(client: Client, name: string): void {
  const node = client.live("Node", name);
  if (node === undefined) return;
  const attached: AttachedVolume[] = [];
  for (const { spec, status } of client.indexed("VolumeAttachment", "node", name)) {
    const volume = client.get("PersistentVolume", spec.source.persistentVolumeName ?? "");
    if (volume !== undefined && status?.attached === true)
      attached.push({ name: uniqueName(volume), devicePath: "" });
  }
  const { volumesAttached, ...status } = node.status ?? {};
  if (deepEqual(volumesAttached ?? [], attached)) return;
  const next = attached.length === 0 ? status : { ...status, volumesAttached: attached };
  client.updateStatus("Node", { ...node, status: next });
}
