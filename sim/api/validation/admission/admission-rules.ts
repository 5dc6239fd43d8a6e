import type { LabelSelector } from "../../types.gen.ts";
import { type FieldError, invalidValue, notSupported, required } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { pathSegmentErrors } from "../names.ts";
import { labelSelectorErrors } from "../selectors.ts";

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];

/** A rule of a webhook or policy: which operations on which resources. */
export interface OperationRule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly scope?: string;
}

function wildcardErrors(
  values: readonly string[],
  field: string,
  others: string,
): readonly FieldError[] {
  if (values.length === 0) return [required(field, "")];
  if (values.length === 1 || !values.includes("*")) return [];
  return [invalidValue(field, values, `if '*' is present, must not specify other ${others}`)];
}

/** admissionregistration `validateRuleWithOperations`. */
export function operationRuleErrors(rule: OperationRule, path: string): readonly FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const errors = [...wildcardErrors(operations, `${path}.operations`, "operations")];
  operations.forEach((operation, index) => {
    if (OPERATIONS.includes(operation)) return;
    errors.push(notSupported(`${path}.operations[${index}]`, operation, OPERATIONS));
  });
  errors.push(...wildcardErrors(apiGroups, `${path}.apiGroups`, "API groups"));
  errors.push(...wildcardErrors(apiVersions, `${path}.apiVersions`, "API versions"));
  apiVersions.forEach((version, index) => {
    if (version === "") errors.push(required(`${path}.apiVersions[${index}]`, ""));
  });
  errors.push(...resourceErrors(resources, `${path}.resources`));
  if (scope !== undefined && !SCOPES.includes(scope)) {
    errors.push(notSupported(`${path}.scope`, scope, SCOPES));
  }
  return errors;
}

function resourceErrors(resources: readonly string[], path: string): readonly FieldError[] {
  if (resources.length === 0) return [required(path, "")];
  const errors: FieldError[] = [];
  const [wholes, parts] = [new Set<string>(), new Set<string>()];
  let plain = false;
  resources.forEach((text, index) => {
    const field = `${path}[${index}]`;
    if (text === "") {
      errors.push(required(field, ""));
      return;
    }
    const slash = text.indexOf("/");
    if (slash < 0) {
      plain = text !== "*";
      return;
    }
    const [resource, part] = [text.slice(0, slash), text.slice(slash + 1)];
    const clash = (pattern: string) =>
      errors.push(
        invalidValue(field, text, `if '${pattern}' is present, must not specify ${text}`),
      );
    if (wholes.has(resource)) clash(`${resource}/*`);
    if (parts.has(part)) clash(`*/${part}`);
    if (part === "*") wholes.add(resource);
    if (resource === "*") parts.add(part);
  });
  if (resources.length > 1 && resources.includes("*/*")) {
    const why = "if '*/*' is present, must not specify other resources";
    errors.push(invalidValue(path, resources, why));
  }
  if (resources.includes("*") && plain) {
    const why = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalidValue(path, resources, why));
  }
  return errors;
}

const MATCH_POLICIES = ["Equivalent", "Exact"];

/** What a policy or binding applies to. */
export interface MatchResources {
  readonly matchPolicy?: string;
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly resourceRules?: readonly OperationRule[];
  readonly excludeResourceRules?: readonly OperationRule[];
}

/** Errors of a match policy that is set. */
export function matchPolicyErrors(
  policy: string | undefined,
  field: string,
): readonly FieldError[] {
  if (policy === undefined || MATCH_POLICIES.includes(policy)) return [];
  return [notSupported(field, policy, MATCH_POLICIES)];
}

/** admissionregistration `validateMatchResources`. */
export function matchResourcesErrors(match: MatchResources, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { matchPolicy, namespaceSelector, objectSelector } = match;
  if (matchPolicy === undefined) errors.push(required(`${path}.matchPolicy`, ""));
  else errors.push(...matchPolicyErrors(matchPolicy, `${path}.matchPolicy`));
  for (const [key, selector] of [
    ["namespaceSelector", namespaceSelector],
    ["objectSelector", objectSelector],
  ] as const) {
    if (selector === undefined) errors.push(required(`${path}.${key}`, ""));
    else errors.push(...labelSelectorErrors(selector, `${path}.${key}`));
  }
  for (const key of ["resourceRules", "excludeResourceRules"] as const) {
    (match[key] ?? []).forEach((rule, index) => {
      errors.push(...namedRuleErrors(rule, `${path}.${key}[${index}]`));
    });
  }
  return errors;
}

function namedRuleErrors(rule: OperationRule, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = rule.resourceNames ?? [];
  names.forEach((name, index) => {
    const field = `${path}.resourceNames[${index}]`;
    errors.push(...invalidEach(field, name, pathSegmentErrors(name)));
    if (names.indexOf(name) < index) {
      const message = `Duplicate value: ${JSON.stringify(name)}`;
      errors.push({ type: "FieldValueDuplicate", field, message });
    }
  });
  return [...errors, ...operationRuleErrors(rule, path)];
}
