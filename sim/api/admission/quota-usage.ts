import type { KindDescriptor } from "../kinds/descriptor.ts";
import { isPodLevelResource, qosClass, sumOfContainers } from "../kinds/pod/resources.ts";
import { parseQuantity, type QuantityFormat } from "../meta/quantity.ts";
import type { KubeObject } from "../object.ts";
import type {
  PersistentVolumeClaim,
  Pod,
  PodSpec,
  ResourceClaim,
  ResourceQuota,
  ScopedResourceSelectorRequirement,
  Service,
} from "../types.gen.ts";
import { isExtendedResource } from "../validation/resources.ts";

/** An amount of one resource: exact, with the format that it is printed in. */
export interface Amount {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** What an object counts for, by resource name. */
export type Usage = Map<string, Amount>;

const ONE = 1_000_000_000n;
const COUNTED: ReadonlySet<string> = new Set([
  "configmaps",
  "secrets",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "persistentvolumeclaims",
]);

function amountOf(text: string): Amount {
  return parseQuantity(text) ?? { nanos: 0n, format: "DecimalSI" };
}

/** What has to be known of a kind to count its objects. */
export type Counted = Pick<KindDescriptor, "group" | "plural" | "kind">;

/** Before the name of a device class it makes the name of a resource that stands for devices of the class. */
export const IMPLICIT_PREFIX = "deviceclass.resource.kubernetes.io/";

/** What one object of a kind uses of a namespace's quotas by itself (upstream's quota evaluators). */
export function usageOf(descriptor: Counted, object: KubeObject): Usage {
  const usage: Usage = new Map();
  const { group, plural } = descriptor;
  const one = { nanos: ONE, format: "DecimalSI" } as const;
  usage.set(group === "" ? `count/${plural}` : `count/${plural}.${group}`, one);
  if (group === "resource.k8s.io" && descriptor.kind === "ResourceClaim") {
    deviceUsage(object as ResourceClaim, usage);
  }
  if (group !== "") return usage;
  if (COUNTED.has(plural)) usage.set(plural, one);
  if (descriptor.kind === "Pod") podUsage(object as Pod, usage);
  else if (descriptor.kind === "Service") serviceUsage(object as Service, usage);
  else if (descriptor.kind === "PersistentVolumeClaim") {
    claimUsage(object as PersistentVolumeClaim, usage);
  }
  return usage;
}

/** A pod that has ended uses nothing but its entry. */
function podUsage(pod: Pod, usage: Usage): void {
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") return;
  usage.set("pods", { nanos: ONE, format: "DecimalSI" });
  const spec = pod.spec ?? { containers: [] };
  const requests = totals(spec, "requests");
  for (const [name, text] of requests) {
    const amount = amountOf(text);
    if (["cpu", "memory", "ephemeral-storage"].includes(name)) {
      usage.set(name, amount);
      usage.set(`requests.${name}`, amount);
    } else if (name.startsWith("hugepages-")) {
      usage.set(name, amount);
      usage.set(`requests.${name}`, amount);
    } else if (isExtendedResource(name) || name.startsWith(IMPLICIT_PREFIX))
      usage.set(`requests.${name}`, amount);
  }
  for (const [name, text] of totals(spec, "limits")) {
    if (["cpu", "memory", "ephemeral-storage"].includes(name)) {
      usage.set(`limits.${name}`, amountOf(text));
    }
  }
}

function totals(spec: PodSpec, key: "requests" | "limits"): ReadonlyMap<string, string> {
  const sums = new Map(sumOfContainers(spec, (container) => container.resources?.[key]));
  const own = spec.resources?.[key] ?? {};
  for (const name of Object.keys(own)) {
    if (isPodLevelResource(name)) sums.set(name, own[name] ?? "0");
  }
  return sums;
}

function serviceUsage({ spec = {} }: Service, usage: Usage): void {
  const ports = BigInt((spec.ports ?? []).length) * ONE;
  const format = "DecimalSI";
  if (spec.type === "NodePort") usage.set("services.nodeports", { nanos: ports, format });
  if (spec.type !== "LoadBalancer") return;
  const allocates = spec.allocateLoadBalancerNodePorts !== false;
  const chosen = (spec.ports ?? []).filter(({ nodePort }) => (nodePort ?? 0) !== 0).length;
  usage.set("services.nodeports", { nanos: allocates ? ports : BigInt(chosen) * ONE, format });
  usage.set("services.loadbalancers", { nanos: ONE, format });
}

function claimUsage({ spec, metadata }: PersistentVolumeClaim, usage: Usage): void {
  const storage = spec?.resources?.requests?.["storage"];
  const ofClass =
    metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec?.storageClassName;
  const prefix = `${ofClass}.storageclass.storage.k8s.io`;
  if (ofClass) usage.set(`${prefix}/persistentvolumeclaims`, { nanos: ONE, format: "DecimalSI" });
  if (storage === undefined) return;
  usage.set("requests.storage", amountOf(storage));
  if (ofClass) usage.set(`${prefix}/requests.storage`, amountOf(storage));
}

/** What a request for all of a class's devices is counted as: the most devices that one allocation may hold. */
const ALL_DEVICES = 32;

/** Devices asked for by class; of alternatives each class counts with its largest. */
function deviceUsage({ spec }: ResourceClaim, usage: Usage): void {
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    const counts = new Map<string, number>();
    for (const wish of exactly === undefined ? firstAvailable : [exactly]) {
      const count = wish.allocationMode === "All" ? ALL_DEVICES : (wish.count ?? 1);
      const name = `${wish.deviceClassName}.deviceclass.resource.k8s.io/devices`;
      counts.set(name, Math.max(count, counts.get(name) ?? 0));
    }
    for (const [name, count] of counts) {
      const nanos = (usage.get(name)?.nanos ?? 0n) + BigInt(count) * ONE;
      usage.set(name, { nanos, format: "DecimalSI" });
    }
  }
}

