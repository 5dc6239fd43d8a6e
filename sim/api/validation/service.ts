import { sameValue } from "../kinds/same-value.ts";
import type { Service, ServicePort, ServiceSpec } from "../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "./field-error.ts";
import { goValue } from "./go-value.ts";
import { ipErrors, isIpv6 } from "./ip.ts";
import { invalidEach, labelErrors } from "./meta.ts";
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from "./names.ts";
import { cidrErrors } from "./network.ts";
import { protocolErrors, targetPortErrors } from "./ports.ts";
import { oneOf } from "./security.ts";
import { specialIpErrors } from "./special-ip.ts";

/** core `ValidateService`, without metadata. */
export function serviceErrors(service: Service): readonly FieldError[] {
  const spec = service.spec ?? {};
  const errors: FieldError[] = [];
  const headless = spec.clusterIP === "None";
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !headless && spec.type !== "ExternalName") {
    errors.push(required("spec.ports", ""));
  }
  if (spec.type === "LoadBalancer" && headless) {
    const why = "may not be set to 'None' for LoadBalancer services";
    errors.push(invalidValue("spec.clusterIPs[0]", spec.clusterIP, why));
  }
  if (spec.type === "NodePort" && headless) {
    const why = "may not be set to 'None' for NodePort services";
    errors.push(invalidValue("spec.clusterIPs[0]", spec.clusterIP, why));
  }
  if (spec.type === "ExternalName") errors.push(...externalNameErrors(spec));
  errors.push(...portErrors(ports));
  if (spec.selector !== undefined) errors.push(...labelErrors(spec.selector, "spec.selector"));
  errors.push(...affinityErrors(spec));
  errors.push(...clusterIpErrors(spec));
  (spec.externalIPs ?? []).forEach((ip, index) => {
    errors.push(...externalIpErrors(ip, `spec.externalIPs[${index}]`));
  });
  const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
  errors.push(...oneOf(spec.type, "spec.type", types));
  errors.push(...nodePortErrors(spec));
  errors.push(...duplicatePortErrors(ports));
  errors.push(...balancerErrors(spec));
  errors.push(...policyErrors(spec));
  return errors;
}

function externalNameErrors(spec: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.clusterIPs ?? []).length > 0 || spec.clusterIP) {
    errors.push(forbiddenField("spec.clusterIPs", "may not be set for ExternalName services"));
  }
  if ((spec.ipFamilies ?? []).length > 0) {
    errors.push(forbiddenField("spec.ipFamilies", "may not be set for ExternalName services"));
  }
  if (spec.ipFamilyPolicy !== undefined) {
    errors.push(forbiddenField("spec.ipFamilyPolicy", "may not be set for ExternalName services"));
  }
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") errors.push(required("spec.externalName", ""));
  else errors.push(...invalidEach("spec.externalName", name, dnsSubdomainErrors(name)));
  return errors;
}

function portErrors(ports: readonly ServicePort[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const at = `spec.ports[${index}]`;
    const { name = "", protocol = "", targetPort, appProtocol } = port;
    if (ports.length > 1 && name === "") errors.push(required(`${at}.name`, ""));
    else if (name !== "") {
      errors.push(...invalidEach(`${at}.name`, name, dnsLabelErrors(name)));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      else names.add(name);
    }
    errors.push(...invalidEach(`${at}.port`, port.port, portNumberErrors(port.port)));
    errors.push(...protocolErrors(protocol, `${at}.protocol`));
    errors.push(...targetPortErrors(targetPort, `${at}.targetPort`));
    if (appProtocol !== undefined) {
      errors.push(
        ...invalidEach(`${at}.appProtocol`, appProtocol, qualifiedNameErrors(appProtocol)),
      );
    }
  });
  return errors;
}

function affinityErrors(spec: ServiceSpec): readonly FieldError[] {
  const errors = [...oneOf(spec.sessionAffinity, "spec.sessionAffinity", ["ClientIP", "None"])];
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
  if (spec.sessionAffinity === "ClientIP") {
    if (seconds === undefined) {
      const why = "when session affinity type is ClientIP";
      errors.push(required("spec.sessionAffinityConfig", why));
    } else if (seconds <= 0 || seconds > 86_400) {
      errors.push(invalidValue(field, seconds, "must be greater than 0 and less than 86400"));
    }
  } else if (spec.sessionAffinityConfig !== undefined) {
    const why = "must not be set when session affinity is None";
    if (spec.sessionAffinity === "None") {
      errors.push(forbiddenField("spec.sessionAffinityConfig", why));
    }
  }
  return errors;
}

