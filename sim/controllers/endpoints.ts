import { ApiError } from "../api/api-error.ts";
import type { EventRecorder } from "../api/event-recorder.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { labelsInclude } from "../api/meta/selector.ts";
import { type Key, keyOf } from "../api/object.ts";
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from "../api/types.gen.ts";
import {
  addressOf,
  canServe,
  familiesOf,
  POD_PARTS,
  portsOn,
  referenceTo,
  selectsPods,
  servicesConcerned,
} from "./endpoint-slice/endpoint.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import { isReady, isTerminating } from "./runtime/pods.ts";
import { isNamespaceEnding } from "./runtime/slow-start.ts";
import { forgetTriggers, TRIGGER_TIME, triggerTime } from "./runtime/trigger-time.ts";
import { DEFAULT_RETRY } from "./runtime/work-queue.ts";

/** Addresses that one object holds at most (upstream `maxCapacity`). */
const CAPACITY = 1000;
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const HEADLESS = "service.kubernetes.io/headless";

/** Keeps the pods behind each Service in the older Endpoints object. */
export const endpointsController: Controller = {
  name: "endpoints-controller",
  eventSource: "endpoint-controller",
  for: "Service",
  retry: { ...DEFAULT_RETRY, most: 15 },
  watches: [
    {
      kind: "Pod",
      parts: POD_PARTS,
      keys: (after, before, client) =>
        servicesConcerned(after as Pod | undefined, before as Pod | undefined, client),
    },
    {
      kind: "Endpoints",
      keys: (after, before) => (after === undefined && before ? [keyOf(before)] : []),
    },
  ],
  reconcile,
};

function reconcile(key: Key, context: ReconcileContext): void {
  const { client, memory } = context;
  const service = client.get("Service", key);
  if (service === undefined) {
    forgetTriggers(memory, key);
    if (client.get("Endpoints", key) !== undefined) client.delete("Endpoints", key);
    return;
  }
  if (!selectsPods(service)) return;
  const { selector = {} } = service.spec;
  const pods: Pod[] = [];
  for (const pod of client.list("Pod", service.metadata.namespace))
    if (labelsInclude(pod.metadata.labels, selector)) pods.push(pod);
  const trigger = triggerTime(memory, key, service, pods);
  write(service, subsetsOf(service, pods), trigger, context);
}

/** Addresses by the ports they serve; a terminating pod is dropped at once unless unready ones are published. */
function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const published = service.spec.publishNotReadyAddresses === true;
  const [family = "IPv4"] = familiesOf(service);
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    if (!canServe(pod) || (isTerminating(pod) && !published)) continue;
    const ip = addressOf(pod, family);
    if (ip === undefined) continue;
    const { ports, id } = portsOn(pod, service);
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue;
    const group = groups.get(id) ?? { ports: ports.map(withoutEmptyName), ready: [], waiting: [] };
    groups.set(id, group);
    (published || isReady(pod) ? group.ready : group.waiting).push(addressEntry(pod, service, ip));
  }
  return [...groups.values()].map(subsetOf);
}

interface Group {
  readonly ports: readonly EndpointPort[];
  readonly ready: EndpointAddress[];
  readonly waiting: EndpointAddress[];
}

function subsetOf({ ports, ready, waiting }: Group): EndpointSubset {
  const addresses = ready.sort(byAddress);
  const notReadyAddresses = waiting.sort(byAddress);
  return {
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    ...(ports.length === 0 ? {} : { ports }),
  };
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  return a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0;
}

function withoutEmptyName({ name, ...port }: EndpointPort): EndpointPort {
  return name === undefined || name === "" ? port : { name, ...port };
}

const entries = new WeakMap<Service, WeakMap<Pod, EndpointAddress>>();

