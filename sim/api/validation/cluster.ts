import { sameValue } from "../kinds/same-value.ts";
import type {
  ClusterRole,
  EndpointSlice,
  Lease,
  MutatingWebhookConfiguration,
  PolicyRule,
  PriorityClass,
  Role,
  RoleBinding,
  RuntimeClass,
  ValidatingWebhookConfiguration,
} from "../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "./field-error.ts";
import { ipErrors, isIpv4, isIpv6 } from "./ip.ts";
import { IMMUTABLE, invalidEach } from "./meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors, pathSegmentErrors } from "./names.ts";
import { labelSelectorErrors } from "./selectors.ts";

const RBAC_GROUP = "rbac.authorization.k8s.io";

/** rbac `ValidateRole` and `ValidateClusterRole`, without metadata. */
export function roleErrors(role: Role | ClusterRole): readonly FieldError[] {
  const namespaced = role.kind === "Role";
  const errors = (role.rules ?? []).flatMap((rule, index) =>
    ruleErrors(rule, namespaced, `rules[${index}]`),
  );
  const selectors = (role as ClusterRole).aggregationRule?.clusterRoleSelectors;
  if ((role as ClusterRole).aggregationRule !== undefined) {
    const field = "aggregationRule.clusterRoleSelectors";
    if ((selectors ?? []).length === 0) {
      errors.push(
        required(field, "at least one clusterRoleSelector required if aggregationRule is non-nil"),
      );
    }
    (selectors ?? []).forEach((selector, index) => {
      errors.push(...labelSelectorErrors(selector, `${field}[${index}]`));
    });
  }
  return errors;
}

function ruleErrors(rule: PolicyRule, namespaced: boolean, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const {
    verbs = [],
    nonResourceURLs = [],
    apiGroups = [],
    resources = [],
    resourceNames = [],
  } = rule;
  if (verbs.length === 0) {
    errors.push(required(`${at}.verbs`, "verbs must contain at least one value"));
  }
  if (nonResourceURLs.length > 0) {
    if (namespaced) {
      const why = "namespaced rules cannot apply to non-resource URLs";
      errors.push(invalidValue(`${at}.nonResourceURLs`, nonResourceURLs, why));
    }
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      const why = "rules cannot apply to both regular resources and non-resource URLs";
      errors.push(invalidValue(`${at}.nonResourceURLs`, nonResourceURLs, why));
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(required(`${at}.apiGroups`, "resource rules must supply at least one api group"));
  }
  if (resources.length === 0) {
    errors.push(required(`${at}.resources`, "resource rules must supply at least one resource"));
  }
  return errors;
}

/** rbac `ValidateRoleBinding` and `ValidateClusterRoleBinding`, without metadata. */
export function roleBindingErrors(
  binding: RoleBinding | ({ readonly kind: string } & Omit<RoleBinding, "kind">),
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { roleRef, subjects = [] } = binding;
  if (roleRef.apiGroup !== RBAC_GROUP) {
    errors.push(notSupported("roleRef.apiGroup", roleRef.apiGroup ?? "", [RBAC_GROUP]));
  }
  const kinds = binding.kind === "RoleBinding" ? ["ClusterRole", "Role"] : ["ClusterRole"];
  if (!kinds.includes(roleRef.kind)) errors.push(notSupported("roleRef.kind", roleRef.kind, kinds));
  if (!roleRef.name) errors.push(required("roleRef.name", ""));
  else errors.push(...invalidEach("roleRef.name", roleRef.name, pathSegmentErrors(roleRef.name)));
  subjects.forEach((subject, index) => {
    const at = `subjects[${index}]`;
    const { kind, name, namespace = "", apiGroup = "" } = subject;
    if (!name) errors.push(required(`${at}.name`, ""));
    if (kind === "ServiceAccount") {
      if (name) errors.push(...invalidEach(`${at}.name`, name, dnsSubdomainErrors(name)));
      if (apiGroup !== "") errors.push(notSupported(`${at}.apiGroup`, apiGroup, [""]));
      if (namespace === "") errors.push(required(`${at}.namespace`, ""));
    } else if (kind === "User" || kind === "Group") {
      if (apiGroup !== RBAC_GROUP)
        errors.push(notSupported(`${at}.apiGroup`, apiGroup, [RBAC_GROUP]));
    } else errors.push(notSupported(`${at}.kind`, kind, ["Group", "ServiceAccount", "User"]));
  });
  return errors;
}