function clusterIpErrors(spec: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (spec.type === "ExternalName") return errors;
  if (clusterIP !== "" && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) {
    errors.push(invalidValue("spec.clusterIPs", clusterIPs, "first value must match `clusterIP`"));
  }
  if (clusterIP === "" && clusterIPs.length > 0) {
    const why = "must be empty when `clusterIP` is not specified";
    errors.push(invalidValue("spec.clusterIPs", clusterIPs, why));
  }
  const seen = new Set<string>();
  ipFamilies.forEach((family, index) => {
    const field = `spec.ipFamilies[${index}]`;
    const families = ["IPv4", "IPv6"];
    if (!families.includes(family)) errors.push(notSupported(field, family, families));
    if (seen.has(family)) errors.push(duplicate(field, family));
    seen.add(family);
  });
  const policies = ["SingleStack", "PreferDualStack", "RequireDualStack"];
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) {
    errors.push(notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, policies));
  }
  return [...errors, ...addressErrors(spec)];
}

function addressErrors({ clusterIP = "", clusterIPs = [], ipFamilies = [] }: ServiceSpec) {
  const errors: FieldError[] = [];
  const all = clusterIPs.length > 0 ? clusterIPs : clusterIP === "" ? [] : [clusterIP];
  const field = "spec.clusterIPs";
  let bad = false;
  all.forEach((ip, index) => {
    const alone = index === 0 && ip === "None";
    const own = alone ? [] : ipErrors(ip, `${field}[${index}]`);
    bad ||= own.length > 0 || (alone && all.length > 1);
    errors.push(...own);
    if (alone && all.length > 1) {
      errors.push(invalidValue(field, all, "'None' must be the first and only value"));
    }
  });
  if (all.length > 2) errors.push(invalidValue(field, all, "may only hold up to 2 values"));
  if (bad) return errors;
  if (all.length > 1 && new Set(all.map(isIpv6)).size === 1) {
    errors.push(invalidValue(field, all, "may specify no more than one IP for each IP family"));
  }
  all.forEach((ip, index) => {
    const family = ipFamilies[index];
    if (ip === "None" || family === undefined) return;
    if ((family === "IPv6") === isIpv6(ip)) return;
    const why = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    errors.push(invalidValue(`${field}[${index}]`, ip, why));
  });
  return errors;
}

function externalIpErrors(ip: string, field: string): readonly FieldError[] {
  const errors = ipErrors(ip, field);
  return errors.length > 0 ? errors : specialIpErrors(ip, field);
}