/** Whether a quota counts an object: its scopes speak of pods, and one of claims for volumes. */
export function quotaCovers(quota: ResourceQuota, kind: string, object: KubeObject): boolean {
  const scopes: ScopedResourceSelectorRequirement[] = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (scopes.length === 0) return true;
  if (kind === "PersistentVolumeClaim") {
    return scopes.every((scope) => claimInScope(object as PersistentVolumeClaim, scope));
  }
  return kind === "Pod" && scopes.every((scope) => inScope(object as Pod, scope));
}

/** A claim belongs to every class of volume attributes that it has, wants or is being changed to. */
function claimInScope(
  { spec, status }: PersistentVolumeClaim,
  scope: ScopedResourceSelectorRequirement,
): boolean {
  if (scope.scopeName !== "VolumeAttributesClass") return false;
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined && name !== "");
  return (names.length === 0 ? [""] : names).some((name) => selectsName(name ?? "", scope));
}

/** Whether a pod ends by itself: the scopes `Terminating` and `NotTerminating`. */
export function isTerminating({ spec }: Pod): boolean {
  return spec?.activeDeadlineSeconds !== undefined;
}

function inScope(pod: Pod, scope: ScopedResourceSelectorRequirement): boolean {
  const spec = pod.spec ?? { containers: [] };
  switch (scope.scopeName) {
    case "BestEffort":
      return qosClass(spec) === "BestEffort";
    case "NotBestEffort":
      return qosClass(spec) !== "BestEffort";
    case "Terminating":
      return isTerminating(pod);
    case "NotTerminating":
      return !isTerminating(pod);
    case "PriorityClass":
      return selectsName(spec.priorityClassName ?? "", scope);
    case "CrossNamespacePodAffinity":
      return crossesNamespaces(spec);
    default:
      return false;
  }
}

function selectsName(name: string, scope: ScopedResourceSelectorRequirement): boolean {
  const values = scope.values ?? [];
  switch (scope.operator) {
    case "In":
      return values.includes(name);
    case "NotIn":
      return !values.includes(name);
    case "DoesNotExist":
      return name === "";
    default:
      return name !== "";
  }
}

function crossesNamespaces(spec: PodSpec): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) => {
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const terms = [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...preferred.map(({ podAffinityTerm }) => podAffinityTerm),
    ];
    return terms.some(
      ({ namespaces, namespaceSelector }) =>
        (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined,
    );
  });
}
