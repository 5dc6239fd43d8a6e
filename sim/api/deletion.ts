import { type Micros, SECOND } from "../engine/time.ts";
import { asKind, conflict, forbidden, revisionMismatch, uidMismatch } from "./api-error.ts";
import type { KindDescriptor } from "./kinds/descriptor.ts";
import { parseTimestamp, timestamp } from "./meta/time.ts";
import { type KubeObject, withFields } from "./object.ts";
import type { CustomResourceDefinition, Namespace, ObjectMeta } from "./types.gen.ts";

/** What a request to delete may ask for. */
export interface DeletionRequest {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** Holds a definition back until its objects are gone. */
export const DEFINITION_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

/** Throws 403 for an object that the system itself depends on. */
export function checkDeletable(descriptor: KindDescriptor, { metadata }: KubeObject): void {
  if (descriptor.kind !== "PriorityClass" || !metadata.name.startsWith("system-")) return;
  const why = "this is a system priority class and cannot be deleted";
  throw forbidden(descriptor, metadata.name, why);
}

/** Throws 409 when the object is not the one that the request means. */
export function checkPreconditions(
  descriptor: KindDescriptor,
  { metadata }: KubeObject,
  { preconditions }: DeletionRequest,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(asKind(descriptor), metadata.name, uidMismatch(uid, metadata.uid));
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = revisionMismatch(resourceVersion, metadata.resourceVersion);
    throw conflict(asKind(descriptor), metadata.name, why);
  }
}

/** Seconds of grace of a first deletion: pods have their own unless they never reached a node or have ended. */
function graceSeconds(
  { kind, group }: KindDescriptor,
  object: KubeObject,
  { gracePeriodSeconds }: DeletionRequest,
): number {
  if (kind !== "Pod" || group !== "") return 0;
  const spec = object.spec as { nodeName?: string; terminationGracePeriodSeconds?: number };
  const phase = (object.status as { phase?: string } | undefined)?.phase;
  if (!spec.nodeName || phase === "Succeeded" || phase === "Failed") return 0;
  const wanted = gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  return wanted < 0 ? 1 : wanted;
}

/** The finalizers that a deletion leaves: propagation policies are finalizers of the garbage collector. */
function finalizersFor(object: KubeObject, request: DeletionRequest): readonly string[] {
  const present = object.metadata.finalizers ?? [];
  const policy = request.propagationPolicy;
  if (policy === undefined) return present;
  const kept = present.filter((one) => one !== "orphan" && one !== "foregroundDeletion");
  if (policy === "Orphan") kept.push("orphan");
  if (policy === "Foreground") kept.push("foregroundDeletion");
  const same = kept.length === present.length && kept.every((one) => present.includes(one));
  return same ? present : kept;
}

/**
 * What a deletion makes of an object: the object marked for deletion, the same object when there is nothing left to do,
 * or `undefined` when nothing holds it back and it goes at once.
 */
export function markDeleted(
  descriptor: KindDescriptor,
  object: KubeObject,
  request: DeletionRequest,
  now: Micros,
): KubeObject | undefined {
  const { metadata } = object;
  if (isPending(object, request)) return object;
  const finalizers = finalizersFor(object, request);
  if (isHeldByKind(descriptor, object)) return markHeld(descriptor, object, finalizers, now);
  const already = metadata.deletionTimestamp !== undefined;
  const grace = already ? shortened(metadata, request) : graceSeconds(descriptor, object, request);
  if (grace === 0 && finalizers.length === 0) return undefined;
  const mark: Partial<ObjectMeta> = already
    ? grace === (metadata.deletionGracePeriodSeconds ?? 0)
      ? {}
      : deletionMark(metadata, grace, now)
    : { ...deletionMark(metadata, grace, now), ...nextGeneration(metadata) };
  const same = finalizers === (metadata.finalizers ?? finalizers);
  if (already && same && mark.deletionTimestamp === undefined) return object;
  if (finalizers.length === 0 && metadata.finalizers === undefined)
    return { ...object, metadata: withFields(metadata, mark) };
  const { finalizers: _, ...rest } = metadata;
  const kept = finalizers.length > 0 ? { finalizers } : {};
  return { ...object, metadata: { ...rest, ...mark, ...kept } };
}

/** A second deletion that does not end an object's grace earlier changes nothing of it, whatever else it asks for. */
function isPending({ metadata }: KubeObject, request: DeletionRequest): boolean {
  const left = metadata.deletionGracePeriodSeconds ?? 0;
  return (
    metadata.deletionTimestamp !== undefined && left > 0 && shortened(metadata, request) === left
  );
}

/** A second deletion may only shorten the grace period. */
function shortened(metadata: ObjectMeta, { gracePeriodSeconds }: DeletionRequest): number {
  const left = metadata.deletionGracePeriodSeconds ?? 0;
  if (gracePeriodSeconds === undefined) return left;
  return Math.min(left, gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds);
}

function nextGeneration({ generation }: ObjectMeta): Partial<ObjectMeta> {
  return generation === undefined ? {} : { generation: generation + 1 };
}

function deletionMark(metadata: ObjectMeta, grace: number, now: Micros): Partial<ObjectMeta> {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  // A second, shorter deletion counts from the first one's request.
  const asked = parseTimestamp(deletionTimestamp);
  const from = asked === undefined ? now : asked - deletionGracePeriodSeconds * SECOND;
  return {
    deletionTimestamp: timestamp(from + grace * SECOND),
    deletionGracePeriodSeconds: grace,
  };
}

/** Namespaces wait for their content, definitions for their objects: the first deletion only marks them. */
function isHeldByKind({ kind, group }: KindDescriptor, object: KubeObject): boolean {
  if (kind === "Namespace" && group === "")
    return (
      object.metadata.deletionTimestamp === undefined ||
      ((object as Namespace).spec?.finalizers?.length ?? 0) > 0
    );
  return kind === "CustomResourceDefinition" && object.metadata.deletionTimestamp === undefined;
}

function markHeld(
  { kind }: KindDescriptor,
  object: KubeObject,
  finalizers: readonly string[],
  now: Micros,
): KubeObject {
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return object;
  const deletionTimestamp = timestamp(now);
  if (kind === "Namespace") {
    const status = { ...(object as Namespace).status, phase: "Terminating" };
    const kept = finalizers.length > 0 ? { finalizers } : {};
    return { ...object, metadata: { ...metadata, ...kept, deletionTimestamp }, status };
  }
  const held = finalizers.includes(DEFINITION_FINALIZER)
    ? finalizers
    : [...finalizers, DEFINITION_FINALIZER];
  return terminating(
    { ...object, metadata: { ...metadata, deletionTimestamp, finalizers: held } },
    now,
  );
}

function terminating(definition: KubeObject, now: Micros): KubeObject {
  const { status } = definition as CustomResourceDefinition;
  const condition = {
    type: "Terminating",
    status: "True",
    reason: "InstanceDeletionPending",
    message:
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    lastTransitionTime: timestamp(now),
  };
  const others = status?.conditions?.filter(({ type }) => type !== "Terminating") ?? [];
  return { ...definition, status: { ...status, conditions: [...others, condition] } };
}

/** Marked for deletion, and nothing holds it any more: no finalizers, no grace that its node has still to honour. */
export function isReleased(object: KubeObject): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined) return false;
  if ((metadata.finalizers?.length ?? 0) > 0) return false;
  if (object.kind === "Namespace" && object.apiVersion === "v1")
    return ((object as Namespace).spec?.finalizers?.length ?? 0) === 0;
  return (metadata.deletionGracePeriodSeconds ?? 0) === 0;
}
