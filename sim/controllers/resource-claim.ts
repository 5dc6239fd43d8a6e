import { ApiError } from "../api/api-error.ts";
import type { Client } from "../api/client.ts";
import { hasFinalizer, withoutFinalizer } from "../api/meta/finalizers.ts";
import { type Key, type KubeObject, keyOf, makeKey } from "../api/object.ts";
import type {
  Pod,
  PodResourceClaim,
  PodResourceClaimStatus,
  ResourceClaim,
} from "../api/types.gen.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import { controllerOf, controllerReference } from "./runtime/owner.ts";
import { hasEnded, isTerminating } from "./runtime/pods.ts";

/** Says for which entry of a pod's resourceClaims a claim was made. */
const POD_CLAIM = "resource.kubernetes.io/pod-claim-name";
/** Holds an allocated claim until its devices are given back. */
const PROTECTION = "resource.kubernetes.io/delete-protection";
const POD = "pod:";
/** `ResourceClaimReservedForMaxSize`. */
const MOST_CONSUMERS = 256;
/** Letters of a claim's name before its random end. */
const MOST_LETTERS = 57;

/**
 * Makes ResourceClaims for pods from templates, takes pods that have ended off the claims they reserved, gives back
 * what nobody reserves any more, and deletes claims made for pods that are done. Keys of pods begin with `pod:`.
 */
export function resourceClaimController(): Controller {
  return {
    name: "resourceclaim-controller",
    eventSource: "resource_claim",
    for: "ResourceClaim",
    watches: [
      { kind: "Pod", keys: keysOfPod },
      // A claim made for a pod that was deleted by accident is made anew.
      { kind: "ResourceClaim", keys: (after, before) => (after ? NONE : ownerOf(before)) },
    ],
    reads: ["ResourceClaimTemplate"],
    reconcile(key, context) {
      if (key.startsWith(POD)) syncPod(key.slice(POD.length), context);
      else syncClaim(key, context);
    },
  };
}

const NONE: readonly Key[] = [];

function keysOfPod(after: KubeObject | undefined, before: KubeObject | undefined): readonly Key[] {
  const pod = (after ?? before) as Pod;
  const claims = pod.spec?.resourceClaims;
  // The scheduler's claim for the pod's extended resources.
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  if ((claims === undefined || claims.length === 0) && extended === undefined) return NONE;
  const names = [...(claims ?? []).map((claim) => claimName(pod, claim)), extended].filter(
    (name) => name !== undefined,
  );
  const keys = names.map((name) => makeKey(pod.metadata.namespace, name));
  return after === undefined ? keys : [POD + keyOf(pod), ...keys];
}

function ownerOf(claim: KubeObject | undefined): Key[] {
  const owner = claim === undefined ? undefined : controllerOf(claim);
  return owner?.kind === "Pod" ? [POD + makeKey(claim?.metadata.namespace, owner.name)] : [];
}

/** Name of the claim behind an entry of a pod, as far as it is known. */
export function claimName(pod: Pod, entry: PodResourceClaim): string | undefined {
  if (entry.resourceClaimName !== undefined) return entry.resourceClaimName;
  return pod.status?.resourceClaimStatuses?.find(({ name }) => name === entry.name)
    ?.resourceClaimName;
}

/** Makes what a pod's entries ask for, and reserves it when the pod came to its node past the scheduler. */
function syncPod(key: Key, context: ReconcileContext): void {
  const { client, record } = context;
  const pod = client.get("Pod", key);
  if (pod === undefined || isTerminating(pod) || hasEnded(pod)) return;
  const names = new Map<string, string>();
  for (const entry of pod.spec?.resourceClaims ?? []) {
    try {
      const name = nameFor(client, pod, entry);
      if (name !== undefined) names.set(entry.name, name);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const text = `PodResourceClaim ${entry.name}: ${error.message}`;
      record.event(pod, "Warning", "FailedResourceClaimCreation", text);
      throw error;
    }
  }
  writeNames(client, pod, names);
  if ((pod.spec?.nodeName ?? "") !== "") reserve(client, pod, names);
}

/** Name of the claim that was or is now made for an entry; `undefined` where none has to be made. */
function nameFor(client: Client, pod: Pod, entry: PodResourceClaim): string | undefined {
  const template = entry.resourceClaimTemplateName;
  if (template === undefined) return undefined;
  const known = claimName(pod, entry);
  const claim =
    known === undefined
      ? undefined
      : client.get("ResourceClaim", makeKey(pod.metadata.namespace, known));
  if (claim !== undefined && controllerOf(claim)?.uid === pod.metadata.uid) return known;
  return findMade(client, pod, entry) ?? make(client, pod, entry, template);
}

function writeNames(client: Client, pod: Pod, names: ReadonlyMap<string, string>): void {
  const before = pod.status?.resourceClaimStatuses ?? [];
  const statuses: PodResourceClaimStatus[] = before.filter(({ name }) => !names.has(name));
  for (const [name, resourceClaimName] of names) statuses.push({ name, resourceClaimName });
  const same = before.length === statuses.length;
  if (same && before.every(({ name, resourceClaimName }) => names.get(name) === resourceClaimName))
    return;
  const status = { ...pod.status, resourceClaimStatuses: statuses };
  client.updateStatus("Pod", { ...pod, status });
}

