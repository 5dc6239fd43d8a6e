import { ApiError, notFound } from "../api/api-error.ts";
import type { Client } from "../api/client.ts";
import type { EventRecorder } from "../api/event-recorder.ts";
import type { KindRegistry } from "../api/kinds/kind-registry.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { hasFinalizer, withoutFinalizer } from "../api/meta/finalizers.ts";
import { type Key, type KubeObject, keyOf, makeKey } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type { OwnerReference } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";
import type { ControllerServices } from "./runtime/services.ts";

/** Finalizers that stand for propagation policies. */
const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";
/** Events own nothing and are owned by nobody (upstream `ignoredResources`). */
const IGNORED: ReadonlySet<string> = new Set(["Event"]);

const NONE: readonly Key[] = [];

/** What the collector finds behind an owner reference. */
type OwnerState = "solid" | "dangling" | "waiting";

/** What a step of the collector works with. */
interface Collector {
  readonly client: Client;
  readonly kinds: KindRegistry;
}

/**
 * Deletes objects whose owners are gone, holds owners deleted in the foreground until their blocking dependents are
 * gone, and releases the dependents of owners deleted as orphaning. Keys are `kind key`, for every kind served.
 */
export function garbageCollector({ kinds }: ControllerServices): Controller {
  return {
    name: "garbage-collector-controller",
    for: "Namespace",
    concerns: () => false,
    workers: 20,
    everyKind: {
      except: IGNORED,
      parts: Part.owners | Part.deletion | Part.finalizers,
      keys: (kind, after, before, client) =>
        after === undefined
          ? afterDeletion(before, { client, kinds })
          : afterChange(kind, after, before, { client, kinds }),
    },
    reconcile(key, { client, memory, record }) {
      const space = key.indexOf(" ");
      const kind = key.slice(0, space);
      const item = client.live(kind, key.slice(space + 1));
      if (item === undefined) return;
      tellStranger(item, record, memory, { client, kinds });
      attemptToDelete(kind, item, { client, kinds });
    },
  };
}

function queueKey(kind: string, object: KubeObject): Key {
  return `${kind} ${keyOf(object)}`;
}

