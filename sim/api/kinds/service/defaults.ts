import type { Service, ServicePort, ServiceSpec } from "../../types.gen.ts";
import { fill, refine, refineEach } from "../fill.ts";

/** Three hours: how long a client stays with its pod under ClientIP affinity. */
const AFFINITY_SECONDS = 10_800;

/** core/v1 `SetDefaults_Service`. */
export function defaultService(object: Service): Service {
  return refine(object, "spec", (spec) => {
    let next: ServiceSpec = fill(spec, { sessionAffinity: "None", type: "ClusterIP" });
    if (next.sessionAffinity === "None" && next.sessionAffinityConfig !== undefined) {
      const { sessionAffinityConfig: _unused, ...kept } = next;
      next = kept;
    }
    if (next.sessionAffinity === "ClientIP") {
      const timeoutSeconds =
        next.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS;
      next = { ...next, sessionAffinityConfig: { clientIP: { timeoutSeconds } } };
    }
    next = refine(next, "ports", (ports) => refineEach(ports, defaultServicePort));
    return defaultTraffic(next);
  });
}

function defaultServicePort(port: ServicePort): ServicePort {
  const typed = fill(port, { protocol: "TCP" });
  const unset = typed.targetPort === undefined || typed.targetPort === 0 || typed.targetPort === "";
  return unset ? { ...typed, targetPort: typed.port } : typed;
}

function defaultTraffic(spec: ServiceSpec): ServiceSpec {
  const { type } = spec;
  const outside = type === "NodePort" || type === "LoadBalancer";
  const reachable = outside || (type === "ClusterIP" && (spec.externalIPs?.length ?? 0) > 0);
  return fill(spec, {
    ...(reachable ? { externalTrafficPolicy: "Cluster" } : {}),
    ...(outside || type === "ClusterIP" ? { internalTrafficPolicy: "Cluster" } : {}),
    ...(type === "LoadBalancer" ? { allocateLoadBalancerNodePorts: true } : {}),
  });
}

/**
 * Addresses in both fields, policy and families of a service on an IPv4 single-stack cluster. A headless service without a selector
 * asks for two families, as upstream has it. Addresses and node ports are the allocator's business. `before` lends its policy.
 */
export function withFamilies(object: Service, before?: Service): Service {
  return refine(object, "spec", (spec) => {
    const { type, clusterIP = "", clusterIPs = [], ipFamilyPolicy } = spec;
    const addresses = clusterIPs.length === 0 && clusterIP !== "" ? [clusterIP] : clusterIPs;
    const addressed = addresses.length === 0 ? spec : { ...spec, clusterIPs: addresses };
    if (type === "ExternalName") return before === undefined ? addressed : spec;
    const open = clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
    const usual = open ? "RequireDualStack" : "SingleStack";
    const policy = ipFamilyPolicy ?? before?.spec?.ipFamilyPolicy ?? usual;
    // An address of the other family is left to be refused as such.
    const foreign = addresses.some((ip) => ip.includes(":"));
    const families = spec.ipFamilies ?? (foreign ? undefined : ["IPv4"]);
    const second = open && policy !== "SingleStack" && families?.length === 1;
    const other = families?.[0] === "IPv4" ? "IPv6" : "IPv4";
    return {
      ...addressed,
      ipFamilyPolicy: policy,
      ...(families === undefined ? {} : { ipFamilies: second ? [...families, other] : families }),
    };
  });
}
