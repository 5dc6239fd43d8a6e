import { sameValue } from "../../kinds/same-value.ts";
import type { ResourceQuota } from "../../types.gen.ts";
import { type FieldError, invalidValue, rawInvalid, required } from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { IMMUTABLE } from "../meta.ts";
import { quantityErrors, resourceNameErrors } from "../resources.ts";

const QUOTA_RESOURCES = new Set(
  "cpu memory ephemeral-storage requests.cpu requests.memory requests.storage requests.ephemeral-storage limits.cpu limits.memory limits.ephemeral-storage pods resourcequotas services replicationcontrollers secrets persistentvolumeclaims configmaps services.nodeports services.loadbalancers".split(
    " ",
  ),
);
const POD_COMPUTE = new Set(
  "pods cpu memory requests.cpu requests.memory limits.cpu limits.memory".split(" "),
);
/** Scopes and the resources that they apply to. */
const SCOPES: Readonly<Record<string, (name: string) => boolean>> = {
  BestEffort: (name) => name === "pods",
  NotBestEffort: (name) => POD_COMPUTE.has(name),
  Terminating: (name) => POD_COMPUTE.has(name),
  NotTerminating: (name) => POD_COMPUTE.has(name),
  PriorityClass: (name) => POD_COMPUTE.has(name),
  CrossNamespacePodAffinity: (name) => POD_COMPUTE.has(name),
  VolumeAttributesClass: (name) => name === "persistentvolumeclaims" || name === "requests.storage",
};

function isQuotaResource(name: string): boolean {
  return QUOTA_RESOURCES.has(name) || /^(requests\.)?hugepages-/.test(name);
}

function listErrors(
  list: Readonly<Record<string, string>> | undefined = {},
  path: string,
): readonly FieldError[] {
  return Object.keys(list)
    .sort()
    .flatMap((name) => {
      const field = `${path}[${name}]`;
      const errors = [...resourceNameErrors(name, field)];
      if (!name.includes("/") && !isQuotaResource(name)) {
        errors.push(invalidValue(field, name, "must be a standard resource for quota"));
      }
      return [...errors, ...quantityErrors(name, list[name] ?? "0", field)];
    });
}

/** core `ValidateResourceQuotaStatusUpdate`, without metadata. */
export function resourceQuotaStatusErrors({ status }: ResourceQuota): readonly FieldError[] {
  return [...listErrors(status?.hard, "status.hard"), ...listErrors(status?.used, "status.used")];
}

/** core `ValidateResourceQuotaSpec`. */
export function resourceQuotaErrors({ spec }: ResourceQuota): readonly FieldError[] {
  const errors: FieldError[] = [];
  const hard = spec?.hard ?? {};
  errors.push(...listErrors(hard, "spec.hard"));
  const names = Object.keys(hard).filter(isQuotaResource).sort();
  errors.push(...scopeErrors(spec?.scopes ?? [], names, "spec.scopes"));
  errors.push(...scopeSelectorErrors(spec, names, "spec.scopeSelector"));
  return errors;
}

/** core `ValidateResourceQuotaUpdate`: scopes stay. */
export function resourceQuotaUpdateErrors(
  next: ResourceQuota,
  before: ResourceQuota,
): readonly FieldError[] {
  const scopes = next.spec?.scopes ?? [];
  const had = before.spec?.scopes ?? [];
  const same = sameValue([...new Set(scopes)].sort(), [...new Set(had)].sort());
  return same ? [] : [invalidValue("spec.scopes", next.spec?.scopes ?? null, IMMUTABLE)];
}

const EXISTS_ONLY = new Set(
  "BestEffort NotBestEffort Terminating NotTerminating CrossNamespacePodAffinity".split(" "),
);

function scopeSelectorErrors(
  spec: ResourceQuota["spec"],
  names: readonly string[],
  path: string,
): readonly FieldError[] {
  const field = `${path}.matchExpressions`;
  const selector = spec?.scopeSelector;
  const errors: FieldError[] = [];
  const scopes = new Set<string>();
  for (const { scopeName, operator, values = [] } of selector?.matchExpressions ?? []) {
    scopes.add(scopeName);
    const applies = SCOPES[scopeName];
    if (applies === undefined) {
      errors.push(invalidValue(`${field}.scopeName`, scopeName, "unsupported scope"));
    }
    for (const name of names) {
      if (applies?.(name) ?? true) continue;
      const shown = goValue("ScopeSelector", selector);
      errors.push(rawInvalid(field, shown, "unsupported scope applied to resource"));
    }
    if (EXISTS_ONLY.has(scopeName) && operator !== "Exists") {
      const why =
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
      errors.push(invalidValue(`${field}.operator`, operator, why));
    }
    errors.push(...scopeOperatorErrors(operator, values, field));
  }
  return [...errors, ...conflictErrors(scopes, spec?.scopes ?? null, field)];
}

function scopeOperatorErrors(
  operator: string,
  values: readonly string[],
  field: string,
): readonly FieldError[] {
  if (operator === "In" || operator === "NotIn") {
    const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    return values.length === 0 ? [required(`${field}.values`, why)] : [];
  }
  if (operator === "Exists" || operator === "DoesNotExist") {
    const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    return values.length === 0 ? [] : [invalidValue(`${field}.values`, values, why)];
  }
  return [invalidValue(`${field}.operator`, operator, "not a valid selector operator")];
}

function conflictErrors(
  scopes: ReadonlySet<string>,
  shown: readonly string[] | null,
  field: string,
): readonly FieldError[] {
  const pairs = [
    ["BestEffort", "NotBestEffort"],
    ["Terminating", "NotTerminating"],
  ];
  return pairs.flatMap((pair) =>
    pair.every((scope) => scopes.has(scope))
      ? [invalidValue(field, shown, "conflicting scopes")]
      : [],
  );
}

function scopeErrors(
  scopes: readonly string[],
  names: readonly string[],
  field: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const scope of scopes) {
    const applies = SCOPES[scope];
    if (applies === undefined) errors.push(invalidValue(field, scopes, "unsupported scope"));
    for (const name of names) {
      if (applies?.(name) ?? true) continue;
      errors.push(invalidValue(field, scopes, "unsupported scope applied to resource"));
    }
  }
  return [...errors, ...conflictErrors(new Set(scopes), scopes, field)];
}
