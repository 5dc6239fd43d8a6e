import { ApiError } from "../api/api-error.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { labelsInclude } from "../api/meta/selector.ts";
import { type Key, keyOf, type Manifest } from "../api/object.ts";
import { NO_PART } from "../api/object-parts.ts";
import type { Endpoint, EndpointPort, EndpointSlice, Pod, Service } from "../api/types.gen.ts";
import { SECOND } from "../engine/time.ts";
import {
  type AddressFamily,
  addressOf,
  canServe,
  endpointOf,
  familiesOf,
  POD_PARTS,
  portsOn,
  selectsPods,
  servicesConcerned,
} from "./endpoint-slice/endpoint.ts";
import { type EndpointGroup, planSlices, type SliceContent } from "./endpoint-slice/plan.ts";
import type { Controller, ReconcileContext, ReconcileResult } from "./runtime/controller.ts";
import {
  creationObserved,
  expectationsMet,
  expectCreations,
  forgetExpectations,
  unexpect,
} from "./runtime/expectations.ts";
import { controllerKeyOf, controllerReference } from "./runtime/owner.ts";
import { isNamespaceEnding } from "./runtime/slow-start.ts";
import { forgetTriggers, TRIGGER_TIME, triggerTime } from "./runtime/trigger-time.ts";

/** Endpoints in one slice (`--max-endpoints-per-slice`). */
const SLICE_LIMIT = 100;
const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslice-controller.k8s.io";
const HEADLESS = "service.kubernetes.io/headless";
const ZONE = "topology.kubernetes.io/zone";

/** Keeps the pods behind each Service in EndpointSlices. */
export const endpointSliceController: Controller = {
  name: "endpointslice-controller",
  eventSource: "endpoint-slice-controller",
  for: "Service",
  owns: ["EndpointSlice"],
  watches: [
    {
      kind: "Pod",
      parts: POD_PARTS,
      keys: (after, before, client) =>
        servicesConcerned(after as Pod | undefined, before as Pod | undefined, client),
    },
  ],
  reads: ["Node"],
  observedParts: NO_PART,
  observe: (kind, after, before, memory) => {
    const key = kind === "EndpointSlice" ? controllerKeyOf(after, "Service") : undefined;
    if (key !== undefined && before === undefined) creationObserved(memory, key);
  },
  writeFailed: unexpect("EndpointSlice"),
  reconcile,
};

/** Tries that failed are made again after this, twice this and so on (upstream `defaultSyncBackOff`), fifteen times. */
const BACK_OFF = SECOND;
const LONGEST_BACK_OFF = 1000 * SECOND;
const MOST_TRIES = 15;

/** Syncs a Service; tells of what failed, unless its namespace is going, and comes back for it. */
function reconcile(key: Key, context: ReconcileContext): ReconcileResult {
  const { client, memory, record } = context;
  const triesKey = `tries/${key}`;
  const service = client.get("Service", key);
  if (service === undefined) {
    memory.delete(triesKey);
    forgetExpectations(memory, key);
    return forgetTriggers(memory, key);
  }
  const failures: string[] = [];
  try {
    sync(key, service, failures, context);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!isNamespaceEnding(error)) failures.push(error.message);
  }
  if (failures.length === 0) {
    memory.delete(triesKey);
    return;
  }
  const all = failures.length > 1 ? `[${failures.join(", ")}]` : failures[0];
  const text = `Error updating Endpoint Slices for Service ${key}: ${all}`;
  record.event(service, "Warning", "FailedToUpdateEndpointSlices", text);
  const tries = (memory.get(triesKey) as number | undefined) ?? 0;
  memory.set(triesKey, tries + 1);
  if (tries >= MOST_TRIES) return;
  return { requeueAfter: Math.min(BACK_OFF * 2 ** tries, LONGEST_BACK_OFF) };
}

/** Brings the slices of a Service in line with its pods; what it had to leave out goes to `failures`. */
function sync(key: Key, service: Service, failures: string[], context: ReconcileContext): void {
  const { memory, now } = context;
  if (!selectsPods(service) || service.metadata.deletionTimestamp !== undefined) return;
  // A slice has a random name: until the cache shows those just made, there is nothing to compare with.
  if (!expectationsMet(memory, key, now)) return;
  const pods = selectedPods(service, context);
  const trigger = triggerTime(memory, key, service, pods);
  for (const family of familiesOf(service)) {
    const groups = groupsOf(service, pods, family, failures, context);
    writeSlices(service, family, groups, trigger, context);
  }
  removeOtherFamilies(service, context);
}

function selectedPods({ metadata, spec }: Service, { client }: ReconcileContext): readonly Pod[] {
  const selector = spec.selector ?? {};
  const pods: Pod[] = [];
  for (const pod of client.list("Pod", metadata.namespace))
    if (labelsInclude(pod.metadata.labels, selector)) pods.push(pod);
  return pods;
}

