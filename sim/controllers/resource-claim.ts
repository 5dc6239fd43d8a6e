import type { Client } from "../api/client.ts";
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

/**
 * Makes ResourceClaims for pods from templates, takes pods that have ended off the claims they reserved, gives back
 * what nobody reserves any more, and deletes claims made for pods that are done. Keys of pods begin with `pod:`.
 */
export function resourceClaimController(): Controller {
  return {
    name: "resourceclaim-controller",
    for: "ResourceClaim",
    watches: [
      { kind: "Pod", keys: keysOfPod },
      {
        kind: "ResourceClaimTemplate",
        keys: (after, before, client) => (before === undefined ? waitingPods(after, client) : []),
      },
    ],
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
  if (claims === undefined || claims.length === 0) return NONE;
  const names = claims.map((claim) => claimName(pod, claim)).filter((name) => name !== undefined);
  const keys = names.map((name) => makeKey(pod.metadata.namespace, name));
  return after === undefined ? keys : [POD + keyOf(pod), ...keys];
}

function waitingPods(template: KubeObject | undefined, client: Client): Key[] {
  const { namespace, name } = template?.metadata ?? {};
  return [...client.list("Pod", namespace)]
    .filter(({ spec }) =>
      spec?.resourceClaims?.some((claim) => claim.resourceClaimTemplateName === name),
    )
    .map((pod) => POD + keyOf(pod));
}

/** Name of the claim behind an entry of a pod, as far as it is known. */
function claimName(pod: Pod, entry: PodResourceClaim): string | undefined {
  if (entry.resourceClaimName !== undefined) return entry.resourceClaimName;
  return pod.status?.resourceClaimStatuses?.find(({ name }) => name === entry.name)
    ?.resourceClaimName;
}

function syncPod(key: Key, { client, record }: ReconcileContext): void {
  const pod = client.get("Pod", key);
  if (pod === undefined || isTerminating(pod) || hasEnded(pod)) return;
  const statuses: PodResourceClaimStatus[] = [...(pod.status?.resourceClaimStatuses ?? [])];
  const known = statuses.length;
  for (const entry of pod.spec?.resourceClaims ?? []) {
    const template = entry.resourceClaimTemplateName;
    if (template === undefined || claimName(pod, entry) !== undefined) continue;
    const name = findMade(client, pod, entry) ?? make(client, pod, entry, template);
    if (name === undefined) {
      const text = `PodResourceClaim ${entry.name}: resource claim template ${JSON.stringify(template)}: resourceclaimtemplate.resource.k8s.io ${JSON.stringify(template)} not found`;
      record.event(pod, "Warning", "FailedResourceClaimCreation", text);
    } else statuses.push({ name: entry.name, resourceClaimName: name });
  }
  if (statuses.length > known)
    client.updateStatus("Pod", {
      ...pod,
      status: { ...pod.status, resourceClaimStatuses: statuses },
    });
}

/** A claim that was made for the entry before its name was written down. */
function findMade(client: Client, pod: Pod, entry: PodResourceClaim): string | undefined {
  for (const { metadata } of client.liveList("ResourceClaim", pod.metadata.namespace ?? "")) {
    const mine = metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid) ?? false;
    if (mine && metadata.annotations?.[POD_CLAIM] === entry.name) return metadata.name;
  }
  return undefined;
}

function make(
  client: Client,
  pod: Pod,
  entry: PodResourceClaim,
  templateName: string,
): string | undefined {
  const { namespace, name } = pod.metadata;
  const template = client.get("ResourceClaimTemplate", makeKey(namespace, templateName));
  if (template === undefined) return undefined;
  const { labels, annotations } = template.spec.metadata ?? {};
  return client.create("ResourceClaim", {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaim",
    metadata: {
      generateName: `${name}-${entry.name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, [POD_CLAIM]: entry.name },
      ownerReferences: [controllerReference(pod)],
    },
    spec: template.spec.spec,
  }).metadata.name;
}

function syncClaim(key: Key, { client }: ReconcileContext): void {
  const seen = client.get("ResourceClaim", key);
  if (seen === undefined) return;
  let claim: ResourceClaim = seen;
  const reserved = claim.status?.reservedFor ?? [];
  const kept = reserved.filter(
    ({ resource, name, uid }) => resource !== "pods" || isUsing(client, claim, name, uid),
  );
  if (kept.length < reserved.length) {
    const { reservedFor: _, allocation, ...status } = claim.status ?? {};
    // What nobody reserves any more is given back.
    const rest = kept.length > 0 ? { reservedFor: kept, ...(allocation && { allocation }) } : {};
    claim = client.updateStatus("ResourceClaim", { ...claim, status: { ...status, ...rest } });
  }
  if (claim.status?.allocation === undefined && claim.metadata.finalizers?.includes(PROTECTION))
    claim = dropProtection(client, claim);
  if (kept.length === 0) deleteDone(client, key, claim);
}

/** Whether a pod still needs what it reserved. */
function isUsing(client: Client, { metadata }: ResourceClaim, name: string, uid: string): boolean {
  const key = makeKey(metadata.namespace, name);
  const seen = client.get("Pod", key);
  const pod = seen?.metadata.uid === uid ? seen : client.live("Pod", key);
  if (pod?.metadata.uid !== uid) return false;
  return !hasEnded(pod) && !(isTerminating(pod) && !pod.spec?.nodeName);
}

function dropProtection(client: Client, claim: ResourceClaim): ResourceClaim {
  const { finalizers = [], ...metadata } = claim.metadata;
  const kept = finalizers.filter((finalizer) => finalizer !== PROTECTION);
  return client.update("ResourceClaim", {
    ...claim,
    metadata: kept.length === 0 ? metadata : { ...metadata, finalizers: kept },
  });
}

/** A claim that was made for a pod is of no use when the pod has ended. */
function deleteDone(client: Client, key: Key, claim: ResourceClaim): void {
  const { annotations, namespace, uid, deletionTimestamp } = claim.metadata;
  const owner = controllerOf(claim);
  if (owner?.kind !== "Pod" || annotations?.[POD_CLAIM] === undefined || deletionTimestamp) return;
  const pod = client.live("Pod", makeKey(namespace, owner.name));
  if (pod !== undefined && pod.metadata.uid === owner.uid && hasEnded(pod))
    client.delete("ResourceClaim", key, { preconditions: { uid } });
}
