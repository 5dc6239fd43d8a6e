import type { Ingress, IngressBackend, IngressClass, IngressRule } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field-error.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  pathSegmentErrors,
  portNameErrors,
  portNumberErrors,
  wildcardErrors,
} from "../names.ts";
import { domainPrefixedPathErrors } from "../paths.ts";
import { isIpv4, isIpv6 } from "./ip.ts";

/** networking `ValidateIngressSpec`. */
export function ingressErrors({ spec = {} }: Ingress): readonly FieldError[] {
  const errors: FieldError[] = [];
  const rules = spec.rules ?? [];
  if (rules.length === 0 && spec.defaultBackend === undefined) {
    errors.push(
      invalidValue(
        "spec",
        spec.rules ?? null,
        "either `defaultBackend` or `rules` must be specified",
      ),
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
    errors.push(...hostErrors(host, `${at}.host`));
  }
  if (http === undefined) return errors;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.push(required(`${at}.http.paths`, ""));
  const types = ["Exact", "ImplementationSpecific", "Prefix"];
  paths.forEach(({ path = "", pathType, backend }, index) => {
    const place = `${at}.http.paths[${index}]`;
    if (pathType === undefined) {
      errors.push(required(`${place}.pathType`, "pathType must be specified"));
      return;
    }
    if (!types.includes(pathType)) errors.push(notSupported(`${place}.pathType`, pathType, types));
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
  if (resource !== undefined) return typedReferenceErrors(resource, `${at}.resource`);
  if (service === undefined) {
    return [invalidValue(at, "", "resource or service backend is required")];
  }
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

interface TypedReference {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
}

function typedReferenceErrors(
  { apiGroup, kind, name }: TypedReference,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (apiGroup !== undefined) {
    errors.push(...invalidEach(`${path}.apiGroup`, apiGroup, dnsSubdomainErrors(apiGroup)));
  }
  for (const [key, value] of [
    ["kind", kind],
    ["name", name],
  ] as const) {
    if (!value) errors.push(required(`${path}.${key}`, ""));
    else errors.push(...invalidEach(`${path}.${key}`, value, pathSegmentErrors(value)));
  }
  return errors;
}

const INGRESS_CLASS = "kubernetes.io/ingress.class";

/** What a new Ingress may not say beside its spec: two classes. */
export function ingressCreateErrors(object: Ingress): readonly FieldError[] {
  const annotation = object.metadata.annotations?.[INGRESS_CLASS];
  const name = object.spec?.ingressClassName;
  const errors = ingressErrors(object);
  if (annotation === undefined || name === undefined || annotation === name) return errors;
  const why = "must match `ingressClassName` when both are specified";
  return [...errors, invalidValue(`annotations.${INGRESS_CLASS}`, annotation, why)];
}

/** The annotation of old is still taken, with a word. */
export function ingressWarnings({ metadata, spec }: Ingress, before?: Ingress): readonly string[] {
  const old = metadata.annotations?.[INGRESS_CLASS] !== undefined;
  if (before !== undefined || !old || spec?.ingressClassName !== undefined) return [];
  return [
    `annotation ${JSON.stringify(INGRESS_CLASS)} is deprecated, please use 'spec.ingressClassName' instead`,
  ];
}

/** networking `ValidateIngressClass`, without metadata. */
export function ingressClassErrors({ spec }: IngressClass): readonly FieldError[] {
  const controller = spec?.controller ?? "";
  const errors = [
    ...(controller.length > 250 ? [tooLong("spec.controller", 250)] : []),
    ...domainPrefixedPathErrors(controller, "spec.controller"),
  ];
  const parameters = spec?.parameters;
  if (parameters === undefined) return errors;
  const path = "spec.parameters";
  errors.push(...typedReferenceErrors(parameters, path));
  const { scope, namespace } = parameters;
  const scopes = ["Cluster", "Namespace"];
  if (scope === undefined) errors.push(required(`${path}.scope`, ""));
  else if (!scopes.includes(scope)) errors.push(notSupported(`${path}.scope`, scope, scopes));
  else if (scope === "Namespace") {
    const field = `${path}.namespace`;
    if (namespace === undefined) {
      errors.push(required(field, "`parameters.scope` is set to 'Namespace'"));
    } else errors.push(...invalidEach(field, namespace, dnsLabelErrors(namespace)));
  } else if (namespace !== undefined) {
    errors.push(forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  }
  return errors;
}

/** A class keeps its controller. */
export function ingressClassUpdateErrors(
  next: IngressClass,
  before: IngressClass,
): readonly FieldError[] {
  const controller = next.spec?.controller ?? "";
  const same = controller === (before.spec?.controller ?? "");
  return same ? [] : [invalidValue("spec.controller", controller, IMMUTABLE)];
}
