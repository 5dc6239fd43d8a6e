import type { Random } from "../engine/random.ts";
import { invalid } from "./api-error.ts";
import type { KubeObject } from "./object.ts";
import type { IndexKeys } from "./object-set.ts";
import type { Store } from "./store.ts";
import type { Service, ServicePort, ServiceSpec } from "./types.gen.ts";
import { type FieldError, invalidValue } from "./validation/field-error.ts";

/** Where Services get their addresses from: kube-apiserver's `--service-cluster-ip-range`. */
export const SERVICE_RANGE = "10.0.0.0/16";
const RANGE = { prefix: "10.0.", size: 65_536 };
/** Below are addresses kept for those who ask for one: min(max(16, size / 16), 256). */
const STATIC_ADDRESSES = 256;
const [FIRST_PORT, LAST_PORT] = [30_000, 32_767];
/** Below are ports kept for those who ask for one: min(max(16, size / 32), 128). */
const STATIC_PORTS = 86;
const SERVICE = { group: "", kind: "Service" };
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

const byAddress: IndexKeys = (object) => (object as Service).spec?.clusterIPs ?? [];
const byPort: IndexKeys = (object) => {
  const { ports = [], healthCheckNodePort } = (object as Service).spec ?? {};
  const used = ports.flatMap(({ nodePort, protocol }) =>
    nodePort === undefined ? [] : [`${nodePort}/${protocol ?? "TCP"}`, String(nodePort)],
  );
  return healthCheckNodePort === undefined
    ? used
    : [...used, `${healthCheckNodePort}/TCP`, String(healthCheckNodePort)];
};

/** Gives Services their addresses and node ports, and refuses those that are taken or out of range. */
export class ServiceAllocator {
  readonly #store: Store;
  readonly #random: Random;

  constructor(store: Store, random: Random) {
    this.#store = store;
    this.#random = random;
    store.addIndex("Service", "address", byAddress);
    store.addIndex("Service", "nodePort", byPort);
  }

  /** The Service with what it lacks. Throws `ApiError` 422. `before` is given on update. */
  allocate(object: KubeObject, before?: KubeObject): KubeObject {
    const service = object as Service;
    const { spec } = service;
    if (spec === undefined || spec.type === "ExternalName") return object;
    const old = (before as Service | undefined)?.spec;
    const addressed = this.#withAddress(service, spec, old);
    const next = this.#withPorts(service, addressed, old);
    return next === spec ? object : { ...service, spec: next };
  }

  #withAddress(service: Service, spec: ServiceSpec, old: ServiceSpec | undefined): ServiceSpec {
    const wanted = spec.clusterIPs?.[0] ?? spec.clusterIP ?? "";
    if (wanted === "None") return spec;
    if (wanted === "") {
      const kept = old?.clusterIP;
      const address = kept !== undefined && kept !== "None" && kept !== "" ? kept : this.#address();
      return { ...spec, clusterIP: address, clusterIPs: [address] };
    }
    if (old?.clusterIPs?.includes(wanted) === true || !IPV4.test(wanted)) return spec;
    // A change of a set address is refused by the rules of updates, in their own words.
    if (old?.clusterIP !== undefined && old.clusterIP !== "" && old.type !== "ExternalName")
      return spec;
    const refuse = (why: string): never => {
      const text = `failed to allocate IP ${wanted}: ${why}`;
      throw refusal(service, invalidValue("spec.clusterIPs", [wanted], text));
    };
    if (!wanted.startsWith(RANGE.prefix))
      refuse("the provided network does not match the current range");
    if (this.#isTaken("address", wanted)) refuse("provided IP is already allocated");
    return spec.clusterIPs === undefined ? { ...spec, clusterIPs: [wanted] } : spec;
  }

