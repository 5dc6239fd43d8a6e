import type { Client, ObjectOf } from "../../api/client.ts";
import type { KindName } from "../../api/kinds/kind-map.ts";
import type { Labels, Matches } from "../../api/meta/selector.ts";
import { type Key, type KubeObject, makeKey } from "../../api/object.ts";
import { Part } from "../../api/object-parts.ts";
import type { IndexRule } from "../../api/object-set.ts";
import type { OwnerReference } from "../../api/types.gen.ts";

const NONE: readonly string[] = [];

/** The owner that manages an object; at most one reference says so. */
export function controllerOf(object: KubeObject | undefined): OwnerReference | undefined {
  const owners = object?.metadata.ownerReferences;
  if (owners === undefined) return undefined;
  for (const owner of owners) if (owner.controller === true) return owner;
  return undefined;
}

/** The key that a reference stands for in a namespace. Objects made by one owner share their references, and so its key. */
const keys = new WeakMap<OwnerReference, { readonly namespace: string | undefined; key: Key }>();

/** Key of the controlling owner, when it is of this kind: `Deployment`, or `Website.example.com` for a custom one. */
export function controllerKeyOf(object: KubeObject | undefined, kind: string): Key | undefined {
  const owner = controllerOf(object);
  if (owner === undefined || !isOfKind(owner, kind)) return undefined;
  const namespace = object?.metadata.namespace;
  const known = keys.get(owner);
  if (known !== undefined && known.namespace === namespace) return known.key;
  const key = makeKey(namespace, owner.name);
  keys.set(owner, { namespace, key });
  return key;
}

const DOT = ".".charCodeAt(0);

function isOfKind({ kind, apiVersion }: OwnerReference, name: string): boolean {
  if (kind === name) return true;
  return name.charCodeAt(kind.length) === DOT && name === `${kind}.${apiVersion.split("/")[0]}`;
}

/** Reference with which an owner manages what it makes. */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Index of the objects nobody manages, by namespace: candidates for adoption. */
export const ORPHANS = "orphans";

/** Files objects without a controlling owner by namespace. */
export const byOrphanNamespace: IndexRule = {
  keys: (object) => (controllerOf(object) === undefined ? [object.metadata.namespace ?? ""] : NONE),
  parts: Part.owners,
};

/** Keys of an owner's kind whose selectors match an orphan. */
export function keysMatching<K extends KindName>(
  client: Client,
  kind: K,
  object: KubeObject | undefined,
  matchesOf: (owner: ObjectOf<K>) => Matches,
): readonly Key[] {
  if (object === undefined || controllerOf(object) !== undefined) return NONE;
  const { labels, namespace } = object.metadata;
  if (labels === undefined) return NONE;
  const keys: Key[] = [];
  for (const owner of client.list(kind, namespace))
    if (matchesOf(owner)(labels))
      keys.push(makeKey(namespace, (owner as KubeObject).metadata.name));
  return keys;
}

/** Part of what an owner's kind decides about ownership. */
export interface Ownership<T> {
  readonly matches: Matches;
  /** Objects that are left as they are; all concern it when absent. */
  readonly concerns?: (object: T) => boolean;
  /** What else changes of an object that is adopted, and of one that is released. */
  readonly adopted?: (object: T) => T;
  readonly released?: (object: T) => T;
}

/**
 * Brings ownership in line with a selector (upstream `ControllerRefManager`): an orphan that matches is adopted,
 * an owned object that no longer matches is released. An owner being deleted does neither. Answers what it manages then.
 */
export function claim<K extends KindName>(
  client: Client,
  kind: K,
  owner: KubeObject,
  rule: Ownership<ObjectOf<K>>,
): readonly ObjectOf<K>[] {
  const kept = release(client, kind, owner, rule);
  const adopted = adopt(client, kind, owner, rule);
  return adopted.length === 0 ? kept : [...kept, ...adopted];
}

/** What the selector that was last asked about labels said of them. Labels never change, and have one owner that asks. */
const verdicts = new WeakMap<Labels, { readonly matches: Matches; readonly verdict: boolean }>();

function isMatch(labels: Labels | undefined, matches: Matches): boolean {
  if (labels === undefined) return matches(labels);
  const known = verdicts.get(labels);
  if (known?.matches === matches) return known.verdict;
  const verdict = matches(labels);
  verdicts.set(labels, { matches, verdict });
  return verdict;
}

/** Lets go of owned objects that the selector no longer matches; answers those that stay. */
export function release<K extends KindName>(
  client: Client,
  kind: K,
  owner: KubeObject,
  { matches, concerns, released = same }: Ownership<ObjectOf<K>>,
): readonly ObjectOf<K>[] {
  const { uid, deletionTimestamp } = owner.metadata;
  const kept: ObjectOf<K>[] = [];
  for (const object of client.ownedBy(kind, uid)) {
    const { metadata } = object as KubeObject;
    if (controllerOf(object as KubeObject)?.uid !== uid || concerns?.(object) === false) continue;
    if (isMatch(metadata.labels, matches)) kept.push(object);
    else if (deletionTimestamp === undefined)
      client.update(
        kind,
        withOwners(
          released(object),
          metadata.ownerReferences?.filter((other) => other.uid !== uid) ?? [],
        ),
      );
  }
  return kept;
}

/** Takes over orphans of the namespace that the selector matches; answers them. */
export function adopt<K extends KindName>(
  client: Client,
  kind: K,
  owner: KubeObject,
  { matches, concerns, adopted: change = same }: Ownership<ObjectOf<K>>,
): readonly ObjectOf<K>[] {
  const { namespace = "", deletionTimestamp } = owner.metadata;
  if (deletionTimestamp !== undefined || client.count(kind, ORPHANS, namespace) === 0) return [];
  const adopted: ObjectOf<K>[] = [];
  for (const object of [...client.indexed(kind, ORPHANS, namespace)]) {
    const { metadata } = object as KubeObject;
    if (metadata.deletionTimestamp !== undefined || !matches(metadata.labels)) continue;
    if (concerns?.(object) === false) continue;
    if (!canAdopt(client, owner)) break;
    const owners = [...(metadata.ownerReferences ?? []), controllerReference(owner)];
    adopted.push(client.update(kind, withOwners(change(object), owners)));
  }
  return adopted;
}

function same<T>(object: T): T {
  return object;
}

/** Asks the API itself, because a cache may show an owner that is gone: adopting for it would leak. */
function canAdopt(client: Client, owner: KubeObject): boolean {
  const { namespace, name, uid } = owner.metadata;
  const fresh = client.live(owner.kind, makeKey(namespace, name)) as KubeObject | undefined;
  return fresh?.metadata.uid === uid && fresh.metadata.deletionTimestamp === undefined;
}

function withOwners<T>(object: T, ownerReferences: readonly OwnerReference[]): T {
  const { metadata } = object as unknown as KubeObject;
  const { ownerReferences: _, ...rest } = metadata;
  return {
    ...object,
    metadata: ownerReferences.length === 0 ? rest : { ...rest, ownerReferences },
  };
}
