import type { Client } from "../../api/client.ts";
import { type Labels, labelsInclude } from "../../api/meta/selector.ts";
import type { Key } from "../../api/object.ts";
import { keyOf } from "../../api/object.ts";
import { Part, type Parts } from "../../api/object-parts.ts";
import type {
  Endpoint,
  EndpointHints,
  EndpointPort,
  Pod,
  Service,
  ServicePort,
} from "../../api/types.gen.ts";
import { hasEnded, isReady, isTerminating } from "../runtime/pods.ts";

export type AddressFamily = "IPv4" | "IPv6";

/** Whether the endpoint controllers keep a Service's endpoints: it must select pods. */
export function selectsPods({ spec }: Service): boolean {
  return spec.selector !== undefined && spec.type !== "ExternalName";
}

/** Families a Service has addresses of. */
export function familiesOf({ spec }: Service): readonly AddressFamily[] {
  const families = spec.ipFamilies ?? [];
  return families.length === 0 ? ["IPv4"] : (families as readonly AddressFamily[]);
}

/** The pod's address of a family; `undefined` when it has none. */
export function addressOf({ status }: Pod, family: AddressFamily): string | undefined {
  const { podIP, podIPs } = status ?? {};
  if (podIP !== undefined && familyOf(podIP) === family) return podIP;
  if (podIPs === undefined) return undefined;
  for (const { ip } of podIPs) if (familyOf(ip) === family) return ip;
  return undefined;
}

function familyOf(address: string): AddressFamily {
  return address.includes(":") ? "IPv6" : "IPv4";
}

/** Whether a pod can be an endpoint at all: it has an address and has not ended. */
export function canServe(pod: Pod): boolean {
  return !hasEnded(pod) && (pod.status?.podIP ?? "") !== "";
}

const endpointsOfService = new WeakMap<Service, WeakMap<Pod, Endpoint>>();

/**
 * The endpoint of a pod. A terminating pod is not ready but may still serve; unready pods count where they are published.
 * Remembered per version of the pod: every change of one pod has its Service look at all.
 */
export function endpointOf(
  pod: Pod,
  service: Service,
  address: string,
  zone: string | undefined,
): Endpoint {
  const remembered = rememberedOf(endpointsOfService, service);
  const known = remembered.get(pod);
  if (known !== undefined && known.zone === zone && known.addresses[0] === address) return known;
  const endpoint = composeEndpoint(pod, service, address, zone);
  remembered.set(pod, endpoint);
  return endpoint;
}

function rememberedOf<K extends object, V>(
  all: WeakMap<Service, WeakMap<K, V>>,
  service: Service,
): WeakMap<K, V> {
  const known = all.get(service);
  if (known !== undefined) return known;
  const made = new WeakMap<K, V>();
  all.set(service, made);
  return made;
}

function composeEndpoint(
  pod: Pod,
  service: Service,
  address: string,
  zone: string | undefined,
): Endpoint {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { hostname, subdomain } = pod.spec;
  const nodeName = pod.spec.nodeName || undefined;
  const hints = ready ? hintsOf(service, zone, nodeName) : undefined;
  const named = hostname !== undefined && hostname !== "" && subdomain === service.metadata.name;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(named ? { hostname } : {}),
    targetRef: referenceTo(pod),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(hints === undefined ? {} : { hints }),
  };
}

/** Values of `trafficDistribution` that keep traffic near; the first is the second's old name. */
const NEAR: ReadonlySet<string> = new Set(["PreferClose", "PreferSameZone", "PreferSameNode"]);

/** Who should use a ready endpoint: its zone, and its node where the Service prefers that (upstream `trafficdist`). */
function hintsOf(
  { spec }: Service,
  zone: string | undefined,
  nodeName: string | undefined,
): EndpointHints | undefined {
  const { trafficDistribution = "" } = spec;
  if (!NEAR.has(trafficDistribution)) return undefined;
  const forNodes = trafficDistribution === "PreferSameNode" ? nodeName : undefined;
  if (zone === undefined && forNodes === undefined) return undefined;
  return {
    ...(zone === undefined ? {} : { forZones: [{ name: zone }] }),
    ...(forNodes === undefined ? {} : { forNodes: [{ name: forNodes }] }),
  };
}

export function referenceTo({ metadata }: Pod): NonNullable<Endpoint["targetRef"]> {
  return {
    kind: "Pod",
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name,
    uid: metadata.uid,
  };
}

/** Ports with a text that tells them from others. */
export interface PortSet {
  readonly ports: readonly EndpointPort[];
  readonly id: string;
}

const portsOfService = new WeakMap<Service, WeakMap<object, PortSet>>();

/** Ports of a Service on a pod. A named port the pod does not have is left out. Pods of one template share theirs. */
export function portsOn(pod: Pod, service: Service): PortSet {
  const { containers, initContainers } = pod.spec;
  const remembered = rememberedOf(portsOfService, service);
  const known = initContainers === undefined ? remembered.get(containers) : undefined;
  if (known !== undefined) return known;
  const ports = findPorts(pod, service);
  const set = { ports, id: JSON.stringify(ports) };
  if (initContainers === undefined) remembered.set(containers, set);
  return set;
}

function findPorts(pod: Pod, { spec }: Service): readonly EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of spec.ports ?? []) {
    const number = containerPort(pod, port);
    if (number === undefined) continue;
    ports.push({
      name: port.name ?? "",
      port: number,
      protocol: port.protocol ?? "TCP",
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports;
}

function containerPort(
  pod: Pod,
  { targetPort, port, protocol = "TCP" }: ServicePort,
): number | undefined {
  if (targetPort === undefined) return port;
  if (typeof targetPort === "number") return targetPort;
  const sidecars = (pod.spec.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  );
  for (const { ports = [] } of [...pod.spec.containers, ...sidecars])
    for (const candidate of ports)
      if (candidate.name === targetPort && (candidate.protocol ?? "TCP") === protocol)
        return candidate.containerPort;
  return undefined;
}

const NONE: readonly Key[] = [];

/** What of a pod an endpoint shows. */
export const POD_PARTS: Parts = Part.spec | Part.status | Part.labels | Part.deletion;

/** Keys of the Services that a change of a pod concerns: those that select it now or did before. */
export function servicesConcerned(
  after: Pod | undefined,
  before: Pod | undefined,
  client: Client,
): readonly Key[] {
  if (!couldServe(after) && !couldServe(before)) return NONE;
  if (after !== undefined && before !== undefined && isSameEndpoint(after, before)) return NONE;
  const namespace = (after ?? before)?.metadata.namespace;
  if (client.count("Service", "namespace", namespace ?? "") === 0) return NONE;
  const keys: Key[] = [];
  for (const service of client.list("Service", namespace)) {
    const { selector } = service.spec;
    if (selector === undefined) continue;
    if (selects(selector, after) || selects(selector, before)) keys.push(keyOf(service));
  }
  return keys;
}

function couldServe(pod: Pod | undefined): boolean {
  return pod !== undefined && canServe(pod);
}

function selects(selector: Labels, pod: Pod | undefined): boolean {
  return pod !== undefined && labelsInclude(pod.metadata.labels, selector);
}

/** Whether nothing about a pod changed that an endpoint shows. */
function isSameEndpoint(after: Pod, before: Pod): boolean {
  return (
    after.metadata.labels === before.metadata.labels &&
    after.spec.nodeName === before.spec.nodeName &&
    after.status?.podIP === before.status?.podIP &&
    isReady(after) === isReady(before) &&
    isTerminating(after) === isTerminating(before) &&
    hasEnded(after) === hasEnded(before)
  );
}