function isDeleting({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function isDeletingDependents(object: KubeObject): boolean {
  return isDeleting(object) && hasFinalizer(object, FOREGROUND);
}

/** Dependents of what is gone, and owners that waited for it. */
function afterDeletion(gone: KubeObject | undefined, collector: Collector): readonly Key[] {
  if (gone === undefined) return NONE;
  const keys: Key[] = [];
  for (const [kind, dependent] of collector.client.dependents(gone.metadata.uid))
    keys.push(queueKey(kind, dependent));
  for (const reference of gone.metadata.ownerReferences ?? [])
    keys.push(...waitingOwner(reference, gone, collector));
  return keys;
}

function afterChange(
  kind: string,
  after: KubeObject,
  before: KubeObject | undefined,
  collector: Collector,
): readonly Key[] {
  const now = after.metadata;
  const then = before?.metadata;
  const sameOwners = before !== undefined && now.ownerReferences === then?.ownerReferences;
  const sameDeletion =
    now.deletionTimestamp === then?.deletionTimestamp && now.finalizers === then?.finalizers;
  if (sameOwners && sameDeletion) return NONE;
  const keys: Key[] = [];
  if (
    !sameDeletion &&
    isDeleting(after) &&
    (hasFinalizer(after, ORPHAN) || hasFinalizer(after, FOREGROUND))
  )
    keys.push(queueKey(kind, after));
  if (sameOwners) return keys;
  const owners = now.ownerReferences ?? [];
  for (const reference of owners) keys.push(...waitingOwner(reference, after, collector));
  for (const old of then?.ownerReferences ?? []) {
    const kept = owners.some((owner) => owner.uid === old.uid && blocks(owner) === blocks(old));
    if (!kept) keys.push(...waitingOwner(old, after, collector));
  }
  if (owners.some((owner) => !isPresent(owner, after, collector))) keys.push(queueKey(kind, after));
  return keys;
}

function blocks(reference: OwnerReference): boolean {
  return reference.blockOwnerDeletion === true;
}

/** Kind in the store and key of what a reference names; `undefined` for a kind that nothing serves. */
function locate(
  { apiVersion, kind, name }: OwnerReference,
  dependent: KubeObject,
  kinds: KindRegistry,
): { kind: string; key: Key; namespaced: boolean } | undefined {
  const slash = apiVersion.indexOf("/");
  const [group, version] =
    slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  const descriptor = kinds.byKind(group, version, kind);
  if (descriptor === undefined) return undefined;
  const { namespaced } = descriptor;
  const key = makeKey(namespaced ? dependent.metadata.namespace : undefined, name);
  return { kind: kinds.nameOf(descriptor), key, namespaced };
}

function cachedOwner(
  reference: OwnerReference,
  dependent: KubeObject,
  { client, kinds }: Collector,
): readonly [kind: string, owner: KubeObject] | undefined {
  const place = locate(reference, dependent, kinds);
  if (place === undefined) return undefined;
  const owner: KubeObject | undefined = client.get(place.kind, place.key);
  return owner?.metadata.uid === reference.uid ? [place.kind, owner] : undefined;
}

function isPresent(
  reference: OwnerReference,
  dependent: KubeObject,
  collector: Collector,
): boolean {
  const found = cachedOwner(reference, dependent, collector);
  return found !== undefined && !isDeletingDependents(found[1]);
}

/** The owner's key, when it is deleted in the foreground and waits for its dependents. */
function waitingOwner(
  reference: OwnerReference,
  dependent: KubeObject,
  collector: Collector,
): readonly Key[] {
  const found = cachedOwner(reference, dependent, collector);
  return found !== undefined && isDeletingDependents(found[1]) ? [queueKey(...found)] : NONE;
}

/** Uid of the owner that was last looked for and is nowhere: its other dependents need not look again. */
const ABSENT = "absent";

/** Says that an owner that an object names is in another namespace, where it cannot own it. */
function tellStranger(
  item: KubeObject,
  record: EventRecorder,
  memory: Map<string, unknown>,
  collector: Collector,
): void {
  const { namespace = "", ownerReferences = [] } = item.metadata;
  for (const reference of isDeleting(item) ? [] : ownerReferences) {
    const place = locate(reference, item, collector.kinds);
    if (place === undefined || !place.namespaced || memory.get(ABSENT) === reference.uid) continue;
    if (cachedOwner(reference, item, collector) !== undefined) continue;
    for (const { metadata } of collector.client.list(place.kind)) {
      if (metadata.uid !== reference.uid || metadata.namespace === item.metadata.namespace)
        continue;
      const { apiVersion, kind, name, uid } = reference;
      const owner = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
      const text = `ownerRef ${owner} does not exist in namespace ${JSON.stringify(namespace)}`;
      record.event(item, "Warning", "OwnerRefInvalidNamespace", text);
      return;
    }
    memory.set(ABSENT, reference.uid);
  }
}

/** Upstream `attemptToDeleteItem`, with the item as the API server has it. */
function attemptToDelete(kind: string, item: KubeObject, collector: Collector): void {
  if (isDeleting(item)) {
    if (hasFinalizer(item, ORPHAN)) orphanDependents(kind, item, collector);
    else if (hasFinalizer(item, FOREGROUND)) deleteDependents(kind, item, collector);
    return;
  }
  const { client } = collector;
  const references = item.metadata.ownerReferences ?? [];
  if (references.length === 0) return;
  const states = references.map((reference) => ownerState(reference, item, collector));
  // A cluster-scoped object cannot have an owner in a namespace: nothing is known, so nothing is done.
  if (states.includes(undefined)) return;
  if (states.includes("solid")) {
    const kept = references.filter((_, at) => states[at] === "solid");
    if (kept.length < references.length) setOwners(client, kind, item, kept);
    return;
  }
  const { uid } = item.metadata;
  const dependents = states.includes("waiting") ? [...client.dependents(uid)] : [];
  if (dependents.length > 0) {
    // Dependents that wait for this item in turn would wait for ever: nobody blocks anybody in a circle.
    if (dependents.some(([, dependent]) => isDeletingDependents(dependent)))
      setOwners(
        client,
        kind,
        item,
        references.map((owner) => ({ ...owner, blockOwnerDeletion: false })),
      );
    client.delete(kind, keyOf(item), { propagationPolicy: "Foreground", preconditions: { uid } });
    return;
  }
  const propagationPolicy = hasFinalizer(item, ORPHAN)
    ? "Orphan"
    : hasFinalizer(item, FOREGROUND)
      ? "Foreground"
      : "Background";
  client.delete(kind, keyOf(item), { propagationPolicy, preconditions: { uid } });
}

/** State of an owner as the API server has it; `undefined` for one that the item cannot have. Throws 404 for unknown kinds. */
function ownerState(
  reference: OwnerReference,
  item: KubeObject,
  { client, kinds }: Collector,
): OwnerState | undefined {
  const place = locate(reference, item, kinds);
  if (place === undefined) throw notFound({ group: "", plural: reference.kind }, reference.name);
  if (place.namespaced && item.metadata.namespace === undefined) return undefined;
  const owner: KubeObject | undefined = client.live(place.kind, place.key);
  if (owner?.metadata.uid !== reference.uid) return "dangling";
  return isDeletingDependents(owner) ? "waiting" : "solid";
}

function setOwners(
  client: Client,
  kind: string,
  item: KubeObject,
  owners: readonly OwnerReference[],
): void {
  const { ownerReferences: before, ...metadata } = item.metadata;
  if (deepEqual(before, owners)) return;
  client.update(kind, {
    ...item,
    metadata: owners.length === 0 ? metadata : { ...metadata, ownerReferences: owners },
  });
}

/** Does something to each dependent; what the API refuses of one keeps nobody from the others, and is told at the end. */
function forEach<T>(dependents: Iterable<T>, work: (dependent: T) => void): ApiError | undefined {
  let refused: ApiError | undefined;
  for (const dependent of [...dependents]) {
    try {
      work(dependent);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused ??= error;
    }
  }
  return refused;
}

/** Takes an owner out of its dependents' references, then lets it go. */
function orphanDependents(kind: string, owner: KubeObject, { client }: Collector): void {
  const { uid } = owner.metadata;
  const refused = forEach(client.dependents(uid), ([dependentKind, seen]) => {
    const dependent: KubeObject | undefined = client.live(dependentKind, keyOf(seen));
    const owners = dependent?.metadata.ownerReferences;
    if (dependent === undefined || owners === undefined) return;
    setOwners(
      client,
      dependentKind,
      dependent,
      owners.filter((other) => other.uid !== uid),
    );
  });
  if (refused !== undefined) throw refused;
  client.update(kind, withoutFinalizer(owner, ORPHAN));
}

/** Deletes what depends on an owner, and lets it go when nothing is left that blocks its deletion. */
function deleteDependents(kind: string, owner: KubeObject, collector: Collector): void {
  const { client } = collector;
  const { uid } = owner.metadata;
  let blocked = false;
  const refused = forEach(client.dependents(uid), ([dependentKind, dependent]) => {
    blocked ||= (dependent.metadata.ownerReferences ?? []).some(
      (reference) => reference.uid === uid && blocks(reference),
    );
    if (isDeleting(dependent)) return;
    const item: KubeObject | undefined = client.live(dependentKind, keyOf(dependent));
    if (item !== undefined && !isDeleting(item)) attemptToDelete(dependentKind, item, collector);
  });
  if (!blocked) client.update(kind, withoutFinalizer(owner, FOREGROUND));
  if (refused !== undefined) throw refused;
}
