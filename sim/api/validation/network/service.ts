import { sameValue } from "../../kinds/same-value.ts";
import type { Service, ServicePort, ServiceSpec } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  oneOf,
  required,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { invalidEach, labelErrors } from "../meta.ts";
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from "../names.ts";
import { protocolErrors, targetPortErrors } from "../ports.ts";
import { isIpv6 } from "./ip.ts";
import { cidrErrors, ipErrors } from "./ip-errors.ts";
import { specialIpErrors } from "./special-ip.ts";

const HINTS = "service.kubernetes.io/topology-aware-hints";
const MODE = "service.kubernetes.io/topology-mode";
const RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
const KUBELET_PORT = 10_250;
const BALANCED_ONLY = "may only be used when `type` is 'LoadBalancer'";

/** core `ValidateService`, without metadata. */
export function serviceErrors(service: Service): readonly FieldError[] {
  const spec = service.spec ?? {};
  const { annotations } = service.metadata;
  const errors: FieldError[] = [];
  const [mode, hints] = [annotations?.[MODE], annotations?.[HINTS]];
  if (mode !== undefined && hints !== undefined && mode !== hints) {
    const why = `must match annotations[${HINTS}] when both are specified`;
    errors.push(invalidValue(`metadata.annotations[${MODE}]`, mode, why));
  }
  const headless = spec.type === "ClusterIP" && spec.clusterIP === "None";
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !headless && spec.type !== "ExternalName") {
    errors.push(required("spec.ports", ""));
  }
  errors.push(...typeErrors(spec), ...portErrors(ports));
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
  errors.push(...balancerErrors(spec, annotations?.[RANGES]));
  errors.push(...balancerClassErrors(spec), ...policyErrors(spec));
  return errors;
}

function typeErrors(spec: ServiceSpec): readonly FieldError[] {
  const { type, clusterIP, ports = [] } = spec;
  if (type === "ExternalName") return externalNameErrors(spec);
  const errors: FieldError[] = [];
  if (type !== "LoadBalancer" && type !== "NodePort") return errors;
  ports.forEach(({ port }, index) => {
    if (type !== "LoadBalancer" || port !== KUBELET_PORT) return;
    const why = `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`;
    errors.push(invalidValue(`spec.ports[${index}]`, port, why));
  });
  if (clusterIP === "None") {
    const why = `may not be set to 'None' for ${type} services`;
    errors.push(invalidValue("spec.clusterIPs[0]", clusterIP, why));
  }
  return errors;
}

function externalNameErrors(spec: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.clusterIPs ?? []).length > 0) {
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

/** core `ValidateServiceClusterIPsRelatedFields`: addresses, families and policy, each and together. */
export function clusterIpErrors(spec: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (spec.type === "ExternalName") return errors;
  const field = "spec.clusterIPs";
  if (clusterIP !== "" && clusterIPs.length === 0) errors.push(required(field, ""));
  else if (clusterIP !== "" && clusterIPs[0] !== clusterIP) {
    errors.push(invalidValue(field, clusterIPs, "first value must match `clusterIP`"));
  }
  if (clusterIP === "" && clusterIPs.length > 0) {
    const why = "must be empty when `clusterIP` is not specified";
    errors.push(invalidValue(field, clusterIPs, why));
  }
  const seen = new Set<string>();
  ipFamilies.forEach((family, index) => {
    const at = `spec.ipFamilies[${index}]`;
    const families = ["IPv4", "IPv6"];
    if (!families.includes(family)) errors.push(notSupported(at, family, families));
    if (seen.has(family)) errors.push(duplicate(at, family));
    seen.add(family);
  });
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) {
    errors.push(notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, policies));
  }
  return [...errors, ...addressErrors(spec)];
}