/** Endpoints of one family by their ports. A pod whose node is unknown is left out, and asked for again. */
function groupsOf(
  service: Service,
  pods: readonly Pod[],
  family: AddressFamily,
  failures: string[],
  { client }: ReconcileContext,
): readonly EndpointGroup[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of pods) {
    const address = canServe(pod) ? addressOf(pod, family) : undefined;
    if (address === undefined) continue;
    const { nodeName } = pod.spec;
    const node = nodeName === undefined ? undefined : client.get("Node", nodeName);
    if (node === undefined && nodeName !== undefined && !service.spec.publishNotReadyAddresses) {
      const { name } = pod.metadata;
      failures.push(
        `skipping Pod ${name} for Service ${keyOf(service)}: Node ${nodeName} Not Found`,
      );
      continue;
    }
    const { ports, id } = portsOn(pod, service);
    const endpoint = endpointOf(pod, service, address, node?.metadata.labels?.[ZONE]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { ports, endpoints: [endpoint] });
    else group.endpoints.push(endpoint);
  }
  return [...groups.values()];
}

function writeSlices(
  service: Service,
  family: AddressFamily,
  groups: readonly EndpointGroup[],
  trigger: string | undefined,
  context: ReconcileContext,
): void {
  const { client, memory, now } = context;
  const existing = slicesOf(service, context).filter(({ addressType }) => addressType === family);
  const { create, update, remove } = planSlices(existing, groups, SLICE_LIMIT);
  const key = keyOf(service);
  for (const content of create) {
    const slice: Manifest<EndpointSlice> = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        generateName: `${service.metadata.name}-`,
        ...(service.metadata.namespace === undefined
          ? {}
          : { namespace: service.metadata.namespace }),
        labels: labelsOf(service),
        ...(trigger === undefined ? {} : { annotations: { [TRIGGER_TIME]: trigger } }),
        ownerReferences: [controllerReference(service)],
      },
      addressType: family,
      ...contentOf(content),
    };
    attempt("create", key, () => client.create("EndpointSlice", slice));
    // What was refused never comes: nobody is to wait for it.
    expectCreations(memory, key, 1, now);
  }
  const rewrite = (slice: EndpointSlice, content: SliceContent): void =>
    attempt(`update ${slice.metadata.name}`, key, () =>
      client.update("EndpointSlice", written(slice, service, content, trigger)),
    );
  for (const { slice, content } of update) rewrite(slice, content);
  for (const slice of remove)
    attempt(`delete ${slice.metadata.name}`, key, () =>
      client.delete("EndpointSlice", keyOf(slice)),
    );
  const kept = new Set<EndpointSlice>([...update.map(({ slice }) => slice), ...remove]);
  for (const slice of existing) {
    if (kept.has(slice) || deepEqual(slice.metadata.labels, labelsOf(service))) continue;
    rewrite(slice, { ports: slice.ports, endpoints: slice.endpoints ?? [] });
  }
}

/** Makes a write; what is refused is told with what was to be done. */
function attempt(doing: string, service: Key, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (isNamespaceEnding(error)) throw error;
    const what = `failed to ${doing} EndpointSlice for Service ${service}`;
    throw new ApiError(error.code, error.reason, `${what}: ${error.message}`);
  }
}

function slicesOf(service: Service, { client }: ReconcileContext): readonly EndpointSlice[] {
  const slices: EndpointSlice[] = [];
  for (const slice of client.ownedBy("EndpointSlice", service.metadata.uid)) {
    const { labels, deletionTimestamp } = slice.metadata;
    if (labels?.[MANAGED_BY] === MANAGER && deletionTimestamp === undefined) slices.push(slice);
  }
  return slices;
}

function removeOtherFamilies(service: Service, context: ReconcileContext): void {
  const families = familiesOf(service);
  for (const slice of slicesOf(service, context))
    if (!families.includes(slice.addressType as AddressFamily))
      context.client.delete("EndpointSlice", keyOf(slice));
}

function written(
  slice: EndpointSlice,
  service: Service,
  content: SliceContent,
  trigger: string | undefined,
): EndpointSlice {
  const { [TRIGGER_TIME]: _, ...others } = slice.metadata.annotations ?? {};
  const annotations = trigger === undefined ? others : { ...others, [TRIGGER_TIME]: trigger };
  const { annotations: __, ...metadata } = slice.metadata;
  const { ports: ___, ...rest } = slice;
  return {
    ...rest,
    metadata: {
      ...metadata,
      labels: labelsOf(service),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    ...contentOf(content),
  };
}

function contentOf({ ports, endpoints }: SliceContent): Pick<EndpointSlice, "ports" | "endpoints"> {
  return ports === undefined ? { endpoints } : { ports, endpoints };
}

/** A slice bears its Service's labels and its own three. */
function labelsOf({ metadata, spec }: Service): Readonly<Record<string, string>> {
  const { [HEADLESS]: _, ...labels } = metadata.labels ?? {};
  return {
    ...labels,
    [SERVICE_NAME]: metadata.name,
    [MANAGED_BY]: MANAGER,
    ...(spec.clusterIP === "None" ? { [HEADLESS]: "" } : {}),
  };
}
