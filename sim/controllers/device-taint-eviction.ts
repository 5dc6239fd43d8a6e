import { isApiError } from "../api/api-error.ts";
import type { Client } from "../api/client.ts";
import type { EventTarget } from "../api/event-recorder.ts";
import { withPodCondition } from "../api/meta/conditions.ts";
import { parseTimestamp } from "../api/meta/time.ts";
import { tolerates } from "../api/meta/tolerations.ts";
import { type Key, type KubeObject, keyOf, makeKey } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type {
  DeviceRequestAllocationResult,
  DeviceTaint,
  Pod,
  ResourceClaim,
  ResourceSlice,
} from "../api/types.gen.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import { claimName } from "./resource-claim.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import { controllerOf } from "./runtime/owner.ts";

const REASON = "DeviceTaintManagerEviction";
/** Index of slices, and of claims with devices, by the pool the devices come from. */
const POOL = "pool";

/** What is remembered of a pod: that its eviction is planned, or `done`. */
interface Plan {
  readonly uid: string;
  readonly done: boolean;
}

/**
 * Deletes pods that use a device with a NoExecute taint which their claim does not tolerate: when the taint was added,
 * or so many seconds later as the claim tolerates it. Taints come from ResourceSlices alone: DeviceTaintRules are off
 * in v1.36.
 */
export function deviceTaintEviction(): Controller {
  return {
    name: "device-taint-eviction-controller",
    for: "Pod",
    concerns: () => false,
    watches: [
      { kind: "ResourceSlice", keys: usersOfSlice },
      { kind: "ResourceClaim", keys: usersOfClaim },
      // A claim is reserved for a pod only after its name was written into the pod: the claim tells of that.
      {
        kind: "Pod",
        parts: Part.spec,
        keys: (after, before) =>
          mayChange(after, before) ? [keyOf((after ?? before) as Pod)] : NONE,
      },
    ],
    indexes: [
      {
        kind: "ResourceSlice",
        name: POOL,
        keys: (slice) => [poolOf((slice as ResourceSlice).spec)],
      },
      {
        kind: "ResourceClaim",
        name: POOL,
        keys: { keys: (claim) => devicesOf(claim).map(poolOfDevice), parts: Part.status },
      },
    ],
    reconcile,
  };
}

const NONE: readonly Key[] = [];

function poolOf({ driver, pool }: ResourceSlice["spec"]): string {
  return `${driver}/${pool.name}`;
}

function poolOfDevice({ driver, pool }: DeviceRequestAllocationResult): string {
  return `${driver}/${pool}`;
}

function devicesOf(claim: KubeObject | undefined): readonly DeviceRequestAllocationResult[] {
  return (claim as ResourceClaim | undefined)?.status?.allocation?.devices?.results ?? [];
}

function hasNoExecute(slice: KubeObject | undefined): boolean {
  return ((slice as ResourceSlice | undefined)?.spec.devices ?? []).some(({ taints = [] }) =>
    taints.some(({ effect }) => effect === "NoExecute"),
  );
}

/** Pods with devices of a slice's pool, where there are taints, there were, or another slice's go out of date. */
function usersOfSlice(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): Iterable<Key> {
  const pool = poolOf(((after ?? before) as ResourceSlice).spec);
  const others = client.indexed("ResourceSlice", POOL, pool);
  if (![after, before, ...others].some(hasNoExecute)) return NONE;
  const keys: Key[] = [];
  for (const claim of client.indexed("ResourceClaim", POOL, pool)) keys.push(...usersOf(claim));
  return keys;
}

function usersOfClaim(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
): readonly Key[] {
  if (after?.status === before?.status) return NONE;
  return [...new Set([...usersOf(before), ...usersOf(after)])];
}

/** Pods that a claim with devices is reserved for. */
function usersOf(claim: KubeObject | undefined): readonly Key[] {
  const { metadata, status } = (claim ?? {}) as Partial<ResourceClaim>;
  return (status?.reservedFor ?? [])
    .filter(({ resource, apiGroup = "" }) => resource === "pods" && apiGroup === "")
    .map(({ name }) => makeKey(metadata?.namespace, name));
}

/** A pod with claims that came to its node, or went. */
function mayChange(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  const pod = after as Pod | undefined;
  const old = before as Pod | undefined;
  if (((pod ?? old)?.spec.resourceClaims ?? []).length === 0) return false;
  return pod === undefined || old?.spec.nodeName !== pod.spec.nodeName;
}

