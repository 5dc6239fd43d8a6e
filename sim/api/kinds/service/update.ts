import type { Service, ServiceSpec } from "../../types.gen.ts";
import { sameValue } from "../same-value.ts";

type Member = keyof ServiceSpec;

/**
 * Takes away what only the old type had, where the user left it as it was (core `dropTypeDependentFields`): a Service that becomes
 * internal gives its node ports back, one that becomes an ExternalName its addresses.
 */
export function dropTypeDependentFields(next: Service, before: Service): Service {
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
