import { sameValue } from "../../kinds/same-value.ts";
import type { ClusterRole, PolicyRule, Role, RoleBinding } from "../../types.gen.ts";
import { type FieldError, invalidValue, notSupported, required } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsSubdomainErrors, pathSegmentErrors } from "../names.ts";
import { labelSelectorErrors } from "../selectors.ts";

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
  const namespaced = binding.kind === "RoleBinding";
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
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
      if (!namespaced && namespace === "") errors.push(required(`${at}.namespace`, ""));
    } else if (kind === "User" || kind === "Group") {
      if (apiGroup !== RBAC_GROUP)
        errors.push(notSupported(`${at}.apiGroup`, apiGroup, [RBAC_GROUP]));
    } else errors.push(notSupported(`${at}.kind`, kind, ["ServiceAccount", "User", "Group"]));
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
