import type { Micros } from "../../engine/time.ts";
import { ApiError } from "../api-error.ts";
import { timestamp } from "../meta/time.ts";
import type { KubeObject } from "../object.ts";
import {
  difference,
  EMPTY_SET,
  eachPath,
  equalSets,
  type FieldSet,
  intersection,
  isEmptySet,
  union,
} from "./field-set.ts";
import { isObject, sortKeys } from "./json-value.ts";
import {
  compareManaged,
  decodeManagers,
  disown,
  encodeManagers,
  identityOf,
  type Manager,
  type Managers,
  stripUnmanaged,
  unmanaged,
} from "./managed-fields.ts";
import type { MergeNode } from "./merge-schema.ts";
import { badPatch } from "./patch-error.ts";
import { compare, fieldsOf, mergeTyped, removePaths, withNamedFields } from "./typed-value.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Who owns what an object had before anybody's fields were tracked. */
const BEFORE_FIRST_APPLY = "before-first-apply";

/** One server-side apply request. */
export interface ApplyRequest {
  /** The stored object; undefined when the apply creates it. */
  readonly live: KubeObject | undefined;
  /** The applied configuration, of `live`'s version. */
  readonly applied: KubeObject;
  readonly manager: string;
  readonly subresource?: string;
  /** Takes fields over from other managers instead of failing. */
  readonly force: boolean;
  readonly schema: MergeNode;
  readonly now: Micros;
}

/** Fields of another manager that an apply would change. */
interface Conflict {
  readonly identity: string;
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/**
 * Merges an applied configuration into an object and keeps its managedFields: fields that the manager applied before
 * and no longer mentions are removed unless another manager has them. The live object itself when nothing changes.
 * Throws `ApiError` 400 for managedFields in the configuration, 409 for conflicts without force.
 */
export function serverSideApply(request: ApplyRequest): KubeObject {
  const { applied, live, manager } = request;
  if ((applied.metadata?.managedFields ?? null) !== null)
    throw badPatch("metadata.managedFields must be nil");
  try {
    return withLastApplied(applyOnce(request, request.force), request);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const allowed =
      manager === "kubectl" && live !== undefined
        ? ownedByLastApplied(live, request.schema)
        : EMPTY_SET;
    const left = error.conflicts
      .map((one) => ({ ...one, fields: difference(one.fields, allowed) }))
      .filter(({ fields }) => !isEmptySet(fields));
    if (left.length > 0) throw conflictAnswer(left);
    return withLastApplied(applyOnce(request, true), request);
  }
}

/** Inside only: what a caller sees is the `ApiError` made of it. */
class ConflictError extends Error {
  readonly conflicts: readonly Conflict[];
  constructor(conflicts: readonly Conflict[]) {
    super("conflict");
    this.conflicts = conflicts;
  }
}

function applyOnce(request: ApplyRequest, force: boolean): KubeObject {
  const { applied, schema } = request;
  const live = request.live === undefined ? emptyLike(applied) : unmanaged(request.live);
  const old = managersOf(request);
  const own = applier(request, fieldsOf(unmanaged(applied), schema));
  const identity = identityOf(own);
  const last = old.get(identity)?.fields ?? EMPTY_SET;
  const mine = new Map(old).set(identity, own);
  const merged = mergeTyped(live, unmanaged(applied), schema);
  const pruned = prune(merged, mine, last, schema) as KubeObject;
  mine.set(identity, { ...own, fields: stripUnmanaged(own.fields) });
  const { managers, same } = settleManagers(request, live, pruned, mine, identity, force);
  if (
    same &&
    isSameApplier(old.get(identity), managers.get(identity)) &&
    request.live !== undefined
  )
    return withoutChange(request.live, old, managers);
  const managedFields = encodeManagers(managers);
  return { ...pruned, metadata: { ...pruned.metadata, managedFields } };
}

function emptyLike({ apiVersion, kind }: KubeObject): Readonly<Record<string, unknown>> {
  return { apiVersion, kind, metadata: {} };
}

/** Managers of the live object; what it held untracked belongs to `before-first-apply`. */
function managersOf({ live, schema, now }: ApplyRequest): Managers {
  const managers = decodeManagers(live?.metadata.managedFields) ?? new Map<string, Manager>();
  if (live === undefined || managers.size > 0) return managers;
  const { added, modified } = compareManaged(undefined, live, schema);
  const before: Manager = {
    name: BEFORE_FIRST_APPLY,
    operation: "Update",
    apiVersion: live.apiVersion,
    subresource: "",
    time: timestamp(now),
    fields: stripUnmanaged(union(added, modified)),
  };
  return isEmptySet(before.fields) ? managers : new Map([[identityOf(before), before]]);
}

/** The applying manager, with all that its configuration speaks of: names and the like hold up their parents. */
function applier({ applied, manager, subresource, now }: ApplyRequest, fields: FieldSet): Manager {
  return {
    name: manager,
    operation: "Apply",
    apiVersion: applied.apiVersion,
    subresource: subresource ?? "",
    time: timestamp(now),
    fields,
  };
}

/** Removes what the manager applied last time and nobody manages now. */
function prune(merged: unknown, managers: Managers, last: FieldSet, schema: MergeNode): unknown {
  if (isEmptySet(last)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, schema, merged);
  const all = named(fieldsOf(merged, schema));
  let kept = removePaths(merged, named(last), schema);
  let managed = EMPTY_SET;
  for (const { fields } of managers.values()) managed = union(managed, fields);
  const owned = union(named(fieldsOf(kept, schema)), named(managed));
  kept = removePaths(merged, difference(all, owned), schema);
  const dangling = intersection(difference(all, named(fieldsOf(kept, schema))), named(last));
  return removePaths(merged, dangling, schema);
}

function settleManagers(
  request: ApplyRequest,
  live: unknown,
  next: KubeObject,
  managers: Managers,
  identity: string,
  force: boolean,
): { readonly managers: Managers; readonly same: boolean } {
  const { modified, added, removed } = compare(live, next, request.schema);
  const changed = union(modified, added);
  const others = new Map([...managers].filter(([name]) => name !== identity));
  const conflicts: Conflict[] = [];
  for (const [name, manager] of others) {
    const fields = intersection(manager.fields, changed);
    if (!isEmptySet(fields)) conflicts.push({ identity: name, manager, fields });
  }
  if (conflicts.length > 0 && !force) throw new ConflictError(conflicts);
  const result = new Map(disown(others, union(changed, removed)));
  const own = managers.get(identity);
  if (own !== undefined && !isEmptySet(own.fields)) result.set(identity, own);
  return { managers: result, same: isEmptySet(changed) && isEmptySet(removed) };
}

function isSameApplier(before: Manager | undefined, after: Manager | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return before.apiVersion === after.apiVersion && equalSets(before.fields, after.fields);
}

/** An apply that changed nothing keeps its old time, and the object when no tracking began either. */
function withoutChange(live: KubeObject, old: Managers, managers: Managers): KubeObject {
  const tracked = (live.metadata.managedFields ?? []).length > 0;
  if (tracked && managers.size === old.size) return live;
  const managedFields = encodeManagers(new Map([...old].filter(([name]) => managers.has(name))));
  return { ...live, metadata: { ...live.metadata, managedFields } };
}

/** Keeps kubectl's last-applied annotation in step with what kubectl applies on the server. */
function withLastApplied(object: KubeObject, { applied, manager, live }: ApplyRequest): KubeObject {
  const { annotations } = object.metadata;
  if (manager !== "kubectl" || object === live || annotations?.[LAST_APPLIED] === undefined)
    return object;
  const text = lastAppliedText(applied);
  if (annotations[LAST_APPLIED] === text) return object;
  const metadata = { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: text } };
  return { ...object, metadata };
}

