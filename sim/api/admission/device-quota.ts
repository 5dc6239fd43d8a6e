import { type KubeObject, makeKey } from "../object.ts";
import type { DeviceClass, OwnerReference, Pod, ResourceClaim } from "../types.gen.ts";
import type { AdmissionReader } from "./plugin.ts";
import { type Amount, type Counted, IMPLICIT_PREFIX, type Usage, usageOf } from "./quota-usage.ts";

/** Where the other objects are that a claim's usage depends on. */
export type QuotaReader = Pick<AdmissionReader, "get" | "list">;

const OF_CLASS = ".deviceclass.resource.k8s.io/devices";
/** Says that the scheduler made a claim for a pod's extended resources. */
const MARK = "resource.kubernetes.io/extended-resource-claim";
const POD: Counted = { group: "", plural: "pods", kind: "Pod" };

/** Whether pods and claims both use a resource of a quota: one of somebody else than Kubernetes, or devices of a class. */
export function isOfPodsAndClaims(resource: string): boolean {
  return resource.startsWith("requests.") && resource.includes("/");
}

/**
 * What an object uses of its namespace's quotas. A claim's devices count by the names of extended resources, too, as far as
 * the pod that the scheduler made the claim for does not count for them itself (upstream `addExtendedResourceQuota`).
 */
export function quotaUsage(descriptor: Counted, object: KubeObject, reader: QuotaReader): Usage {
  const usage = usageOf(descriptor, object);
  return isClaim(descriptor) ? claimUsage(object as ResourceClaim, usage, reader) : usage;
}

/** Whether objects of a kind count with what depends on others. */
export function isClaim({ group, kind }: Counted): boolean {
  return group === "resource.k8s.io" && kind === "ResourceClaim";
}

/** What a claim uses, given what it uses by classes. */
export function claimUsage(claim: ResourceClaim, byClass: Usage, reader: QuotaReader): Usage {
  const extended = extendedUsage(byClass, reader);
  if (extended.size === 0) return byClass;
  const ofPod = podUsage(claim, reader);
  const usage: Usage = new Map(byClass);
  for (const [name, amount] of extended) {
    const nanos = amount.nanos - (ofPod?.get(name)?.nanos ?? 0n);
    if (nanos > 0n) usage.set(name, { ...amount, nanos });
  }
  return usage;
}

/** What devices count for by the names of extended resources, whoever counts it: as far as their classes are there. */
export function extendedUsage(byClass: Usage, reader: QuotaReader): Usage {
  const usage = new Map<string, Amount>();
  for (const [resource, amount] of byClass) {
    if (!resource.endsWith(OF_CLASS)) continue;
    const name = resource.slice(0, -OF_CLASS.length);
    const deviceClass = reader.get("DeviceClass", name) as DeviceClass | undefined;
    if (deviceClass === undefined) continue;
    usage.set(`requests.${IMPLICIT_PREFIX}${name}`, amount);
    const { extendedResourceName } = deviceClass.spec;
    if (extendedResourceName !== undefined) usage.set(`requests.${extendedResourceName}`, amount);
  }
  return usage;
}

/** What the pod uses that the scheduler made a claim for; of several claims that say so the first one is. */
function podUsage(claim: ResourceClaim, reader: QuotaReader): Usage | undefined {
  const { name, namespace } = claim.metadata;
  const owner = extendedFor(claim);
  const pod = owner && (reader.get("Pod", makeKey(namespace, owner.name)) as Pod | undefined);
  if (pod === undefined || pod.metadata.uid !== owner?.uid) return undefined;
  const told = pod.status?.extendedResourceClaimStatus;
  if (told !== undefined && told.resourceClaimName !== name) return undefined;
  if (told === undefined)
    for (const other of reader.list("ResourceClaim", namespace))
      if (extendedFor(other)?.uid === owner.uid && isBefore(other, claim)) return undefined;
  return usageOf(POD, pod);
}

/** The pod that a claim says it was made for by the scheduler. */
function extendedFor({ metadata }: KubeObject): OwnerReference | undefined {
  if (metadata.annotations?.[MARK] !== "true") return undefined;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner?.kind === "Pod" && owner.apiVersion === "v1" ? owner : undefined;
}

function isBefore(a: KubeObject, b: KubeObject): boolean {
  const [first, second] = [a, b].map(({ metadata }) => metadata.creationTimestamp ?? "");
  if (first !== second) return (first ?? "") < (second ?? "");
  return a.metadata.name < b.metadata.name;
}