/** A binding keeps its role for life. */
export function roleBindingUpdateErrors(
  next: Pick<RoleBinding, "roleRef">,
  before: Pick<RoleBinding, "roleRef">,
): readonly FieldError[] {
  if (sameValue(next.roleRef, before.roleRef)) return [];
  const { apiGroup = "", kind, name } = next.roleRef;
  const shown = { APIGroup: apiGroup, Kind: kind, Name: name };
  return [invalidValue("roleRef", shown, "cannot change roleRef")];
}

const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM_CLASSES = new Set(["system-cluster-critical", "system-node-critical"]);

/** scheduling `ValidatePriorityClass`, without metadata. */
export function priorityClassErrors(object: PriorityClass): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { metadata, value = 0, preemptionPolicy } = object;
  if (metadata.name.startsWith("system-")) {
    if (!SYSTEM_CLASSES.has(metadata.name)) {
      const why =
        "priority class names with 'system-' prefix are reserved for system use only. error: unknown system priority class " +
        metadata.name;
      errors.push(forbiddenField("metadata.name", why));
    }
  } else if (value > HIGHEST_USER_PRIORITY) {
    const why = `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`;
    errors.push(forbiddenField("value", why));
  }
  const policies = ["PreemptLowerPriority", "Never"];
  if (preemptionPolicy !== undefined && !policies.includes(preemptionPolicy)) {
    errors.push(notSupported("preemptionPolicy", preemptionPolicy, policies));
  }
  return errors;
}

/** scheduling `ValidatePriorityClassUpdate`. */
export function priorityClassUpdateErrors(
  next: PriorityClass,
  before: PriorityClass,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((next.value ?? 0) !== (before.value ?? 0)) {
    errors.push(forbiddenField("value", "may not be changed in an update."));
  }
  const policy = next.preemptionPolicy;
  if (policy !== before.preemptionPolicy) {
    errors.push(invalidValue("preemptionPolicy", policy ?? null, IMMUTABLE));
  }
  return errors;
}

/** node `ValidateRuntimeClass`, without metadata. */
export function runtimeClassErrors({ handler }: RuntimeClass): readonly FieldError[] {
  return invalidEach("handler", handler, dnsLabelErrors(handler));
}

/** node `ValidateRuntimeClassUpdate`. */
export function runtimeClassUpdateErrors(
  next: RuntimeClass,
  before: RuntimeClass,
): readonly FieldError[] {
  return next.handler === before.handler ? [] : [invalidValue("handler", next.handler, IMMUTABLE)];
}

/** coordination `ValidateLeaseSpec`. */
export function leaseErrors({ spec }: Lease): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { leaseDurationSeconds, leaseTransitions } = spec ?? {};
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(
      invalidValue("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0"),
    );
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    const why = "must be greater than or equal to 0";
    errors.push(invalidValue("spec.leaseTransitions", leaseTransitions, why));
  }
  return errors;
}

const ADDRESS_TYPES = ["FQDN", "IPv4", "IPv6"];

