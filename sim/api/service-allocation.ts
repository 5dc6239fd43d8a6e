import type { Random } from "../engine/random.ts";
import { internalError, invalid } from "./api-error.ts";
import type { KubeObject } from "./object.ts";
import type { IndexKeys } from "./object-set.ts";
import { ServiceAddresses } from "./service-addresses.ts";
import type { Store } from "./store.ts";
import type { Service, ServicePort, ServiceSpec } from "./types.gen.ts";
import { type FieldError, forbiddenField, invalidValue } from "./validation/field-error.ts";
import { familyErrors } from "./validation/network/service-families.ts";

const [FIRST_PORT, LAST_PORT] = [30_000, 32_767];
/** Below are ports kept for those who ask for one: min(max(16, size / 32), 128). */
const STATIC_PORTS = 86;
const SERVICE = { group: "", kind: "Service" };
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

const byPort: IndexKeys = (object) => {
  const { ports = [], healthCheckNodePort } = (object as Service).spec ?? {};
  const used = ports.flatMap(({ nodePort }) => (nodePort ? [String(nodePort)] : []));
  return healthCheckNodePort ? [...used, String(healthCheckNodePort)] : used;
};

/** Gives Services their addresses and node ports, and refuses those that are taken or out of range. */
export class ServiceAllocator {
  readonly #store: Store;
  readonly #random: Random;
  readonly #addresses: ServiceAddresses;

  constructor(store: Store, random: Random) {
    this.#store = store;
    this.#random = random;
    this.#addresses = new ServiceAddresses(store, random);
    store.addIndex("Service", "nodePort", byPort);
  }

  /** The Service with what it lacks. Throws `ApiError` 422. `before` is given on update. */
  allocate(object: KubeObject, before?: KubeObject): KubeObject {
    const service = object as Service;
    const { spec } = service;
    if (spec === undefined || spec.type === "ExternalName") return object;
    const errors = familyErrors(service);
    if (errors.length > 0) throw refusal(service, ...errors);
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
    const why = this.#addresses.problem(wanted);
    if (why !== undefined) {
      const text = `failed to allocate IP ${wanted}: ${why}`;
      throw refusal(service, invalidValue("spec.clusterIPs", [wanted], text));
    }
    return spec.clusterIPs === undefined ? { ...spec, clusterIPs: [wanted] } : spec;
  }

  #withPorts(service: Service, spec: ServiceSpec, old: ServiceSpec | undefined): ServiceSpec {
    const balanced = spec.type === "LoadBalancer";
    if (spec.type !== "NodePort" && !balanced) return spec;
    const claimed = new Set<number>();
    const had = new Set(old?.ports?.map(({ nodePort }) => nodePort));
    const claim = (port: number, index: number): void => {
      if (had.has(port)) return;
      const why = this.#portProblem(port, claimed);
      if (why !== undefined)
        throw refusal(service, invalidValue(`spec.ports[${index}].nodePort`, port, why));
      claimed.add(port);
    };
    const allocates = !balanced || spec.allocateLoadBalancerNodePorts !== false;
    const ports = spec.ports ?? [];
    const filled =
      old === undefined
        ? this.#firstPorts(ports, allocates, claim, claimed)
        : this.#nextPorts(ports, allocates, claim, claimed);
    const next = filled.every((port, index) => port === ports[index])
      ? spec
      : { ...spec, ports: filled };
    return this.#withHealthPort(service, next, old, claimed);
  }

  /** Ports of one number share a node port: one that any of them asks for, or a new one. */
  #firstPorts(
    ports: readonly ServicePort[],
    allocates: boolean,
    claim: (port: number, index: number) => void,
    claimed: Set<number>,
  ): readonly ServicePort[] {
    const given = new Map<number, number>();
    return ports.map((port, index) => {
      const asked = port.nodePort ?? 0;
      if (asked === 0 && !allocates) return port;
      const shared = given.get(port.port) ?? 0;
      if (shared === 0) {
        const wanted = ports.find((one) => one.port === port.port && one.nodePort)?.nodePort;
        if (wanted !== undefined) claim(wanted, index);
        const nodePort = wanted ?? this.#port(claimed);
        given.set(port.port, nodePort);
        return asked === nodePort ? port : { ...port, nodePort };
      }
      if (asked !== 0 && asked !== shared) claim(asked, index);
      return asked === 0 ? { ...port, nodePort: shared } : port;
    });
  }

  /** A changed service keeps the ports it had; what it asks for anew must be free. */
  #nextPorts(
    ports: readonly ServicePort[],
    allocates: boolean,
    claim: (port: number, index: number) => void,
    claimed: Set<number>,
  ): readonly ServicePort[] {
    return ports.map((port, index) => {
      const { nodePort = 0 } = port;
      if (nodePort === 0) return allocates ? { ...port, nodePort: this.#port(claimed) } : port;
      if (!claimed.has(nodePort)) claim(nodePort, index);
      return port;
    });
  }

  #withHealthPort(
    service: Service,
    spec: ServiceSpec,
    old: ServiceSpec | undefined,
    claimed: Set<number>,
  ): ServiceSpec {
    if (!needsHealthPort(spec)) return spec;
    const { healthCheckNodePort: wanted = 0 } = spec;
    if (needsHealthPort(old)) {
      if (wanted === old?.healthCheckNodePort) return spec;
      throw refusal(service, forbiddenField("spec.healthCheckNodePort", "field is immutable"));
    }
    if (wanted === 0) return { ...spec, healthCheckNodePort: this.#port(claimed) };
    const why = this.#portProblem(wanted, claimed);
    if (why === undefined) return spec;
    throw internalError(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`);
  }

  /** Why a port cannot be had; undefined when it can. */
  #portProblem(port: number, claimed: ReadonlySet<number>): string | undefined {
    if (port < FIRST_PORT || port > LAST_PORT)
      return `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`;
    const taken = claimed.has(port) || this.#isTaken(port);
    return taken ? "provided port is already allocated" : undefined;
  }

  #isTaken(port: number): boolean {
    return this.#store.objects("Service").countIndexed("nodePort", String(port)) > 0;
  }

  #address(): string {
    const address = this.#addresses.next();
    if (address === undefined) throw internalError("failed to allocate a serviceIP: range is full");
    return address;
  }

  /** A free port, which is claimed by that. */
  #port(claimed: Set<number>): number {
    const dynamic = LAST_PORT - FIRST_PORT + 1 - STATIC_PORTS;
    for (let attempt = 0; ; attempt++) {
      const port = FIRST_PORT + STATIC_PORTS + ((this.#random.int(dynamic) + attempt) % dynamic);
      if (!claimed.has(port) && !this.#isTaken(port)) {
        claimed.add(port);
        return port;
      }
      if (attempt > 2 * dynamic) throw new RangeError("no node port is left");
    }
  }
}

function needsHealthPort(spec: ServiceSpec | undefined): boolean {
  return spec?.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}

function refusal({ metadata }: Service, ...errors: readonly FieldError[]) {
  return invalid(SERVICE, metadata.name, errors);
}