/** Remembered per version of the pod, as endpoints of slices are. */
function addressEntry(pod: Pod, service: Service, ip: string): EndpointAddress {
  const remembered = entries.get(service) ?? new WeakMap<Pod, EndpointAddress>();
  entries.set(service, remembered);
  const known = remembered.get(pod);
  if (known?.ip === ip) return known;
  const entry = composeEntry(pod, service, ip);
  remembered.set(pod, entry);
  return entry;
}

function composeEntry(pod: Pod, service: Service, ip: string): EndpointAddress {
  const { hostname, subdomain, nodeName } = pod.spec;
  const named = hostname !== undefined && hostname !== "" && subdomain === service.metadata.name;
  return {
    ip,
    ...(named ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: referenceTo(pod),
  };
}

function write(
  service: Service,
  all: readonly EndpointSubset[],
  trigger: string | undefined,
  { client, record }: ReconcileContext,
): void {
  const key = keyOf(service);
  const before = client.get("Endpoints", key);
  const [subsets, cut] = withinCapacity(all);
  const { [HEADLESS]: _, ...ofService } = service.metadata.labels ?? {};
  const labels = {
    ...ofService,
    [MANAGED_BY]: "endpoint-controller",
    ...(service.spec.clusterIP === "None" ? { [HEADLESS]: "" } : {}),
  };
  const wasCut = before?.metadata.annotations?.[OVER_CAPACITY] !== undefined;
  if (
    before !== undefined &&
    wasCut === cut &&
    deepEqual(before.subsets ?? [], subsets) &&
    deepEqual(before.metadata.labels ?? {}, labels)
  )
    return;
  const { [TRIGGER_TIME]: __, [OVER_CAPACITY]: ___, ...kept } = before?.metadata.annotations ?? {};
  const annotations = {
    ...kept,
    ...(trigger === undefined ? {} : { [TRIGGER_TIME]: trigger }),
    ...(cut ? { [OVER_CAPACITY]: "truncated" } : {}),
  };
  const { name, namespace } = service.metadata;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const content = subsets.length === 0 ? {} : { subsets };
  const { annotations: ____, ...rest } = before?.metadata ?? {};
  const next = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { ...rest, ...metadata },
    ...content,
  } as Endpoints;
  try {
    if (before === undefined) client.create("Endpoints", next);
    else client.update("Endpoints", next);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (before === undefined && isNamespaceEnding(error)) return;
    tellFailure(next, before === undefined, error, record);
    throw error;
  }
}

function tellFailure(
  endpoints: Endpoints,
  created: boolean,
  { message }: ApiError,
  record: EventRecorder,
): void {
  const of = keyOf(endpoints);
  if (created) {
    const text = `Failed to create endpoint for service ${of}: ${message}`;
    record.event(endpoints, "Warning", "FailedToCreateEndpoint", text);
  } else {
    const text = `Failed to update endpoint ${of}: ${message}`;
    record.event(endpoints, "Warning", "FailedToUpdateEndpoint", text);
  }
}

/** Cuts what is too much, ready addresses last, and tells whether it had to. */
function withinCapacity(
  subsets: readonly EndpointSubset[],
): readonly [readonly EndpointSubset[], boolean] {
  let total = 0;
  for (const { addresses = [], notReadyAddresses = [] } of subsets)
    total += addresses.length + notReadyAddresses.length;
  if (total <= CAPACITY) return [subsets, false];
  let ready = CAPACITY;
  const readyCut = subsets.map(({ addresses = [], ...rest }) => {
    const kept = addresses.slice(0, ready);
    ready -= kept.length;
    return { ...rest, ...(kept.length === 0 ? {} : { addresses: kept }) };
  });
  let waiting = ready;
  const cut = readyCut.map(({ notReadyAddresses = [], ...rest }) => {
    const kept = notReadyAddresses.slice(0, waiting);
    waiting -= kept.length;
    return { ...rest, ...(kept.length === 0 ? {} : { notReadyAddresses: kept }) };
  });
  return [cut, true];
}
