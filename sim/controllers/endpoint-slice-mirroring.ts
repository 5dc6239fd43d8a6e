import { ApiError } from "../api/api-error.ts";
import type { Client } from "../api/client.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { type Key, type KubeObject, keyOf, makeKey, splitKey } from "../api/object.ts";
import type {
  Endpoint,
  EndpointAddress,
  EndpointPort,
  EndpointSlice,
  Endpoints,
  Service,
} from "../api/types.gen.ts";
import { SECOND } from "../engine/time.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import { controllerReference } from "./runtime/owner.ts";
import { isNamespaceEnding } from "./runtime/slow-start.ts";
import { TRIGGER_TIME } from "./runtime/trigger-time.ts";

const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";
const LEADER = "control-plane.alpha.kubernetes.io/leader";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** `--mirroring-max-endpoints-per-subset`: a slice holds no more, and a subset gives no more. */
const LIMIT = 1000;

/** Endpoints of one family and one set of ports: what one slice holds. */
interface Wanted {
  readonly addressType: string;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Map<string, Endpoint>;
}

/** Mirrors Endpoints that somebody writes by hand, for Services without a selector, into EndpointSlices. */
export function endpointSliceMirroring(): Controller {
  return {
    name: "endpointslice-mirroring-controller",
    for: "Endpoints",
    retry: { first: SECOND, longest: 100 * SECOND, most: 15 },
    concerns: () => false,
    watches: [
      { kind: "Endpoints", keys: ofUnselected },
      { kind: "Service", keys: whenSelectorComesOrGoes },
      { kind: "EndpointSlice", keys: (after, before) => mirroredFrom(after ?? before) },
    ],
    reconcile,
  };
}

const NONE: readonly Key[] = [];

/** Endpoints of a Service that selects pods are the endpoint controller's: they change often, and are never mirrored. */
function ofUnselected(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): readonly Key[] {
  if (isSkipped(after) && (before === undefined || isSkipped(before))) return NONE;
  const key = keyOf((after ?? before) as KubeObject);
  return client.get("Service", key)?.spec.selector === undefined ? [key] : NONE;
}

function whenSelectorComesOrGoes(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): readonly Key[] {
  const [now, then] = [after as Service | undefined, before as Service | undefined];
  const key = keyOf((now ?? then) as Service);
  if (isSkipped(client.get("Endpoints", key))) return NONE;
  const selects = (now ?? then)?.spec.selector !== undefined;
  // One that comes or goes and selects pods has no part in this.
  if (now === undefined || then === undefined) return selects ? NONE : [key];
  return selects === (then.spec.selector !== undefined) ? NONE : [key];
}

function isSkipped(endpoints: KubeObject | undefined): boolean {
  return endpoints?.metadata.labels?.[SKIP] === "true";
}

function mirroredFrom(slice: KubeObject | undefined): readonly Key[] {
  const labels = slice?.metadata.labels;
  if (labels?.[MANAGED_BY] !== MANAGER) return NONE;
  return [makeKey(slice?.metadata.namespace, labels[SERVICE_NAME] ?? "")];
}

function reconcile(key: Key, context: ReconcileContext): void {
  const { client } = context;
  const endpoints = client.get("Endpoints", key);
  const service = client.get("Service", key);
  const existing = slicesOf(client, key);
  const mirrored =
    endpoints !== undefined &&
    service !== undefined &&
    service.spec.selector === undefined &&
    !isSkipped(endpoints) &&
    endpoints.metadata.annotations?.[LEADER] === undefined;
  const unused = new Set(existing);
  if (mirrored)
    for (const wanted of wantedSlices(endpoints, context)) {
      const slice = existing.find(
        (one) =>
          unused.has(one) &&
          one.addressType === wanted.addressType &&
          deepEqual(one.ports ?? [], wanted.ports),
      );
      if (slice !== undefined) unused.delete(slice);
      writeSlice(client, endpoints, wanted, slice);
    }
  for (const slice of unused) client.delete("EndpointSlice", keyOf(slice));
}

/** Slices have random names: asked of the API itself, so that none is made twice. */
function slicesOf(client: Client, key: Key): readonly EndpointSlice[] {
  const [namespace, name] = splitKey(key);
  const slices: EndpointSlice[] = [];
  for (const slice of client.liveList("EndpointSlice", namespace)) {
    const { labels, deletionTimestamp } = slice.metadata;
    const ours = labels?.[MANAGED_BY] === MANAGER && labels[SERVICE_NAME] === name;
    if (ours && deletionTimestamp === undefined) slices.push(slice);
  }
  return slices;
}

function wantedSlices(endpoints: Endpoints, { record }: ReconcileContext): Iterable<Wanted> {
  const slices = new Map<string, Wanted>();
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of endpoints.subsets ?? []) {
    const all = [
      ...addresses.map((address) => [address, true] as const),
      ...notReadyAddresses.map((address) => [address, false] as const),
    ];
    skipped += Math.max(0, all.length - LIMIT);
    for (const [address, ready] of all.slice(0, LIMIT)) add(slices, address, ready, ports);
  }
  if (skipped > 0) {
    const text = `A max of ${LIMIT} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
    record.event(endpoints, "Warning", "TooManyAddressesToMirror", text);
  }
  return slices.values();
}

function add(
  slices: Map<string, Wanted>,
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
  of: readonly EndpointPort[],
): void {
  const addressType = ip.includes(":") ? "IPv6" : "IPv4";
  const ports = of.map((port) => ({ ...port, name: port.name ?? "" }));
  const id = `${addressType} ${JSON.stringify(ports)}`;
  const wanted = slices.get(id) ?? { addressType, ports, endpoints: new Map() };
  slices.set(id, wanted);
  if (wanted.endpoints.size >= LIMIT) return;
  wanted.endpoints.set(`${ip} ${targetRef?.uid ?? ""}`, {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined || hostname === "" ? {} : { hostname }),
    ...(targetRef === undefined ? {} : { targetRef }),
    ...(nodeName === undefined ? {} : { nodeName }),
  });
}

function writeSlice(
  client: Client,
  endpoints: Endpoints,
  { addressType, ports, endpoints: members }: Wanted,
  slice: EndpointSlice | undefined,
): void {
  const { name, namespace, labels, annotations, deletionTimestamp } = endpoints.metadata;
  const { [TRIGGER_TIME]: _, [LAST_APPLIED]: __, ...copied } = annotations ?? {};
  const metadata = {
    ...(namespace === undefined ? {} : { namespace }),
    labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER },
    ...(Object.keys(copied).length === 0 ? {} : { annotations: copied }),
    ownerReferences: [controllerReference(endpoints)],
  };
  const content = { addressType, ports, endpoints: [...members.values()] };
  const head = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" } as const;
  if (slice === undefined) {
    if (deletionTimestamp !== undefined) return;
    try {
      const generateName = `${name}-`;
      client.create("EndpointSlice", {
        ...head,
        metadata: { ...metadata, generateName },
        ...content,
      });
    } catch (error) {
      if (!(error instanceof ApiError) || !isNamespaceEnding(error)) throw error;
    }
    return;
  }
  const same =
    deepEqual(slice.endpoints ?? [], content.endpoints) &&
    deepEqual(slice.metadata.labels, metadata.labels) &&
    deepEqual(slice.metadata.annotations ?? {}, copied);
  if (same) return;
  const { annotations: ___, ...kept } = slice.metadata;
  client.update("EndpointSlice", { ...slice, metadata: { ...kept, ...metadata }, ...content });
}
