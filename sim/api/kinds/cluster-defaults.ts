import type {
  ClusterRoleBinding,
  CustomResourceDefinition,
  IngressClass,
  Lease,
  MutatingWebhookConfiguration,
  NetworkPolicy,
  NetworkPolicyPort,
  PriorityClass,
  RoleBinding,
  RuntimeClass,
  ValidatingWebhookConfiguration,
} from "../types.gen.ts";
import { fill, refine, refineEach } from "./fill.ts";
import { roundResources } from "./pod/resources.ts";

const RBAC_GROUP = "rbac.authorization.k8s.io";

/** rbac/v1 `SetDefaults_RoleBinding` and `SetDefaults_Subject`. */
export function defaultBinding<T extends RoleBinding | ClusterRoleBinding>(object: T): T {
  const binding: RoleBinding | ClusterRoleBinding = object;
  const next = refine(binding, "roleRef", (ref) => fill(ref, { apiGroup: RBAC_GROUP }));
  return refine(next, "subjects", (subjects) =>
    refineEach(subjects, (subject) =>
      subject.kind === "User" || subject.kind === "Group"
        ? fill(subject, { apiGroup: RBAC_GROUP })
        : subject,
    ),
  ) as T;
}

/** scheduling/v1 `SetDefaults_PriorityClass`. */
export function defaultPriorityClass(object: PriorityClass): PriorityClass {
  return fill(object, { preemptionPolicy: "PreemptLowerPriority" });
}

/** Who is to lead by which strategy is dropped unless it was there: coordinated elections are off in v1.36. */
export function withoutCoordination(object: Lease, before?: Lease): Lease {
  const { strategy, preferredHolder } = object.spec ?? {};
  if (strategy === undefined && preferredHolder === undefined) return object;
  const old = before?.spec ?? {};
  return refine(object, "spec", ({ strategy: _, preferredHolder: __, ...kept }) => ({
    ...kept,
    ...(strategy === undefined || old.strategy === undefined ? {} : { strategy }),
    ...(preferredHolder === undefined || old.preferredHolder === undefined
      ? {}
      : { preferredHolder }),
  }));
}

/** What a sandbox costs, as finely as containers may ask. */
export function defaultRuntimeClass(object: RuntimeClass): RuntimeClass {
  return refine(object, "overhead", (overhead) => refine(overhead, "podFixed", roundResources));
}

/** networking/v1 `SetDefaults_IngressClass`. */
export function defaultIngressClass(object: IngressClass): IngressClass {
  return refine(object, "spec", (spec) =>
    refine(spec, "parameters", (parameters) => fill(parameters, { scope: "Cluster" })),
  );
}

/** networking/v1 `SetDefaults_NetworkPolicy`. */
export function defaultNetworkPolicy(object: NetworkPolicy): NetworkPolicy {
  return refine(object, "spec", (spec) => {
    const ports = (list: readonly NetworkPolicyPort[]) =>
      refineEach(list, (port) => fill(port, { protocol: "TCP" }));
    let next = refine(spec, "ingress", (rules) =>
      refineEach(rules, (rule) => refine(rule, "ports", ports)),
    );
    next = refine(next, "egress", (rules) =>
      refineEach(rules, (rule) => refine(rule, "ports", ports)),
    );
    const outward = (next.egress?.length ?? 0) > 0;
    return (next.policyTypes?.length ?? 0) > 0
      ? next
      : { ...next, policyTypes: outward ? ["Ingress", "Egress"] : ["Ingress"] };
  });
}

interface Webhook {
  readonly clientConfig: { readonly service?: { readonly port?: number } };
  readonly rules?: readonly { readonly scope?: string }[];
}

/** admissionregistration/v1 `SetDefaults_ValidatingWebhook` and `SetDefaults_MutatingWebhook`. */
export function defaultWebhooks<
  T extends MutatingWebhookConfiguration | ValidatingWebhookConfiguration,
>(object: T): T {
  const again = object.kind === "MutatingWebhookConfiguration";
  const own = (hook: Webhook): Webhook => {
    const filled = fill<object>(hook, {
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      ...(again ? { reinvocationPolicy: "Never" } : {}),
    }) as Webhook;
    const ruled = refine(filled, "rules", (rules) =>
      refineEach(rules, (rule) => fill(rule, { scope: "*" })),
    );
    return refine(ruled, "clientConfig", (config) =>
      refine(config, "service", (service) => fill(service, { port: 443 })),
    );
  };
  const { webhooks } = object as { readonly webhooks?: readonly Webhook[] };
  return webhooks === undefined ? object : { ...object, webhooks: refineEach(webhooks, own) };
}

interface PolicyMatch {
  readonly resourceRules?: readonly { readonly scope?: string }[];
  readonly excludeResourceRules?: readonly { readonly scope?: string }[];
}

/** Defaults of `matchConstraints` and `matchResources` of admission policies. */
function defaultMatch<T extends object>(match: T): T {
  const rules = (list: readonly { readonly scope?: string }[]) =>
    refineEach(list, (rule) => fill(rule, { scope: "*" }));
  let next = fill<object>(match, {
    namespaceSelector: {},
    objectSelector: {},
    matchPolicy: "Equivalent",
  }) as PolicyMatch;
  next = refine(next, "resourceRules", rules);
  return refine(next, "excludeResourceRules", rules) as T;
}

interface PolicyLike {
  readonly spec?: {
    readonly failurePolicy?: string;
    readonly matchConstraints?: object;
    readonly matchResources?: object;
  };
}

/** Validating and mutating admission policies. */
export function defaultPolicy<T>(object: T): T {
  return refine(object as PolicyLike, "spec", (spec) =>
    refine(fill(spec, { failurePolicy: "Fail" }), "matchConstraints", defaultMatch),
  ) as T;
}

/** Bindings of admission policies. */
export function defaultPolicyBinding<T>(object: T): T {
  return refine(object as PolicyLike, "spec", (spec) =>
    refine(spec, "matchResources", defaultMatch),
  ) as T;
}

/** apiextensions/v1 `SetDefaults_CustomResourceDefinitionSpec`. */
export function defaultDefinition(object: CustomResourceDefinition): CustomResourceDefinition {
  return refine(object, "spec", (spec) => {
    const named = refine(spec, "names", (names) =>
      fill(names, {
        ...(names.kind
          ? { singular: names.kind.toLowerCase(), listKind: `${names.kind}List` }
          : {}),
      }),
    );
    const next = fill(named, { conversion: { strategy: "None" } });
    return refine(next, "conversion", (conversion) =>
      refine(conversion, "webhook", (webhook) =>
        refine(webhook, "clientConfig", (config) =>
          refine(config, "service", (service) => fill(service, { port: 443 })),
        ),
      ),
    );
  });
}

/** A new definition remembers the version it stores. */
export function prepareDefinitionCreate(
  object: CustomResourceDefinition,
): CustomResourceDefinition {
  const stored = object.spec.versions.find((version) => version.storage);
  return {
    ...object,
    status: {
      acceptedNames: { plural: "", kind: "" },
      storedVersions: stored === undefined ? [] : [stored.name],
    },
  };
}

/** A changed definition remembers every version that it ever stored. */
export function withStoredVersion(object: CustomResourceDefinition): CustomResourceDefinition {
  const version = object.spec.versions.find(({ storage }) => storage)?.name;
  const { status } = object;
  const stored = status?.storedVersions ?? [];
  if (version === undefined || status === undefined || stored.includes(version)) return object;
  return { ...object, status: { ...status, storedVersions: [...stored, version] } };
}
