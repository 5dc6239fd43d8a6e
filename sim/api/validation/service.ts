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
import { invalidEach, labelErrors } from "./meta.ts";
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from "./names.ts";
import { ipErrors } from "./pod-spec.ts";
import { protocolErrors, targetPortErrors } from "./ports.ts";
import { oneOf } from "./security.ts";

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
  errors.push(...duplicatePortErrors(ports));
  errors.push(...nodePortErrors(spec));
  errors.push(...balancerErrors(spec));
  errors.push(...policyErrors(spec));
  return errors;
}

function externalNameErrors(spec: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.clusterIPs ?? []).length > 0 || spec.clusterIP) {
    const why = "may not be set when `type` is 'ExternalName'";
    errors.push(forbiddenField("spec.clusterIPs", why));
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
    const { name = "", protocol = "", targetPort, appProtocol, nodePort = 0 } = port;
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
    if (nodePort !== 0) {
      errors.push(...invalidEach(`${at}.nodePort`, nodePort, portNumberErrors(nodePort)));
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
    errors.push(forbiddenField("spec.sessionAffinityConfig", why));
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
  const all = clusterIPs.length > 0 ? clusterIPs : clusterIP === "" ? [] : [clusterIP];
  all.forEach((ip, index) => {
    if (ip !== "None" && ip !== "") errors.push(...ipErrors(ip, `spec.clusterIPs[${index}]`));
  });
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
  return errors;
}

function externalIpErrors(ip: string, field: string): readonly FieldError[] {
  const errors = [...ipErrors(ip, field)];
  if (errors.length > 0) return errors;
  if (ip === "0.0.0.0" || ip === "::") {
    errors.push(invalidValue(field, ip, "may not be unspecified (0.0.0.0 or ::)"));
  }
  if (ip.startsWith("127.") || ip === "::1") {
    errors.push(invalidValue(field, ip, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  }
  return errors;
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
  const outside = spec.type === "NodePort" || spec.type === "LoadBalancer";
  return (spec.ports ?? []).flatMap(({ protocol = "", nodePort = 0 }, index) => {
    const field = `spec.ports[${index}].nodePort`;
    if (nodePort === 0) return [];
    if (!outside) {
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
  if (outside || spec.type === "ClusterIP") {
    errors.push(...oneOf(internal, "spec.internalTrafficPolicy", ["Cluster", "Local"]));
  }
  const distribution = spec.trafficDistribution;
  const distributions = ["PreferClose", "PreferSameNode", "PreferSameZone"];
  if (distribution !== undefined && !distributions.includes(distribution)) {
    errors.push(notSupported("spec.trafficDistribution", distribution, distributions));
  }
  return errors;
}

/** core `ValidateServiceUpdate`: addresses stay unless the type changes to or from ExternalName. */
export function serviceUpdateErrors(next: Service, before: Service): readonly FieldError[] {
  const [now, old] = [next.spec ?? {}, before.spec ?? {}];
  const errors: FieldError[] = [];
  const had = old.clusterIPs?.[0] ?? old.clusterIP ?? "";
  const has = now.clusterIPs?.[0] ?? now.clusterIP ?? "";
  const external = old.type === "ExternalName" || now.type === "ExternalName";
  if (!external && had !== "" && had !== has) {
    errors.push(
      invalidValue("spec.clusterIPs[0]", now.clusterIPs ?? [has], "may not change once set"),
    );
  }
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
