import type { KindDescriptor } from "../kinds/descriptor.ts";
import { isPodLevelResource, qosClass, sumOfContainers } from "../kinds/pod/resources.ts";
import { parseQuantity, type QuantityFormat } from "../meta/quantity.ts";
import type { KubeObject } from "../object.ts";
import type {
  PersistentVolumeClaim,
  Pod,
  PodSpec,
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

/** What one object of a kind uses of a namespace's quotas (upstream's quota evaluators). */
export function usageOf(descriptor: KindDescriptor, object: KubeObject): Usage {
  const usage: Usage = new Map();
  const { group, plural } = descriptor;
  const one = { nanos: ONE, format: "DecimalSI" } as const;
  usage.set(group === "" ? `count/${plural}` : `count/${plural}.${group}`, one);
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
    } else if (isExtendedResource(name)) usage.set(`requests.${name}`, amount);
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

/** Whether a quota counts an object: its scopes speak of pods only. */
export function quotaCovers(quota: ResourceQuota, kind: string, object: KubeObject): boolean {
  const scopes: ScopedResourceSelectorRequirement[] = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (scopes.length === 0) return true;
  return kind === "Pod" && scopes.every((scope) => inScope(object as Pod, scope));
}

function inScope(pod: Pod, scope: ScopedResourceSelectorRequirement): boolean {
  const spec = pod.spec ?? { containers: [] };
  const ends = spec.activeDeadlineSeconds !== undefined;
  switch (scope.scopeName) {
    case "BestEffort":
      return qosClass(spec) === "BestEffort";
    case "NotBestEffort":
      return qosClass(spec) !== "BestEffort";
    case "Terminating":
      return ends;
    case "NotTerminating":
      return !ends;
    case "PriorityClass":
      return inPriorityScope(spec.priorityClassName ?? "", scope);
    case "CrossNamespacePodAffinity":
      return crossesNamespaces(spec);
    default:
      return false;
  }
}

function inPriorityScope(name: string, scope: ScopedResourceSelectorRequirement): boolean {
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
