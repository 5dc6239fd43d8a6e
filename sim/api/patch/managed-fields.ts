import type { Micros } from "../../engine/time.ts";
import { timestamp } from "../meta/time.ts";
import type { KubeObject } from "../object.ts";
import type { ManagedFieldsEntry } from "../types.gen.ts";
import {
  decodeFields,
  difference,
  EMPTY_SET,
  encodeFields,
  type FieldSet,
  isEmptySet,
  union,
} from "./field-set.ts";
import { equalJson, type JsonObject } from "./json-value.ts";
import type { MergeNode } from "./merge-schema.ts";
import { type Comparison, compare } from "./typed-value.ts";

/** How a manager came to its fields. */
export type Operation = "Apply" | "Update";

/** A manager of an object's fields and what it manages. */
export interface Manager {
  readonly name: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Managers by identity: name, operation and subresource, and for updaters the version. */
export type Managers = ReadonlyMap<string, Manager>;

/** Updaters that an object remembers; the oldest beyond are merged (apiserver `DefaultMaxUpdateManagers`). */
const MAX_UPDATERS = 10;
const ANCIENT = "ancient-changes";

/** Fields that nobody manages. */
const unmanagedMetadata: readonly string[] = [
  "name",
  "namespace",
  "creationTimestamp",
  "selfLink",
  "uid",
  "generation",
  "managedFields",
  "resourceVersion",
];

/** Identity of a manager as upstream spells it; conflicts are told in its order. */
export function identityOf(manager: Omit<Manager, "fields" | "time">): string {
  const { name, operation, apiVersion, subresource } = manager;
  return JSON.stringify({
    manager: name,
    operation,
    ...(operation === "Apply" ? {} : { apiVersion }),
    ...(subresource === "" ? {} : { subresource }),
  });
}

/** Reads managedFields; `undefined` when an entry is malformed, as upstream then forgets them all. */
export function decodeManagers(
  entries: readonly ManagedFieldsEntry[] | undefined,
): Managers | undefined {
  const managers = new Map<string, Manager>();
  for (const entry of entries ?? []) {
    const { operation, fieldsType = "FieldsV1" } = entry;
    const fields = decodeFields(entry.fieldsV1);
    if (fields === undefined || fieldsType !== "FieldsV1") return undefined;
    if (operation !== "Apply" && operation !== "Update") return undefined;
    const manager: Manager = {
      name: entry.manager ?? "",
      operation,
      apiVersion: entry.apiVersion ?? "",
      subresource: entry.subresource ?? "",
      time: entry.time,
      fields,
    };
    managers.set(identityOf(manager), manager);
  }
  return managers;
}

/** managedFields in upstream's order: appliers first, then by time, name, version and subresource. */
export function encodeManagers(managers: Managers): readonly ManagedFieldsEntry[] {
  const sortKey = (manager: Manager): readonly string[] => [
    manager.operation,
    manager.time ?? "",
    manager.name,
    manager.apiVersion,
    manager.subresource,
  ];
  const ordered = [...managers.values()].sort((a, b) => {
    const [one, other] = [sortKey(a), sortKey(b)];
    const at = one.findIndex((part, index) => part !== other[index]);
    return at < 0 ? 0 : (one[at] ?? "") < (other[at] ?? "") ? -1 : 1;
  });
  return ordered.map(({ name, operation, apiVersion, subresource, time, fields }) => ({
    manager: name,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: "FieldsV1",
    fieldsV1: encodeFields(fields),
    ...(subresource === "" ? {} : { subresource }),
  }));
}

function without(set: FieldSet, path: readonly string[]): FieldSet {
  const [key, ...rest] = path;
  const child = key === undefined ? undefined : set.children.get(key);
  if (key === undefined || child === undefined) return set;
  const children = new Map(set.children);
  const left = rest.length === 0 ? EMPTY_SET : without(child, rest);
  if (isEmptySet(left)) children.delete(key);
  else children.set(key, left);
  return { member: set.member, children };
}

/** The set without the fields that nobody manages: names, versions, times, uid. */
export function stripUnmanaged(set: FieldSet): FieldSet {
  let result = without(without(set, ["f:apiVersion"]), ["f:kind"]);
  for (const name of unmanagedMetadata) result = without(result, ["f:metadata", `f:${name}`]);
  const metadata = result.children.get("f:metadata");
  if (metadata === undefined || !metadata.member) return result;
  const children = new Map(result.children);
  if (metadata.children.size === 0) children.delete("f:metadata");
  else children.set("f:metadata", { member: false, children: metadata.children });
  return { member: result.member, children };
}

/** Takes from every manager what a change overwrote or removed; managers of nothing go. */
export function disown(managers: Managers, gone: FieldSet): Managers {
  const result = new Map<string, Manager>();
  for (const [identity, manager] of managers) {
    const fields = difference(manager.fields, gone);
    if (fields === manager.fields) result.set(identity, manager);
    else if (!isEmptySet(fields)) result.set(identity, { ...manager, fields });
  }
  return result;
}

/** A write whose fields are to be tracked. */
export interface TrackedWrite {
  /** The object before; undefined for a create. */
  readonly before: KubeObject | undefined;
  /** The object after defaults and admission; its own managedFields win over those before. */
  readonly after: KubeObject;
  /** The client's field manager; empty counts as `unknown`. */
  readonly manager: string;
  /** Status, scale…: empty for the object itself. */
  readonly subresource?: string;
  readonly schema: MergeNode;
  readonly now: Micros;
}

/** The managedFields an object has after an update or create; the old list itself when nothing changed hands. */
export function trackUpdate(write: TrackedWrite): readonly ManagedFieldsEntry[] {
  const { before, after, schema, now } = write;
  const given = after.metadata.managedFields;
  const old = managersFor(given, before?.metadata.managedFields);
  const comparison = compareManaged(before, after, schema);
  const taken = stripUnmanaged(union(comparison.modified, comparison.added));
  const changed = union(union(comparison.modified, comparison.added), comparison.removed);
  if (isEmptySet(changed)) return unchangedManagers(given, before?.metadata.managedFields);
  const managers = new Map(disown(old, changed));
  if (!isEmptySet(taken)) {
    const own: Manager = {
      name: write.manager === "" ? "unknown" : write.manager,
      operation: "Update",
      apiVersion: after.apiVersion,
      subresource: write.subresource ?? "",
      time: timestamp(now),
      fields: taken,
    };
    const identity = identityOf(own);
    const had = managers.get(identity)?.fields ?? EMPTY_SET;
    managers.set(identity, { ...own, fields: union(had, taken) });
  }
  return encodeManagers(capUpdaters(managers));
}

type Entries = readonly ManagedFieldsEntry[];

/** Whether a client asks to forget all managers: by one empty entry. */
function isReset(given: Entries | undefined): boolean {
  return given?.length === 1 && given.every((entry) => Object.keys(entry).length === 0);
}

function unchangedManagers(given: Entries | undefined, stored: Entries | undefined): Entries {
  if (isReset(given)) return [];
  return given === undefined || given.length === 0 ? (stored ?? []) : given;
}

/** Managers a client wrote down itself, else those of the stored object. One empty entry forgets all. */
function managersFor(given: Entries | undefined, stored: Entries | undefined): Managers {
  if (isReset(given)) return new Map();
  const own = given === undefined || given.length === 0 ? undefined : decodeManagers(given);
  return own ?? decodeManagers(stored) ?? new Map();
}

/** Compares what can be managed: everything but managedFields. */
export function compareManaged(
  before: KubeObject | undefined,
  after: KubeObject,
  schema: MergeNode,
): Comparison {
  return compare(before === undefined ? {} : unmanaged(before), unmanaged(after), schema);
}

/** An object without its managedFields. */
export function unmanaged(object: KubeObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
}

/**
 * The next version with the managedFields of the one before when nothing but their times changed: a write that
 * changes nothing must not count as a change. To be asked once the next version is complete (decoded, defaulted).
 */
export function withoutTimeChange(before: KubeObject, after: KubeObject): KubeObject {
  const [old, now] = [before.metadata.managedFields, after.metadata.managedFields];
  if (old === now || old === undefined || now === undefined) return after;
  if (!equalJson(old.map(timeless), now.map(timeless))) return after;
  return { ...after, metadata: { ...after.metadata, managedFields: old } };
}

function timeless(entry: ManagedFieldsEntry): ManagedFieldsEntry {
  const { time: _, ...rest } = entry;
  return rest;
}

/** Merges the oldest updaters beyond the limit into one per version, which gets the younger's time. */
function capUpdaters(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === "Update");
  let count = updaters.length;
  if (count <= MAX_UPDATERS) return managers;
  updaters.sort(([one, a], [other, b]) => {
    const [x, y] = a.time === b.time ? [one, other] : [a.time ?? "", b.time ?? ""];
    return x < y ? -1 : 1;
  });
  const result = new Map(managers);
  const oldest = new Map<string, string>();
  for (const [identity, manager] of updaters) {
    if (count <= MAX_UPDATERS) break;
    const first = oldest.get(manager.apiVersion);
    if (first === undefined) {
      oldest.set(manager.apiVersion, identity);
      continue;
    }
    const { apiVersion, operation, time } = manager;
    const bucket = { name: ANCIENT, operation, apiVersion, subresource: "", time };
    const target = identityOf(bucket);
    const before = result.get(target) ?? result.get(first);
    if (!result.has(target)) result.delete(first);
    result.set(target, { ...bucket, fields: union(before?.fields ?? EMPTY_SET, manager.fields) });
    result.delete(identity);
    count--;
  }
  return result;
}