/** Reserves allocated claims for a pod that the scheduler did not place. */
function reserve(client: Client, pod: Pod, names: ReadonlyMap<string, string>): void {
  const { name, namespace, uid } = pod.metadata;
  for (const entry of pod.spec?.resourceClaims ?? []) {
    const found = entry.resourceClaimName ?? names.get(entry.name);
    const claim = found && client.get("ResourceClaim", makeKey(namespace, found));
    if (!claim || claim.status?.allocation === undefined) continue;
    const before = claim.status.reservedFor ?? [];
    if (before.some((one) => one.uid === uid) || before.length >= MOST_CONSUMERS) continue;
    const reservedFor = [...before, { resource: "pods", name, uid }];
    client.updateStatus("ResourceClaim", { ...claim, status: { ...claim.status, reservedFor } });
  }
}

/** A claim that was made for the entry before its name was written down. */
function findMade(client: Client, pod: Pod, entry: PodResourceClaim): string | undefined {
  for (const { metadata } of client.liveList("ResourceClaim", pod.metadata.namespace ?? "")) {
    const mine = metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid) ?? false;
    if (mine && metadata.annotations?.[POD_CLAIM] === entry.name) return metadata.name;
  }
  return undefined;
}

function make(client: Client, pod: Pod, entry: PodResourceClaim, templateName: string): string {
  const { namespace, name } = pod.metadata;
  const template = client.get("ResourceClaimTemplate", makeKey(namespace, templateName));
  if (template === undefined) {
    const text = JSON.stringify(templateName);
    const why = `resource claim template ${text}: resourceclaimtemplate.resource.k8s.io ${text} not found`;
    throw new ApiError(404, "NotFound", why);
  }
  const { labels, annotations } = template.spec.metadata ?? {};
  try {
    return client.create("ResourceClaim", {
      apiVersion: "resource.k8s.io/v1",
      kind: "ResourceClaim",
      metadata: {
        generateName: baseName(name, entry.name),
        ...(namespace === undefined ? {} : { namespace }),
        ...(labels === undefined ? {} : { labels }),
        annotations: { ...annotations, [POD_CLAIM]: entry.name },
        ownerReferences: [controllerReference(pod)],
      },
      spec: template.spec.spec,
    }).metadata.name;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError(error.code, error.reason, `create ResourceClaim : ${error.message}`);
  }
}

/** Begin of a claim's name: both names, cut in proportion where they are too long together. */
function baseName(pod: string, entry: string): string {
  const whole = `${pod}-${entry}-`;
  if (whole.length <= MOST_LETTERS) return whole;
  const cut = (part: string): string =>
    part.slice(0, Math.floor((part.length * MOST_LETTERS) / whole.length));
  return `${cut(pod)}-${cut(entry)}`;
}

function syncClaim(key: Key, { client }: ReconcileContext): void {
  const seen = client.get("ResourceClaim", key);
  if (seen === undefined) return;
  let claim: ResourceClaim = seen;
  const reserved = claim.status?.reservedFor ?? [];
  const kept = reserved.filter(
    ({ resource, name, uid }) => resource !== "pods" || isUsing(client, claim, name, uid),
  );
  const leaving =
    claim.metadata.deletionTimestamp !== undefined &&
    kept.length === 0 &&
    claim.status?.allocation !== undefined;
  if (kept.length < reserved.length || leaving) {
    const { reservedFor: _, allocation, ...status } = claim.status ?? {};
    // What nobody reserves any more is given back.
    const rest = kept.length > 0 ? { reservedFor: kept, ...(allocation && { allocation }) } : {};
    claim = client.updateStatus("ResourceClaim", { ...claim, status: { ...status, ...rest } });
  }
  if (claim.status?.allocation === undefined && hasFinalizer(claim, PROTECTION))
    claim = client.update("ResourceClaim", withoutFinalizer(claim, PROTECTION));
  if (kept.length === 0) deleteDone(client, key, claim);
}

/** Whether a pod still needs what it reserved. */
function isUsing(client: Client, { metadata }: ResourceClaim, name: string, uid: string): boolean {
  const key = makeKey(metadata.namespace, name);
  const seen = client.get("Pod", key);
  const pod = seen?.metadata.uid === uid ? seen : client.live("Pod", key);
  if (pod?.metadata.uid !== uid) return false;
  return !isDone(pod);
}

/** A claim that was made for a pod is of no use when the pod is done, or is another one. */
function deleteDone(client: Client, key: Key, claim: ResourceClaim): void {
  const { namespace, uid, deletionTimestamp } = claim.metadata;
  const owner = controllerOf(claim);
  if (owner?.kind !== "Pod" || deletionTimestamp !== undefined) return;
  const pod = client.live("Pod", makeKey(namespace, owner.name));
  // Of a pod that is gone the garbage collector takes care.
  if (pod === undefined || (pod.metadata.uid === owner.uid && !isDone(pod))) return;
  client.delete("ResourceClaim", key, { preconditions: { uid } });
}

/** Ended, or deleted before it had a node. */
function isDone(pod: Pod): boolean {
  return hasEnded(pod) || (isTerminating(pod) && !pod.spec?.nodeName);
}
