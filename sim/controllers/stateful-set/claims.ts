import { ApiError } from "../../api/api-error.ts";
import { type KubeObject, makeKey } from "../../api/object.ts";
import type {
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from "../../api/types.gen.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import { controllerReference } from "../runtime/owner.ts";
import { claimName } from "./identity.ts";

const KIND = "PersistentVolumeClaim";

/** Names of the claims of an ordinal, with their templates. */
function claimsOf(
  set: StatefulSet,
  ordinal: number,
): readonly (readonly [name: string, template: PersistentVolumeClaim])[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => [
    claimName(set, template.metadata.name, ordinal),
    template,
  ]);
}

/**
 * Makes the claims of an ordinal that are missing, and gives them their owners. Throws when one could not be made or is
 * on its way out: the pod has to wait for it.
 */
export function createMissingClaims(
  set: StatefulSet,
  ordinal: number,
  podName: string,
  context: ReconcileContext,
): void {
  const { client } = context;
  const failures: string[] = [];
  for (const [name, template] of claimsOf(set, ordinal)) {
    const key = makeKey(set.metadata.namespace, name);
    const present = client.get(KIND, key) ?? client.live(KIND, key);
    if (present?.metadata.deletionTimestamp !== undefined)
      failures.push(`pvc ${name} is being deleted`);
    if (present !== undefined) continue;
    const error = createClaim(set, name, template, podName, context);
    if (error !== undefined) failures.push(`failed to create PVC ${name}: ${error.message}`);
  }
  if (failures.length > 0) throw new ApiError(500, "", aggregated(failures));
}

/** Several errors as Go's aggregates print them. */
function aggregated(messages: readonly string[]): string {
  const [only = "", ...others] = new Set(messages);
  return others.length === 0 ? only : `[${[only, ...others].join(", ")}]`;
}

function createClaim(
  set: StatefulSet,
  name: string,
  { metadata: { labels, annotations }, spec }: PersistentVolumeClaim,
  podName: string,
  { client, record }: ReconcileContext,
): ApiError | undefined {
  const { namespace, name: setName } = set.metadata;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { ...labels, ...set.spec.selector.matchLabels },
    ...(annotations === undefined ? {} : { annotations }),
  };
  try {
    client.create(KIND, { apiVersion: "v1", kind: KIND, metadata, spec });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const why = `Create Claim ${name} for Pod ${podName} in StatefulSet ${setName} failed error: ${error.message}`;
    if (error.reason !== "AlreadyExists") record.event(set, "Warning", "FailedCreate", why);
    return error;
  }
  const message = `Create Claim ${name} Pod ${podName} in StatefulSet ${setName} success`;
  record.event(set, "Normal", "SuccessfulCreate", message);
  return undefined;
}

/**
 * Whether a claim of an ordinal still belongs to a pod that is gone: it is about to be deleted, and must be first.
 * Claims that stay when pods are scaled away are meant to be used again.
 */
export function hasStaleClaim(
  set: StatefulSet,
  ordinal: number,
  podName: string,
  { client }: ReconcileContext,
): boolean {
  if (!policyOf(set).onScale) return false;
  return claimsOf(set, ordinal).some(([name]) => {
    const claim = client.get(KIND, makeKey(set.metadata.namespace, name));
    return claim?.metadata.ownerReferences?.some(
      (owner) => owner.kind === "Pod" && owner.name === podName,
    );
  });
}

/**
 * Owners of a pod's claims by the retention policy: what is to go on scale-down belongs to the condemned pod, what is to go
 * with the StatefulSet belongs to it, what is to stay to nobody. Answers whether any had to change.
 */
export function syncClaimOwners(
  set: StatefulSet,
  pod: Pod,
  ordinal: number,
  isCondemned: boolean,
  { client, record }: ReconcileContext,
): boolean {
  const claims = claimsOf(set, ordinal).flatMap(
    ([name]) => client.get(KIND, makeKey(set.metadata.namespace, name)) ?? [],
  );
  const changes = claims.map((claim) => changedOwners(claim, set, pod, isCondemned));
  if (changes.every((owners) => owners === undefined)) return false;
  claims.forEach((claim, at) => {
    const { ownerReferences: _, ...metadata } = claim.metadata;
    if (isManagedElsewhere(claim, set, pod)) {
      // Upstream's spelling.
      const message = `PersistentVolumeClaim ${metadata.name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
      record.event(set, "Warning", "ConflictingController", message);
    }
    const owners = changes[at];
    if (owners === undefined) return;
    client.update(KIND, {
      ...claim,
      metadata: owners.length === 0 ? metadata : { ...metadata, ownerReferences: owners },
    });
  });
  return true;
}

/** The owners that a claim is to have; `undefined` when it has them, or is not for this StatefulSet to touch. */
function changedOwners(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  pod: Pod,
  isCondemned: boolean,
): readonly OwnerReference[] | undefined {
  const owners = claim.metadata.ownerReferences ?? [];
  const own = owners.filter((reference) => names(reference, set) || names(reference, pod));
  const { uid } = set.metadata;
  // A claim of an earlier StatefulSet or pod of the name is the garbage collector's.
  if (own.some((reference) => reference.uid !== uid && reference.uid !== pod.metadata.uid))
    return undefined;
  const others = owners.filter((reference) => !own.includes(reference));
  const { onScale, onDelete } = policyOf(set);
  const owner = onScale && isCondemned ? pod : onDelete ? set : undefined;
  if (owner === undefined || isManagedElsewhere(claim, set, pod))
    return own.length === 0 ? undefined : others;
  const [first, ...more] = own;
  const isAsDesired =
    more.length === 0 && first?.uid === owner.metadata.uid && first?.controller === true;
  return isAsDesired ? undefined : [...others, controllerReference(owner)];
}

/** Whether something else is the controller of a claim whose fate the retention policy would decide. */
function isManagedElsewhere(claim: PersistentVolumeClaim, set: StatefulSet, pod: Pod): boolean {
  const { onScale, onDelete } = policyOf(set);
  if (!onScale && !onDelete) return false;
  return (claim.metadata.ownerReferences ?? []).some(
    (reference) =>
      reference.controller === true && !names(reference, set) && !names(reference, pod),
  );
}

/** When claims are to go. */
function policyOf({ spec }: StatefulSet): { onScale: boolean; onDelete: boolean } {
  const { whenScaled, whenDeleted } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return { onScale: whenScaled === "Delete", onDelete: whenDeleted === "Delete" };
}

function names(reference: OwnerReference, { apiVersion, kind, metadata }: KubeObject): boolean {
  return (
    reference.apiVersion === apiVersion &&
    reference.kind === kind &&
    reference.name === metadata.name
  );
}