/** What kubectl writes down as last applied: the configuration without that annotation itself, keys in order. */
function lastAppliedText(applied: KubeObject): string {
  const { [LAST_APPLIED]: _, ...annotations } = applied.metadata.annotations ?? {};
  const metadata = { ...applied.metadata, annotations };
  return `${JSON.stringify(sortKeys({ ...unmanaged(applied), metadata }))}\n`;
}

/** Fields of the last client-side apply that nobody has changed since: kubectl may take them over. */
function ownedByLastApplied(live: KubeObject, schema: MergeNode): FieldSet {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return EMPTY_SET;
  let last: unknown;
  try {
    last = JSON.parse(text);
  } catch {
    return EMPTY_SET;
  }
  if (!isObject(last)) return EMPTY_SET;
  const { modified, added, removed } = compare(last, unmanaged(live), schema);
  return difference(fieldsOf(last, schema), union(modified, union(added, removed)));
}

/** `"kubectl" using v1 at …`: a manager as conflicts name it. */
function managerText({ name, operation, apiVersion, subresource }: Manager): string {
  const who = `${JSON.stringify(name)}${subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`}`;
  return operation === "Update" ? `${who} using ${apiVersion}` : who;
}

function conflictAnswer(conflicts: readonly Conflict[]): ApiError {
  const sorted = conflicts.toSorted((a, b) => (a.identity < b.identity ? -1 : 1));
  const causes: { readonly reason: string; readonly message: string; readonly field: string }[] =
    [];
  const lines: string[] = [];
  for (const { manager, fields } of sorted) {
    lines.push(`conflicts with ${managerText(manager)}:`);
    eachPath(fields, (field) => {
      const message = `conflict with ${managerText(manager)}`;
      causes.push({ reason: "FieldManagerConflict", message, field });
      lines.push(`- ${field}`);
    });
  }
  const [first] = causes;
  const message =
    causes.length === 1 && first !== undefined
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`;
  return new ApiError(409, "Conflict", message, { causes });
}
