import { forbidden } from "../api-error.ts";
import type { KindDescriptor } from "../kinds/descriptor.ts";
import { isPodLevelResource } from "../kinds/pod/resources.ts";
import { formatQuantity, parseQuantity } from "../meta/quantity.ts";
import type { KubeObject } from "../object.ts";
import type { Container, Pod, ResourceQuota } from "../types.gen.ts";
import { isOfPodsAndClaims, quotaUsage } from "./device-quota.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "./plugin.ts";
import {
  type Amount,
  type Counted,
  isTerminating,
  quotaCovers,
  type Usage,
} from "./quota-usage.ts";
import { isPodResize } from "./service-account.ts";

/** Refuses what would exceed a quota of its namespace. What is used already is counted, not read from the status. */
export const resourceQuota: AdmissionPlugin = {
  name: "ResourceQuota",
  idleWithout: "ResourceQuota",
  validate(request, reader) {
    const { object, namespace, descriptor } = request;
    if (object === undefined || !namespace || !isCounted(request)) return;
    const quotas = ([...reader.list("ResourceQuota", namespace)] as ResourceQuota[]).filter(
      (quota) => quotaCovers(quota, descriptor.kind, object),
    );
    for (const quota of quotas) checkSpecified(request, object, quota);
    for (const quota of quotas) checkRoom(request, object, quota, reader);
  },
};

/** Kinds whose updates may use more; others count when they are created. */
const GROWING: ReadonlySet<string> = new Set(["Service", "PersistentVolumeClaim", "ResourceClaim"]);

/** Whether upstream's evaluator of the kind handles the request (`Handles`). Events are never counted. */
function isCounted(request: AdmissionRequest): boolean {
  const { descriptor, operation, subresource, object, before } = request;
  if (descriptor.kind === "Event") return false;
  if (isPodResize(request)) return true;
  if (subresource || operation === "DELETE") return false;
  if (operation === "CREATE" || GROWING.has(descriptor.kind)) return true;
  return descriptor.kind === "Pod" && isTerminating(object as Pod) !== isTerminating(before as Pod);
}

const ZERO: Amount = { nanos: 0n, format: "DecimalSI" };

function checkSpecified(request: AdmissionRequest, object: KubeObject, quota: ResourceQuota): void {
  const { descriptor } = request;
  if (descriptor.kind !== "Pod" || descriptor.group !== "") return;
  const missing = unspecified(object as Pod, quota.spec?.hard ?? {});
  if (missing === undefined) return;
  throw forbidden(descriptor, request.name, `failed quota: ${quota.metadata.name}: ${missing}`);
}

function checkRoom(
  request: AdmissionRequest,
  object: KubeObject,
  quota: ResourceQuota,
  reader: AdmissionReader,
): void {
  const { descriptor, before } = request;
  const hard = quota.spec?.hard ?? {};
  const { name } = quota.metadata;
  const asked = quotaUsage(descriptor, object, reader);
  const had: Usage =
    before !== undefined && quotaCovers(quota, descriptor.kind, before)
      ? quotaUsage(descriptor, before, reader)
      : new Map();
  const counted = [...asked.keys()].filter((key) => hard[key] !== undefined).sort();
  const grown = counted.filter(
    (key) => (asked.get(key) ?? ZERO).nanos > (had.get(key) ?? ZERO).nanos,
  );
  if (grown.length === 0) return;
  const used = usedOf(request, quota, grown, reader);
  const deltaOf = (key: string): Amount => {
    const now = asked.get(key) ?? ZERO;
    return { ...now, nanos: now.nanos - (had.get(key) ?? ZERO).nanos };
  };
  const exceeded = grown.filter((key) => {
    const sum = (used.get(key) ?? ZERO).nanos + deltaOf(key).nanos;
    return sum > (parseQuantity(hard[key] ?? "0")?.nanos ?? 0n);
  });
  if (exceeded.length === 0) return;
  const print = (read: (key: string) => string) =>
    exceeded.map((key) => `${key}=${read(key)}`).join(",");
  const why = `exceeded quota: ${name}, requested: ${print((key) => formatQuantity(deltaOf(key)))}, used: ${print((key) => formatQuantity(used.get(key) ?? ZERO))}, limited: ${print((key) => hard[key] ?? "0")}`;
  throw forbidden(descriptor, request.name, why);
}

/** What the namespace's objects of the request's kind, or of all kinds that use them, use of the named resources. */
function usedOf(
  { descriptor, namespace }: AdmissionRequest,
  quota: ResourceQuota,
  keys: readonly string[],
  reader: AdmissionReader,
): Usage {
  const total: Usage = new Map();
  const add = (usage: Usage, name: string): void => {
    const more = usage.get(name);
    if (more === undefined) return;
    const before = total.get(name);
    total.set(name, { ...more, ...before, nanos: (before?.nanos ?? 0n) + more.nanos });
  };
  const shared = keys.filter(isOfPodsAndClaims);
  for (const kind of shared.length > 0 ? PODS_AND_CLAIMS : [descriptor]) {
    const own = kind.kind === descriptor.kind;
    for (const other of reader.list(own ? storedKind(descriptor) : kind.kind, namespace)) {
      if (!quotaCovers(quota, kind.kind, other)) continue;
      const usage = quotaUsage(kind, other, reader);
      for (const key of own ? keys : shared) add(usage, key);
    }
  }
  return total;
}

const PODS_AND_CLAIMS: readonly Counted[] = [
  { group: "", plural: "pods", kind: "Pod" },
  { group: "resource.k8s.io", plural: "resourceclaims", kind: "ResourceClaim" },
];

/** Custom kinds are stored under names with their group. */
function storedKind({ type, kind, group }: KindDescriptor): string {
  return type === undefined ? `${kind}.${group}` : kind;
}

/** Resources that every container must ask for where a quota counts them, unless the pod asks as a whole. */
const EXPLICIT = new Set([
  "cpu",
  "memory",
  "requests.cpu",
  "requests.memory",
  "limits.cpu",
  "limits.memory",
]);

function unspecified(pod: Pod, hard: Readonly<Record<string, string>>): string | undefined {
  const wanted = Object.keys(hard)
    .filter((key) => EXPLICIT.has(key))
    .sort();
  const { containers = [], initContainers = [], resources } = pod.spec ?? {};
  const ofPod = [
    ...Object.keys(resources?.requests ?? {}),
    ...Object.keys(resources?.limits ?? {}),
  ];
  if (ofPod.some(isPodLevelResource)) return undefined;
  const all: readonly Container[] = [...containers, ...initContainers];
  const parts = wanted.flatMap((key) => {
    const names = all.filter((one) => !asks(one.resources, key)).map(({ name }) => name);
    return names.length === 0 ? [] : [`${key} for: ${[...new Set(names)].sort().join(",")}`];
  });
  return parts.length === 0 ? undefined : `must specify ${parts.join("; ")}`;
}

function asks(resources: Container["resources"], key: string): boolean {
  if (key.startsWith("limits."))
    return resources?.limits?.[key.slice("limits.".length)] !== undefined;
  return resources?.requests?.[key.replace(/^requests\./, "")] !== undefined;
}