/** discovery `ValidateEndpointSlice`, without metadata. */
export function endpointSliceErrors(slice: EndpointSlice): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { addressType = "", endpoints = [], ports = [] } = slice;
  if (addressType === "") errors.push(required("addressType", ""));
  else if (!ADDRESS_TYPES.includes(addressType))
    errors.push(notSupported("addressType", addressType, ADDRESS_TYPES));
  endpoints.forEach(({ addresses = [], hostname }, index) => {
    const at = `endpoints[${index}]`;
    if (addresses.length === 0)
      errors.push(required(`${at}.addresses`, "must contain at least 1 address"));
    addresses.forEach((address, nth) => {
      errors.push(...addressErrors(address, addressType, `${at}.addresses[${nth}]`));
    });
    if (hostname !== undefined)
      errors.push(...invalidEach(`${at}.hostname`, hostname, dnsLabelErrors(hostname)));
  });
  const names = new Set<string>();
  ports.forEach(({ name = "", protocol }, index) => {
    const at = `ports[${index}]`;
    if (name !== "") errors.push(...invalidEach(`${at}.name`, name, dnsLabelErrors(name)));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    const protocols = ["SCTP", "TCP", "UDP"];
    if (protocol === undefined) errors.push(required(`${at}.protocol`, ""));
    else if (!protocols.includes(protocol))
      errors.push(notSupported(`${at}.protocol`, protocol, protocols));
  });
  return errors;
}

function addressErrors(address: string, type: string, field: string): readonly FieldError[] {
  if (type === "FQDN") return invalidEach(field, address, dnsSubdomainErrors(address));
  const bad = ipErrors(address, field);
  if (bad.length > 0) return bad;
  if (type === "IPv4" && !isIpv4(address))
    return [invalidValue(field, address, "must be an IPv4 address")];
  if (type === "IPv6" && !isIpv6(address))
    return [invalidValue(field, address, "must be an IPv6 address")];
  return [];
}

/** discovery `ValidateEndpointSliceUpdate`. */
export function endpointSliceUpdateErrors(
  next: EndpointSlice,
  before: EndpointSlice,
): readonly FieldError[] {
  return next.addressType === before.addressType
    ? []
    : [invalidValue("addressType", next.addressType, IMMUTABLE)];
}

/** admissionregistration `validateWebhookConfiguration`. */
export function webhookErrors(
  object: MutatingWebhookConfiguration | ValidatingWebhookConfiguration,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  (object.webhooks ?? []).forEach((hook, index) => {
    const at = `webhooks[${index}]`;
    const {
      name,
      sideEffects,
      timeoutSeconds,
      failurePolicy,
      clientConfig,
      admissionReviewVersions = [],
    } = hook;
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    const labels = name.split(".");
    if (!name) errors.push(required(`${at}.name`, ""));
    else {
      errors.push(...invalidEach(`${at}.name`, name, dnsSubdomainErrors(name)));
      if (dnsSubdomainErrors(name).length === 0 && labels.length < 3) {
        errors.push(
          invalidValue(
            `${at}.name`,
            name,
            "should be a domain with at least three segments separated by dots",
          ),
        );
      }
    }
    const effects = ["None", "NoneOnDryRun"];
    if (sideEffects === undefined)
      errors.push(required(`${at}.sideEffects`, "must specify one of None, NoneOnDryRun"));
    else if (!effects.includes(sideEffects))
      errors.push(notSupported(`${at}.sideEffects`, sideEffects, effects));
    if (admissionReviewVersions.length === 0) {
      const why = "must specify one of v1, v1beta1";
      errors.push(required(`${at}.admissionReviewVersions`, why));
    }
    const policies = ["Fail", "Ignore"];
    if (failurePolicy !== undefined && !policies.includes(failurePolicy)) {
      errors.push(notSupported(`${at}.failurePolicy`, failurePolicy, policies));
    }
    if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > 30)) {
      errors.push(
        invalidValue(
          `${at}.timeoutSeconds`,
          timeoutSeconds,
          "the timeout value must be between 1 and 30 seconds",
        ),
      );
    }
    const both = clientConfig?.url !== undefined && clientConfig.service !== undefined;
    const none = clientConfig?.url === undefined && clientConfig?.service === undefined;
    if (both || none)
      errors.push(required(`${at}.clientConfig`, "exactly one of url or service is required"));
  });
  return errors;
}