function duplicatePortErrors(ports: readonly ServicePort[]): readonly FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap(({ protocol = "", port }, index) => {
    const key = `${protocol}/${port}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const shown = goValue("ServicePort", { protocol, port });
    return [
      {
        type: "FieldValueDuplicate" as const,
        field: `spec.ports[${index}]`,
        message: `Duplicate value: ${shown}`,
      },
    ];
  });
}

function nodePortErrors(spec: ServiceSpec): readonly FieldError[] {
  const seen = new Set<string>();
  return (spec.ports ?? []).flatMap(({ protocol = "", nodePort = 0 }, index) => {
    const field = `spec.ports[${index}].nodePort`;
    if (nodePort === 0) return [];
    if (spec.type === "ClusterIP") {
      return [forbiddenField(field, "may not be used when `type` is 'ClusterIP'")];
    }
    const key = `${protocol}/${nodePort}`;
    if (seen.has(key)) return [duplicate(field, nodePort)];
    seen.add(key);
    return [];
  });
}

function balancerErrors(spec: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const balancer = spec.type === "LoadBalancer";
  const only = "may only be used when `type` is 'LoadBalancer'";
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0 && !balancer) {
    errors.push(forbiddenField("spec.LoadBalancerSourceRanges", only));
  }
  ranges.forEach((range, index) => {
    errors.push(...cidrErrors(range.trim(), `spec.LoadBalancerSourceRanges[${index}]`));
  });
  if (spec.allocateLoadBalancerNodePorts !== undefined && !balancer) {
    errors.push(forbiddenField("spec.allocateLoadBalancerNodePorts", only));
  }
  if (spec.allocateLoadBalancerNodePorts === undefined && balancer) {
    errors.push(required("spec.allocateLoadBalancerNodePorts", ""));
  }
  const { loadBalancerClass } = spec;
  if (loadBalancerClass !== undefined) {
    if (!balancer) errors.push(forbiddenField("spec.loadBalancerClass", only));
    else {
      const texts = qualifiedNameErrors(loadBalancerClass);
      errors.push(...invalidEach("spec.loadBalancerClass", loadBalancerClass, texts));
    }
  }
  return errors;
}

function policyErrors(spec: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const outside = spec.type === "NodePort" || spec.type === "LoadBalancer";
  const reachable = outside || (spec.externalIPs?.length ?? 0) > 0;
  const { externalTrafficPolicy: external = "", healthCheckNodePort = 0 } = spec;
  if (reachable) {
    errors.push(...oneOf(external, "spec.externalTrafficPolicy", ["Cluster", "Local"]));
  } else if (external !== "") {
    const why = "may only be set for externally-accessible services";
    errors.push(invalidValue("spec.externalTrafficPolicy", external, why));
  }
  if (healthCheckNodePort !== 0) {
    const wanted = spec.type === "LoadBalancer" && external === "Local";
    if (!wanted) {
      const why =
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      errors.push(invalidValue("spec.healthCheckNodePort", healthCheckNodePort, why));
    }
  }
  const internal = spec.internalTrafficPolicy;
  if (outside || spec.type === "ClusterIP" || internal !== undefined) {
    errors.push(...oneOf(internal, "spec.internalTrafficPolicy", ["Cluster", "Local"]));
  }
  const distribution = spec.trafficDistribution;
  const distributions = ["PreferClose", "PreferSameNode", "PreferSameZone"];
  if (distribution !== undefined && !distributions.includes(distribution)) {
    errors.push(notSupported("spec.trafficDistribution", distribution, distributions));
  }
  return errors;
}

function familyUpdateErrors(now: ServiceSpec, old: ServiceSpec): readonly FieldError[] {
  const headless = now.clusterIP === "None" || old.clusterIP === "None";
  if (headless || now.type === "ExternalName" || old.type === "ExternalName") return [];
  const [next, before] = [now.ipFamilies ?? [], old.ipFamilies ?? []];
  if (next.length === 0 || before.length === 0 || next[0] === before[0]) return [];
  return [invalidValue("spec.ipFamilies[0]", next, "may not change once set")];
}

/** core `ValidateServiceUpdate`: addresses stay unless the type changes to or from ExternalName. */
export function serviceUpdateErrors(next: Service, before: Service): readonly FieldError[] {
  const [now, old] = [next.spec ?? {}, before.spec ?? {}];
  const errors: FieldError[] = [];
  const had = old.clusterIPs?.[0] ?? old.clusterIP ?? "";
  const has = now.clusterIPs?.[0] ?? now.clusterIP ?? "";
  const external = old.type === "ExternalName" || now.type === "ExternalName";
  if (!external && had !== "" && has === "") {
    const why = "primary clusterIP can not be unset";
    errors.push(invalidValue("spec.clusterIPs[0]", now.clusterIPs ?? null, why));
  } else if (!external && had !== "" && had !== has) {
    errors.push(
      invalidValue("spec.clusterIPs[0]", now.clusterIPs ?? [has], "may not change once set"),
    );
  }
  errors.push(...familyUpdateErrors(now, old));
  const balancers = old.type === "LoadBalancer" && now.type === "LoadBalancer";
  if (balancers && !sameValue(now.loadBalancerClass, old.loadBalancerClass)) {
    errors.push(
      invalidValue(
        "spec.loadBalancerClass",
        now.loadBalancerClass ?? null,
        "may not change once set",
      ),
    );
  }
  return errors;
}