function reconcile(key: Key, context: ReconcileContext): { requeueAfter: Micros } | undefined {
  const { client, memory, now, record } = context;
  const pod = client.get("Pod", key);
  const known = memory.get(key) as Plan | undefined;
  const uid = pod?.metadata.uid ?? "";
  const plan = known?.uid === uid ? known : undefined;
  if (plan?.done === true) return undefined;
  const at = pod === undefined ? undefined : evictionTime(client, pod);
  if (pod === undefined || at === undefined) {
    memory.delete(key);
    if (pod !== undefined && plan !== undefined)
      record.event(targetOf(pod), "Normal", REASON, "Cancelling deletion");
    return undefined;
  }
  memory.set(key, { uid, done: false });
  if (now < at) return { requeueAfter: at - now };
  evict(pod, context);
  memory.set(key, { uid, done: true });
  return undefined;
}

/** When a pod has to go because of a claim's device; `undefined` when it may stay (upstream `podEvictionTime`). */
function evictionTime(client: Client, pod: Pod): Micros | undefined {
  const { namespace, uid } = pod.metadata;
  if ((pod.spec.nodeName ?? "") === "") return undefined;
  let first: Micros | undefined;
  for (const entry of pod.spec.resourceClaims ?? []) {
    const name = claimName(pod, entry);
    const claim = name && client.get("ResourceClaim", makeKey(namespace, name));
    if (!claim) continue;
    // One made from a template under this name for another pod is not this pod's.
    if (entry.resourceClaimName === undefined && controllerOf(claim)?.uid !== uid) continue;
    if (!claim.status?.reservedFor?.some((consumer) => consumer.uid === uid)) continue;
    for (const device of devicesOf(claim))
      for (const taint of taintsOf(client, device)) {
        const at = lastsUntil(taint, device.tolerations ?? []);
        if (at !== undefined) first = Math.min(first ?? at, at);
      }
  }
  return first;
}

/** Taints of a device as its pool's newest slices have them. */
function taintsOf(client: Client, device: DeviceRequestAllocationResult): readonly DeviceTaint[] {
  const slices = [...client.indexed("ResourceSlice", POOL, poolOfDevice(device))];
  const newest = Math.max(...slices.map(({ spec }) => spec.pool.generation));
  return slices
    .filter(({ spec }) => spec.pool.generation === newest)
    .flatMap(({ spec }) => spec.devices ?? [])
    .filter(({ name }) => name === device.device)
    .flatMap(({ taints = [] }) => taints);
}

/** When a taint ends the use of its device; `undefined` where it never does (upstream `claimEvictionTime`). */
export function lastsUntil(
  taint: DeviceTaint,
  tolerations: NonNullable<DeviceRequestAllocationResult["tolerations"]>,
): Micros | undefined {
  const added = parseTimestamp(taint.timeAdded);
  if (taint.effect !== "NoExecute" || added === undefined) return undefined;
  // Only those count that name the effect: one for all effects lets a device be taken and not be kept.
  const used = tolerations.filter(
    (toleration) => toleration.effect === "NoExecute" && tolerates(toleration, taint),
  );
  if (used.length === 0) return added;
  const seconds = used.map(({ tolerationSeconds }) => tolerationSeconds);
  if (seconds.includes(undefined)) return undefined;
  return added + Math.max(0, Math.min(...(seconds as number[]))) * SECOND;
}

/** Events name the pod without its revision. */
function targetOf({ metadata }: Pod): EventTarget {
  const { name, uid, namespace = "" } = metadata;
  return { kind: "Pod", apiVersion: "v1", namespace, name, uid };
}

function evict(seen: Pod, { client, now, record }: ReconcileContext): void {
  const key = keyOf(seen);
  const { uid } = seen.metadata;
  const pod = client.live("Pod", key);
  if (pod?.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined) return;
  record.event(targetOf(pod), "Normal", REASON, "Marking for deletion");
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByDeviceTaintManager",
    message: "Device Taint manager: deleting due to NoExecute taint",
  };
  const status = withPodCondition(pod.status ?? {}, condition, now);
  try {
    if (status !== pod.status) client.updateStatus("Pod", { ...pod, status });
    client.delete("Pod", key, { preconditions: { uid } });
  } catch (error) {
    // It is gone: nothing is left to be done.
    if (!isApiError(error, "NotFound")) throw error;
  }
}
