import type {
  Ingress,
  IngressBackend,
  IngressClass,
  IngressRule,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "./field-error.ts";
import { isIpv4, isIpv6 } from "./ip.ts";
import { invalidEach } from "./meta.ts";
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  portNameErrors,
  portNumberErrors,
  wildcardErrors,
} from "./names.ts";
import { targetPortErrors } from "./ports.ts";
import { labelSelectorErrors } from "./selectors.ts";

/** networking `ValidateIngressSpec`. */
export function ingressErrors({ spec = {} }: Ingress): readonly FieldError[] {
  const errors: FieldError[] = [];
  const rules = spec.rules ?? [];
  if (rules.length === 0 && spec.defaultBackend === undefined) {
    errors.push(
      invalidValue("spec", rules, "either `defaultBackend` or `rules` must be specified"),
    );
  }
  if (spec.defaultBackend !== undefined)
    errors.push(...backendErrors(spec.defaultBackend, "spec.defaultBackend"));
  rules.forEach((rule, index) => {
    errors.push(...ruleErrors(rule, `spec.rules[${index}]`));
  });
  (spec.tls ?? []).forEach(({ hosts = [], secretName }, index) => {
    hosts.forEach((host, nth) => {
      errors.push(...hostErrors(host, `spec.tls[${index}].hosts[${nth}]`));
    });
    if (secretName)
      errors.push(
        ...invalidEach(`spec.tls[${index}].secretName`, secretName, dnsSubdomainErrors(secretName)),
      );
  });
  const { ingressClassName } = spec;
  if (ingressClassName !== undefined) {
    errors.push(
      ...invalidEach(
        "spec.ingressClassName",
        ingressClassName,
        dnsSubdomainErrors(ingressClassName),
      ),
    );
  }
  return errors;
}

function hostErrors(host: string, field: string): readonly FieldError[] {
  return invalidEach(
    field,
    host,
    host.includes("*") ? wildcardErrors(host) : dnsSubdomainErrors(host),
  );
}

function ruleErrors(rule: IngressRule, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { host = "", http } = rule;
  if (host !== "") {
    if (isIpv4(host) || isIpv6(host))
      errors.push(invalidValue(`${at}.host`, host, "must be a DNS name, not an IP address"));
    else errors.push(...hostErrors(host, `${at}.host`));
  }
  if (http === undefined) return errors;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.push(required(`${at}.http.paths`, ""));
  const types = ["Exact", "ImplementationSpecific", "Prefix"];
  paths.forEach(({ path = "", pathType, backend }, index) => {
    const place = `${at}.http.paths[${index}]`;
    if (pathType === undefined)
      errors.push(required(`${place}.pathType`, "pathType must be specified"));
    else if (!types.includes(pathType))
      errors.push(notSupported(`${place}.pathType`, pathType, types));
    else errors.push(...pathErrors(path, pathType, `${place}.path`));
    errors.push(...backendErrors(backend, `${place}.backend`));
  });
  return errors;
}

const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_SUFFIXES = ["/..", "/."];

function pathErrors(path: string, type: string, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (type === "ImplementationSpecific") {
    if (path !== "" && !path.startsWith("/"))
      errors.push(invalidValue(field, path, "must be an absolute path"));
    return errors;
  }
  if (!path.startsWith("/")) errors.push(invalidValue(field, path, "must be an absolute path"));
  if (path === "") return errors;
  for (const bad of BAD_SEQUENCES) {
    if (path.includes(bad)) errors.push(invalidValue(field, path, `must not contain '${bad}'`));
  }
  for (const bad of BAD_SUFFIXES) {
    if (path.endsWith(bad)) errors.push(invalidValue(field, path, `cannot end with '${bad}'`));
  }
  return errors;
}

function backendErrors(backend: IngressBackend, at: string): readonly FieldError[] {
  const { service, resource } = backend;
  if (resource !== undefined && service !== undefined) {
    return [invalidValue(at, "", "cannot set both resource and service backends")];
  }
  if (resource !== undefined) {
    const errors: FieldError[] = [];
    if (!resource.kind) errors.push(required(`${at}.resource.kind`, ""));
    if (!resource.name) errors.push(required(`${at}.resource.name`, ""));
    return errors;
  }
  if (service === undefined) return [required(at, "resource or service backend is required")];
  const errors: FieldError[] = [];
  const { name = "", port } = service;
  if (name === "") errors.push(required(`${at}.service.name`, ""));
  else errors.push(...invalidEach(`${at}.service.name`, name, dnsLabelErrors(name)));
  const { name: portName = "", number = 0 } = port ?? {};
  if (portName !== "" && number !== 0)
    errors.push(invalidValue(at, "", "cannot set both port name & port number"));
  else if (portName !== "")
    errors.push(...invalidEach(`${at}.service.port.name`, portName, portNameErrors(portName)));
  else if (number !== 0)
    errors.push(...invalidEach(`${at}.service.port.number`, number, portNumberErrors(number)));
  else errors.push(required(at, "port name or number is required"));
  return errors;
}

