import type { Service, ServiceSpec } from "../../types.gen.ts";
import { sameValue } from "../same-value.ts";
import { withFamilies } from "./defaults.ts";

type Member = keyof ServiceSpec;

/** What upstream's registry does to a changed service: what was allocated stays where it is left out, and what the type lost goes. */
export function prepareServiceUpdate(next: Service, before: Service): Service {
  return dropTypeDependentFields(withFamilies(patchAllocated(next, before), before), before);
}

/** Allocated values that the client left out (registry/core/service/storage `patchAllocatedValues` and `normalizeClusterIPs`). */
function patchAllocated(next: Service, before: Service): Service {
  let spec = next.spec ?? {};
  const old = before.spec ?? {};
  if (needsAddress(spec) && needsAddress(old)) {
    if (!spec.clusterIP && old.clusterIP) spec = { ...spec, clusterIP: old.clusterIP };
    if ((spec.clusterIPs ?? []).length === 0 && spec.clusterIP === old.clusterIP) {
      spec = withMember(spec, "clusterIPs", old.clusterIPs);
    }
  }
  if (needsNodePort(spec) && needsNodePort(old)) spec = patchNodePorts(spec, old);
  if (needsHealthCheck(spec) && needsHealthCheck(old) && !spec.healthCheckNodePort) {
    spec = withMember(spec, "healthCheckNodePort", old.healthCheckNodePort);
  }
  // A client that knows the old field alone changes both.
  if (spec.clusterIP !== old.clusterIP && sameValue(spec.clusterIPs, old.clusterIPs)) {
    spec = withMember(spec, "clusterIPs", spec.clusterIP ? [spec.clusterIP] : undefined);
  }
  return spec === next.spec ? next : { ...next, spec };
}

function withMember<K extends Member>(
  spec: ServiceSpec,
  key: K,
  value: ServiceSpec[K],
): ServiceSpec {
  if (spec[key] === value) return spec;
  const { [key]: _, ...rest } = spec;
  return value === undefined ? rest : { ...rest, [key]: value };
}

/** Node ports go by the names of their ports, unless another port has them now. */
function patchNodePorts(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const ports = spec.ports ?? [];
  if (ports.every(({ nodePort }) => nodePort)) return spec;
  const known = new Map((old.ports ?? []).map(({ name = "", nodePort }) => [name, nodePort]));
  const had = new Set(known.values());
  const used = new Set(ports.map(({ nodePort }) => nodePort).filter((port) => had.has(port)));
  return {
    ...spec,
    ports: ports.map((port) => {
      const before = known.get(port.name ?? "");
      if (port.nodePort || !before || used.has(before)) return port;
      used.add(before);
      return { ...port, nodePort: before };
    }),
  };
}

/**
 * Takes away what only the old type had, where the user left it as it was (core `dropTypeDependentFields`): a Service that becomes
 * internal gives its node ports back, one that becomes an ExternalName its addresses.
 */
function dropTypeDependentFields(next: Service, before: Service): Service {
  const [now, old] = [next.spec ?? {}, before.spec ?? {}];
  if (now.type === old.type) return next;
  let spec = now;
  const drop = (key: Member) => {
    if (spec[key] === undefined || !sameValue(spec[key], old[key])) return;
    const { [key]: _, ...rest } = spec;
    spec = rest;
  };
  const lost = (needs: (of: ServiceSpec) => boolean) => needs(old) && !needs(now);
  if (lost(needsAddress)) {
    if (sameValue(now.clusterIPs, old.clusterIPs) && now.clusterIP === old.clusterIP) {
      drop("clusterIP");
      drop("clusterIPs");
    }
    drop("ipFamilies");
    drop("ipFamilyPolicy");
  }
  if (lost(needsNodePort) && sameValue(nodePorts(now), nodePorts(old))) {
    spec = {
      ...spec,
      ports: (spec.ports ?? []).map(({ nodePort: _, ...port }) => port),
    };
  }
  if (lost(needsHealthCheck)) drop("healthCheckNodePort");
  if (lost(isBalancer)) {
    drop("allocateLoadBalancerNodePorts");
    drop("loadBalancerClass");
  }
  if (lost(isReachable)) drop("externalTrafficPolicy");
  return spec === now ? next : { ...next, spec };
}

function needsAddress({ type }: ServiceSpec): boolean {
  return type !== "ExternalName";
}

function isBalancer({ type }: ServiceSpec): boolean {
  return type === "LoadBalancer";
}

function needsNodePort(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || isBalancer(spec);
}

function needsHealthCheck(spec: ServiceSpec): boolean {
  return isBalancer(spec) && spec.externalTrafficPolicy === "Local";
}

function isReachable(spec: ServiceSpec): boolean {
  return needsNodePort(spec) || (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
}

function nodePorts({ ports = [] }: ServiceSpec): readonly number[] {
  return ports.map(({ nodePort = 0 }) => nodePort);
}
