import {
  claimUsage,
  extendedUsage,
  isClaim,
  isOfPodsAndClaims,
} from "../api/admission/device-quota.ts";
import { type Amount, quotaCovers, type Usage, usageOf } from "../api/admission/quota-usage.ts";
import type { Client } from "../api/client.ts";
import type { KindDescriptor } from "../api/kinds/descriptor.ts";
import type { KindRegistry } from "../api/kinds/kind-registry.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { formatQuantity } from "../api/meta/quantity.ts";
import { parseTimestamp } from "../api/meta/time.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type { DeviceClass, Pod, ResourceClaim, ResourceQuota } from "../api/types.gen.ts";
import { MINUTE, type Micros, SECOND } from "../engine/time.ts";
import type { Controller } from "./runtime/controller.ts";
import type { ControllerServices } from "./runtime/services.ts";

const ZERO: Amount = { nanos: 0n, format: "DecimalSI" };
/** Resources of the core group that a quota counts by their plain names. */
const PLAIN: Readonly<Record<string, string>> = {
  configmaps: "ConfigMap",
  secrets: "Secret",
  services: "Service",
  replicationcontrollers: "ReplicationController",
  resourcequotas: "ResourceQuota",
  persistentvolumeclaims: "PersistentVolumeClaim",
  pods: "Pod",
};

/** Keeps what is used of every quota in its status: counted anew when something of its namespace comes, goes or changes. */
export function resourceQuotaController({ kinds }: ControllerServices): Controller {
  return {
    name: "resourcequota-controller",
    for: "ResourceQuota",
    concerns: (after, before) =>
      after !== undefined && (after.spec !== before?.spec || after.status === undefined),
    everyKind: {
      except: new Set(["Event"]),
      parts: Part.spec | Part.status | Part.deletion,
      keys: (kind, after, before, client) => quotasOf(client, kinds, kind, after, before),
    },
    reconcile(key, { client, memory, now }) {
      if (!memory.has(START)) memory.set(START, now);
      const quota = client.get("ResourceQuota", key);
      if (quota === undefined) return undefined;
      const hard = quota.spec?.hard ?? {};
      const used = usedOf(client, kinds, quota, hard, now);
      const status = { hard, used };
      if (!deepEqual(status, quota.status ?? {}))
        client.updateStatus("ResourceQuota", { ...quota, status });
      return nextCount(client, quota, memory.get(START) as Micros, now);
    },
  };
}

/** `--resource-quota-sync-period`: on a grid of this step everything is counted again. */
const RESYNC: Micros = 5 * MINUTE;
const START = "start";

/** When a pod that is stuck in its deletion no longer counts: past its grace, and as long again. */
function freeAt({ metadata }: Pod): Micros | undefined {
  const at = parseTimestamp(metadata.deletionTimestamp);
  const grace = metadata.deletionGracePeriodSeconds;
  return at === undefined || grace === undefined ? undefined : at + grace * SECOND;
}

/** Whether an object is a pod whose end nobody reports any more. */
function isStuck(kind: string, object: KubeObject, now: Micros): boolean {
  const at = kind === "Pod" ? freeAt(object as Pod) : undefined;
  return at !== undefined && now > at;
}

/** The resync at which a pod that is being deleted may count no more, without anything that tells of it. */
function nextCount(
  client: Client,
  { metadata }: ResourceQuota,
  start: Micros,
  now: Micros,
): { requeueAfter: Micros } | undefined {
  let first: Micros | undefined;
  for (const pod of client.list("Pod", metadata.namespace)) {
    const at = freeAt(pod);
    if (at !== undefined && at >= now) first = Math.min(first ?? at, at);
  }
  if (first === undefined) return undefined;
  const next = start + (Math.floor((first - start) / RESYNC) + 1) * RESYNC;
  return { requeueAfter: next - now };
}

const NONE: readonly Key[] = [];

/** Quotas that count something that came, went, or uses something else now. */
function quotasOf(
  client: Client,
  kinds: KindRegistry,
  kind: string,
  after: KubeObject | undefined,
  before: KubeObject | undefined,
): readonly Key[] {
  if (kind === "DeviceClass") return quotasOfDevices(client, after, before);
  const object = (after ?? before) as KubeObject;
  const { namespace } = object.metadata;
  if (namespace === undefined || client.count("ResourceQuota", "namespace", namespace) === 0)
    return NONE;
  const descriptor = kinds.find(kind);
  if (descriptor === undefined) return [];
  if (after !== undefined && before !== undefined && !usesDifferently(after, before)) return [];
  const usage = new Map([
    ...(before === undefined ? [] : cachedUsage(descriptor, before)),
    ...(after === undefined ? [] : cachedUsage(descriptor, after)),
  ]);
  const resources = new Set(usage.keys());
  if (isClaim(descriptor))
    for (const resource of extendedUsage(usage, client).keys()) resources.add(resource);
  const keys: Key[] = [];
  for (const quota of client.list("ResourceQuota", namespace)) {
    const hard = quota.spec?.hard ?? {};
    if ([...resources].some((resource) => hard[resource] !== undefined)) keys.push(keyOf(quota));
  }
  return keys;
}