  #withPorts(service: Service, spec: ServiceSpec, old: ServiceSpec | undefined): ServiceSpec {
    const balanced = spec.type === "LoadBalancer";
    if (spec.type !== "NodePort" && !balanced) return spec;
    const taken = new Set<string>();
    const errors: FieldError[] = [];
    const allocates = !balanced || spec.allocateLoadBalancerNodePorts !== false;
    const had = portsOf(old);
    const check = (port: ServicePort, index: number): void => {
      const { nodePort, protocol = "TCP" } = port;
      if (nodePort === undefined || nodePort === 0) return;
      const place = `${nodePort}/${protocol}`;
      taken.add(String(nodePort));
      if (had.has(place)) return;
      const error = this.#portError(nodePort, place, `spec.ports[${index}].nodePort`);
      if (error !== undefined) errors.push(error);
    };
    spec.ports?.forEach(check);
    if (errors.length > 0) throw refusal(service, ...errors);
    let next = spec;
    if (allocates && spec.ports?.some(({ nodePort }) => !nodePort) === true)
      next = { ...spec, ports: this.#fill(spec.ports, old, taken) };
    return this.#withHealthPort(next, old, taken);
  }

  /** Ports without a node port get the one they had, or one of another protocol's port of the same number, or a new one. */
  #fill(
    ports: readonly ServicePort[],
    old: ServiceSpec | undefined,
    taken: Set<string>,
  ): readonly ServicePort[] {
    const given = new Map<number, number>();
    return ports.map((port) => {
      if (port.nodePort) return port;
      const before = old?.ports?.find(
        (one) => one.port === port.port && one.protocol === port.protocol,
      )?.nodePort;
      const nodePort = before ?? given.get(port.port) ?? this.#port(taken);
      given.set(port.port, nodePort);
      taken.add(String(nodePort));
      return { ...port, nodePort };
    });
  }

  #withHealthPort(
    spec: ServiceSpec,
    old: ServiceSpec | undefined,
    taken: Set<string>,
  ): ServiceSpec {
    if (spec.type !== "LoadBalancer" || spec.externalTrafficPolicy !== "Local") return spec;
    if (spec.healthCheckNodePort) return spec;
    return { ...spec, healthCheckNodePort: old?.healthCheckNodePort ?? this.#port(taken) };
  }

  #portError(port: number, place: string, field: string): FieldError | undefined {
    if (port < FIRST_PORT || port > LAST_PORT) {
      const why = `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`;
      return invalidValue(field, port, why);
    }
    return this.#isTaken("nodePort", place)
      ? invalidValue(field, port, "provided port is already allocated")
      : undefined;
  }

  #isTaken(index: string, value: string): boolean {
    return this.#store.objects("Service").countIndexed(index, value) > 0;
  }

  #address(): string {
    const dynamic = RANGE.size - 1 - STATIC_ADDRESSES;
    for (let attempt = 0; ; attempt++) {
      const host = STATIC_ADDRESSES + ((this.#random.int(dynamic) + attempt) % dynamic);
      const address = `${RANGE.prefix}${host >> 8}.${host & 255}`;
      if (!this.#isTaken("address", address)) return address;
      if (attempt > 2 * RANGE.size) throw new RangeError("no Service address is left");
    }
  }

  #port(taken: ReadonlySet<string>): number {
    const dynamic = LAST_PORT - FIRST_PORT + 1 - STATIC_PORTS;
    for (let attempt = 0; ; attempt++) {
      const port = FIRST_PORT + STATIC_PORTS + ((this.#random.int(dynamic) + attempt) % dynamic);
      if (!taken.has(String(port)) && !this.#isTaken("nodePort", String(port))) return port;
      if (attempt > 2 * dynamic) throw new RangeError("no node port is left");
    }
  }
}

function portsOf(spec: ServiceSpec | undefined): ReadonlySet<string> {
  return new Set(spec?.ports?.map(({ nodePort, protocol = "TCP" }) => `${nodePort}/${protocol}`));
}

function refusal({ metadata }: Service, ...errors: readonly FieldError[]) {
  return invalid(SERVICE, metadata.name, errors);
}