/** networking `ValidateIngressClass`, without metadata. */
export function ingressClassErrors({ spec }: IngressClass): readonly FieldError[] {
  const errors: FieldError[] = [];
  const controller = spec?.controller ?? "";
  if (controller.length > 250) {
    errors.push({
      type: "FieldValueTooLong",
      field: "spec.controller",
      message: "Too long: may not be more than 250 bytes",
    });
  }
  if (controller !== "") {
    const [domain = "", ...path] = controller.split("/");
    if (path.length === 0)
      errors.push(
        invalidValue(
          "spec.controller",
          controller,
          'must be a domain-prefixed path (such as "acme.io/foo")',
        ),
      );
    else errors.push(...invalidEach("spec.controller", domain, dnsSubdomainErrors(domain)));
  } else errors.push(required("spec.controller", ""));
  return errors;
}

/** networking `ValidateNetworkPolicySpec`. */
export function networkPolicyErrors({ spec }: NetworkPolicy): readonly FieldError[] {
  const errors: FieldError[] = [...labelSelectorErrors(spec?.podSelector, "spec.podSelector")];
  (spec?.ingress ?? []).forEach(({ ports = [], from = [] }, index) => {
    const at = `spec.ingress[${index}]`;
    errors.push(...portsErrors(ports, `${at}.ports`), ...peersErrors(from, `${at}.from`));
  });
  (spec?.egress ?? []).forEach(({ ports = [], to = [] }, index) => {
    const at = `spec.egress[${index}]`;
    errors.push(...portsErrors(ports, `${at}.ports`), ...peersErrors(to, `${at}.to`));
  });
  const types = ["Egress", "Ingress"];
  const chosen = spec?.policyTypes ?? [];
  if (chosen.length > types.length) {
    errors.push(
      invalidValue("spec.policyTypes", chosen, "may not specify more than two policyTypes"),
    );
    return errors;
  }
  chosen.forEach((type, index) => {
    if (!types.includes(type)) errors.push(notSupported(`spec.policyTypes[${index}]`, type, types));
  });
  return errors;
}

function portsErrors(ports: readonly NetworkPolicyPort[], path: string): readonly FieldError[] {
  return ports.flatMap(({ protocol, port, endPort }, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    const protocols = ["SCTP", "TCP", "UDP"];
    if (protocol !== undefined && !protocols.includes(protocol))
      errors.push(notSupported(`${at}.protocol`, protocol, protocols));
    if (port !== undefined) {
      errors.push(...targetPortErrors(port, `${at}.port`));
      if (endPort !== undefined && typeof port === "number" && endPort < port) {
        errors.push(invalidValue(`${at}.endPort`, port, "must be greater than or equal to `port`"));
      }
      if (endPort !== undefined && typeof port === "string") {
        errors.push(
          invalidValue(`${at}.endPort`, endPort, "may not be specified when `port` is non-numeric"),
        );
      }
    } else if (endPort !== undefined) {
      errors.push(
        invalidValue(`${at}.endPort`, endPort, "may not be specified when `port` is not specified"),
      );
    }
    if (endPort !== undefined)
      errors.push(...invalidEach(`${at}.endPort`, endPort, portNumberErrors(endPort)));
    return errors;
  });
}

function peersErrors(peers: readonly NetworkPolicyPeer[], path: string): readonly FieldError[] {
  return peers.flatMap((peer, index) => {
    const at = `${path}[${index}]`;
    const { podSelector, namespaceSelector, ipBlock } = peer;
    const errors: FieldError[] = [];
    errors.push(...labelSelectorErrors(podSelector, `${at}.podSelector`));
    errors.push(...labelSelectorErrors(namespaceSelector, `${at}.namespaceSelector`));
    if (ipBlock !== undefined) {
      errors.push(...blockErrors(ipBlock, `${at}.ipBlock`));
      if (podSelector !== undefined || namespaceSelector !== undefined) {
        errors.push(forbiddenField(at, "may not specify both ipBlock and another peer"));
      }
    } else if (podSelector === undefined && namespaceSelector === undefined) {
      errors.push(required(at, "must specify a peer"));
    }
    return errors;
  });
}

/** Whether a text is a CIDR. */
function isCidr(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  if (bits === undefined || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  if (isIpv4(address)) return Number(bits) <= 32;
  return isIpv6(address) && Number(bits) <= 128;
}

/** What is wrong with a CIDR. */
export function cidrErrors(text: string, field: string): readonly FieldError[] {
  return isCidr(text)
    ? []
    : [
        invalidValue(
          field,
          text,
          "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
        ),
      ];
}

function numberOf(address: string): bigint | undefined {
  if (!isIpv4(address)) return undefined;
  return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function blockErrors(
  block: { readonly cidr: string; readonly except?: readonly string[] },
  path: string,
): readonly FieldError[] {
  const { cidr, except = [] } = block;
  if (!cidr) return [required(`${path}.cidr`, "")];
  const errors = [...cidrErrors(cidr, `${path}.cidr`)];
  if (errors.length > 0) return errors;
  except.forEach((inner, index) => {
    const field = `${path}.except[${index}]`;
    const bad = cidrErrors(inner, field);
    errors.push(...bad);
    if (bad.length === 0 && !isWithin(inner, cidr)) {
      errors.push(invalidValue(field, inner, `must be a strict subset of \`cidr\``));
    }
  });
  return errors;
}

function isWithin(inner: string, outer: string): boolean {
  const [from = "", bits = "0"] = outer.split("/");
  const [address = "", length = "0"] = inner.split("/");
  const [base, value] = [numberOf(from), numberOf(address)];
  if (base === undefined || value === undefined) return base === undefined && value === undefined;
  const shift = BigInt(32 - Number(bits));
  return base >> shift === value >> shift && Number(length) > Number(bits);
}