function addressErrors({ type, clusterIP, clusterIPs: all = [], ipFamilies = [] }: ServiceSpec) {
  const errors: FieldError[] = [];
  const field = "spec.clusterIPs";
  let bad = false;
  all.forEach((ip, index) => {
    if (index === 0 && ip === "None") {
      if (all.length === 1) return;
      errors.push(invalidValue(field, all, "'None' must be the first and only value"));
      return;
    }
    const own = ipErrors(ip, `${field}[${index}]`);
    bad ||= own.length > 0;
    errors.push(...own);
  });
  if (all.length > 2) errors.push(invalidValue(field, all, "may only hold up to 2 values"));
  if (bad) return errors;
  const paired = all[0] !== "None" && new Set(all.map(isIpv6)).size === 2;
  if (all.length > 1 && !paired) {
    errors.push(invalidValue(field, all, "may specify no more than one IP for each IP family"));
  }
  if (type === "ClusterIP" && clusterIP === "None") return errors;
  all.forEach((ip, index) => {
    const family = ipFamilies[index];
    if (family !== "IPv4" && family !== "IPv6") return;
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

function nodePortErrors({ type, ports = [] }: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const each = (rule: (field: string, port: ServicePort) => FieldError | undefined) => {
    ports.forEach((port, index) => {
      const error = port.nodePort ? rule(`spec.ports[${index}].nodePort`, port) : undefined;
      if (error !== undefined) errors.push(error);
    });
  };
  if (type === "ClusterIP") {
    each((field) => forbiddenField(field, "may not be used when `type` is 'ClusterIP'"));
  }
  const seen = new Set<string>();
  each((field, { protocol = "", nodePort }) => {
    const key = `${protocol}/${nodePort}`;
    if (seen.has(key)) return duplicate(field, nodePort);
    seen.add(key);
    return undefined;
  });
  return errors;
}

/** `annotation` names the ranges where the field does not. */
function balancerErrors(spec: ServiceSpec, annotation: string | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  const balancer = spec.type === "LoadBalancer";
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    const field = "spec.LoadBalancerSourceRanges";
    if (!balancer) errors.push(forbiddenField(field, BALANCED_ONLY));
    ranges.forEach((range, index) => {
      errors.push(...cidrErrors(range.trim(), `${field}[${index}]`));
    });
  } else if (annotation !== undefined) {
    const field = `metadata.annotations[${RANGES}]`;
    if (!balancer) errors.push(forbiddenField(field, BALANCED_ONLY));
    const text = annotation.trim();
    const named = text === "" ? [] : text.split(",");
    for (const range of named) errors.push(...cidrErrors(range.trim(), field));
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !balancer) {
    errors.push(forbiddenField("spec.allocateLoadBalancerNodePorts", BALANCED_ONLY));
  }
  if (spec.allocateLoadBalancerNodePorts === undefined && balancer) {
    errors.push(required("spec.allocateLoadBalancerNodePorts", ""));
  }
  return errors;
}

/** core `validateLoadBalancerClassField`; `old` is the spec before a change. */
function balancerClassErrors(spec: ServiceSpec, old?: ServiceSpec): readonly FieldError[] {
  const { type, loadBalancerClass } = spec;
  const field = "spec.loadBalancerClass";
  const errors: FieldError[] = [];
  const stays = old?.type === "LoadBalancer" && type === "LoadBalancer";
  if (stays && loadBalancerClass !== old.loadBalancerClass) {
    errors.push(invalidValue(field, loadBalancerClass ?? null, "may not change once set"));
  }
  if (loadBalancerClass === undefined) return errors;
  if (type !== "LoadBalancer") return [...errors, forbiddenField(field, BALANCED_ONLY)];
  const texts = qualifiedNameErrors(loadBalancerClass);
  return [...errors, ...invalidEach(field, loadBalancerClass, texts)];
}

function policyErrors(spec: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const outside = spec.type === "NodePort" || spec.type === "LoadBalancer";
  const exposed = spec.type === "ClusterIP" && (spec.externalIPs?.length ?? 0) > 0;
  const reachable = outside || exposed;
  const { externalTrafficPolicy: external = "", healthCheckNodePort = 0 } = spec;
  if (reachable) {
    errors.push(...oneOf(external, "spec.externalTrafficPolicy", ["Cluster", "Local"]));
  } else if (external !== "") {
    const why = "may only be set for externally-accessible services";
    errors.push(invalidValue("spec.externalTrafficPolicy", external, why));
  }
  const health = "spec.healthCheckNodePort";
  if (spec.type !== "LoadBalancer" || external !== "Local") {
    const why =
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    if (healthCheckNodePort !== 0) errors.push(invalidValue(health, healthCheckNodePort, why));
  } else if (healthCheckNodePort !== 0) {
    // The allocator gives one to whoever asks for none.
    const texts = portNumberErrors(healthCheckNodePort);
    errors.push(...invalidEach(health, healthCheckNodePort, texts));
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

/** core `ValidateServiceUpdate`: addresses and families stay unless the type changes to or from ExternalName. */
export function serviceUpdateErrors(next: Service, before: Service): readonly FieldError[] {
  const [now, old] = [next.spec ?? {}, before.spec ?? {}];
  const errors: FieldError[] = [];
  const external = now.type === "ExternalName" || old.type === "ExternalName";
  const isHeadless = ({ type, clusterIP }: ServiceSpec) =>
    type === "ClusterIP" && clusterIP === "None";
  if (!external && !(isHeadless(now) && isHeadless(old))) {
    errors.push(...changedAddressErrors(now, old), ...changedFamilyErrors(now, old));
  }
  errors.push(...balancerClassErrors(now, old));
  return errors;
}

const ONCE = "may not change once set";

function changedAddressErrors(now: ServiceSpec, old: ServiceSpec): readonly FieldError[] {
  const [next, before] = [now.clusterIPs ?? [], old.clusterIPs ?? []];
  const field = "spec.clusterIPs";
  if (sameValue(next, before) || before.length === 0) return [];
  if (next.length === 0) {
    const shown = now.clusterIPs ?? null;
    return [invalidValue(`${field}[0]`, shown, "primary clusterIP can not be unset")];
  }
  return next[0] === before[0] ? [] : [invalidValue(`${field}[0]`, next, ONCE)];
}

function changedFamilyErrors(now: ServiceSpec, old: ServiceSpec): readonly FieldError[] {
  const [next, before] = [now.ipFamilies ?? [], old.ipFamilies ?? []];
  const field = "spec.ipFamilies";
  if (sameValue(next, before) || before.length === 0) return [];
  if (next.length === 0) {
    const shown = now.ipFamilies ?? null;
    return [invalidValue(`${field}[0]`, shown, "primary ipFamily can not be unset")];
  }
  if (next[0] !== before[0]) return [invalidValue(`${field}[0]`, next, ONCE)];
  const second = next.length > 1 && before.length > 1 && next[1] !== before[1];
  return second ? [invalidValue(`${field}[1]`, next, ONCE)] : [];
}