/** Quotas that count devices by the names of extended resources: another class stands behind a name now. */
function quotasOfDevices(
  client: Client,
  after: KubeObject | undefined,
  before: KubeObject | undefined,
): readonly Key[] {
  const nameOf = (one: KubeObject | undefined): string | undefined =>
    (one as DeviceClass | undefined)?.spec.extendedResourceName;
  if (after !== undefined && before !== undefined && nameOf(after) === nameOf(before)) return NONE;
  return [...client.list("ResourceQuota")]
    .filter(({ spec }) => Object.keys(spec?.hard ?? {}).some(isOfPodsAndClaims))
    .map(keyOf);
}

function usesDifferently(after: KubeObject, before: KubeObject): boolean {
  if (after.spec !== before.spec) return true;
  // A pod that is being deleted may get stuck: then it counts for a while only.
  if (after.metadata.deletionTimestamp !== before.metadata.deletionTimestamp) return true;
  return (after as Pod).status?.phase !== (before as Pod).status?.phase;
}

const usages = new WeakMap<KubeObject, Usage>();

/** What an object uses; objects never change, so it is counted once. */
function cachedUsage(descriptor: KindDescriptor, object: KubeObject): Usage {
  const known = usages.get(object);
  if (known !== undefined) return known;
  const usage = usageOf(descriptor, object);
  usages.set(object, usage);
  return usage;
}

function usedOf(
  client: Client,
  kinds: KindRegistry,
  quota: ResourceQuota,
  hard: Readonly<Record<string, string>>,
  now: Micros,
): Readonly<Record<string, string>> {
  // Of a kind that nothing serves nothing is known, not even that there are none.
  const known = Object.keys(hard).filter((resource) => countedKinds(kinds, [resource]).size > 0);
  const totals = new Map(known.map((resource) => [resource, ZERO]));
  for (const kind of countedKinds(kinds, Object.keys(hard))) {
    const descriptor = kinds.get(kind);
    for (const object of client.list(kind, quota.metadata.namespace)) {
      if (!quotaCovers(quota, kind, object as KubeObject)) continue;
      const stuck = isStuck(kind, object as KubeObject, now);
      const own = cachedUsage(descriptor, object as KubeObject);
      const usage = isClaim(descriptor) ? claimUsage(object as ResourceClaim, own, client) : own;
      for (const [resource, { nanos, format }] of usage) {
        const before = totals.get(resource);
        // What is stuck is there all the same.
        if (before === undefined || (stuck && resource !== "count/pods")) continue;
        const first = before === ZERO;
        totals.set(resource, {
          nanos: before.nanos + nanos,
          format: first ? format : before.format,
        });
      }
    }
  }
  const names = [...totals.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, formatQuantity(totals.get(name) ?? ZERO)]));
}

/** Kinds whose objects the named resources are counted on. */
function countedKinds(kinds: KindRegistry, resources: readonly string[]): ReadonlySet<string> {
  const counted = new Set<string>();
  for (const resource of resources) {
    if (resource.startsWith("count/")) {
      const kind = kindOfResource(kinds, resource.slice("count/".length));
      if (kind !== undefined) counted.add(kind);
    } else if (PLAIN[resource] !== undefined) counted.add(PLAIN[resource]);
    else if (resource.startsWith("services.")) counted.add("Service");
    else if (resource === "requests.storage" || resource.includes(".storageclass.storage.k8s.io/"))
      counted.add("PersistentVolumeClaim");
    else if (resource.endsWith(".deviceclass.resource.k8s.io/devices"))
      counted.add("ResourceClaim");
    else if (isOfPodsAndClaims(resource)) counted.add("Pod").add("ResourceClaim");
    else counted.add("Pod");
  }
  return counted;
}

function kindOfResource(kinds: KindRegistry, resource: string): string | undefined {
  for (const descriptor of kinds.all()) {
    const { group, plural } = descriptor;
    if (resource === (group === "" ? plural : `${plural}.${group}`))
      return kinds.nameOf(descriptor);
  }
  return undefined;
}
