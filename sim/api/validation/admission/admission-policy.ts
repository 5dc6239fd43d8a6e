import type { Names } from "../../cel/typed/check.ts";
import { DYN } from "../../cel/typed/types.ts";
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import {
  dns1035Errors,
  dnsSubdomainErrors,
  pathSegmentErrors,
  qualifiedNameErrors,
} from "../names.ts";
import { labelSelectorErrors } from "../selectors.ts";
import {
  expressionErrors,
  type PolicyTypes,
  policyNames,
  type Wanted,
} from "./admission-expressions.ts";
import { type MatchResources, matchResourcesErrors } from "./admission-rules.ts";
import { matchConditionErrors } from "./match-conditions.ts";

const FAILURE_POLICIES = ["Fail", "Ignore"];
/** What an audit annotation may be made of. */
const AUDITED: Wanted = ["string", "null_type"];
const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const MOST_ANNOTATIONS = 20;
const LONGEST_VALUE = 5 * 1024;
/** Words of CEL that name nothing. */
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** What policies of both kinds say. */
interface SharedSpec {
  readonly failurePolicy?: string;
  readonly paramKind?: ParamKind;
  readonly matchConstraints?: MatchResources;
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
}

function sharedErrors(spec: SharedSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { failurePolicy, paramKind, matchConstraints } = spec;
  if (failurePolicy === undefined) errors.push(required("spec.failurePolicy", ""));
  else if (!FAILURE_POLICIES.includes(failurePolicy)) {
    errors.push(notSupported("spec.failurePolicy", failurePolicy, FAILURE_POLICIES));
  }
  if (paramKind !== undefined) errors.push(...paramKindErrors(paramKind));
  const field = "spec.matchConstraints";
  if (matchConstraints === undefined) errors.push(required(field, ""));
  else {
    errors.push(...matchResourcesErrors(matchConstraints, field));
    // Without a rule nothing is known of the types that expressions meet.
    if ((matchConstraints.resourceRules ?? []).length === 0)
      errors.push(required(`${field}.resourceRules`, ""));
  }
  const before = matchNames(spec);
  errors.push(...matchConditionErrors(spec.matchConditions ?? [], "spec.matchConditions", before));
  const seen = new Set<string>();
  (spec.variables ?? []).forEach(({ name = "", expression = "" }, index) => {
    const at = `spec.variables[${index}]`;
    const names = policyNames(typesOf(spec), (spec.variables ?? []).slice(0, index));
    errors.push(...variableErrors(name, expression, at, names));
    if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
  });
  return errors;
}

/** Conditions are held against a request before the policy's own variables are known. */
function matchNames(spec: SharedSpec): Names {
  const names = new Map(policyNames(typesOf(spec), []));
  names.delete("variables");
  names.delete("namespaceObject");
  return names;
}

/** Names of what stands behind a policy's variables. */
const namesOf = (spec: SharedSpec): Names => policyNames(typesOf(spec), spec.variables ?? []);

/** When a policy is made nothing is known of what its expressions meet. */
const typesOf = ({ paramKind }: SharedSpec): PolicyTypes => ({
  params: paramKind === undefined ? undefined : DYN,
});

function variableErrors(
  name: string,
  expression: string,
  at: string,
  names: Names,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (name.trim() === "") errors.push(required(`${at}.name`, "name is not specified"));
  else if (!/^[_a-zA-Z]\w*$/.test(name) || RESERVED.has(name)) {
    errors.push(invalidValue(`${at}.name`, name, "must be a valid CEL identifier"));
  }
  if (expression.trim() === "") {
    errors.push(required(`${at}.expression`, "expression is not specified"));
  } else errors.push(...expressionErrors(expression, `${at}.expression`, names));
  return errors;
}

function paramKindErrors({ apiVersion = "", kind = "" }: ParamKind): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (apiVersion === "") errors.push(required("spec.paramKind.apiVersion", ""));
  else if (apiVersion.split("/").length > 2) {
    const why = `unexpected GroupVersion string: ${apiVersion}`;
    errors.push(invalidValue("spec.paramKind.apiVersion", apiVersion, why));
  } else errors.push(...groupVersionErrors(apiVersion));
  if (kind === "") errors.push(required("spec.paramKind.kind", ""));
  else {
    const texts = dns1035Errors(kind.toLowerCase());
    const why = `may have mixed case, but should otherwise match: ${texts.join(",")}`;
    if (texts.length > 0) errors.push(invalidValue("spec.paramKind.kind", kind, why));
  }
  return errors;
}

function groupVersionErrors(apiVersion: string): readonly FieldError[] {
  const slash = apiVersion.indexOf("/");
  const group = apiVersion.slice(0, Math.max(slash, 0));
  const version = apiVersion.slice(slash + 1);
  const say = (texts: readonly string[]) =>
    texts.length === 0
      ? []
      : [invalidValue("spec.paramKind.apiVersion", apiVersion, texts.join(","))];
  return [
    ...say(group === "" ? [] : dnsSubdomainErrors(group)),
    ...say(version === "" ? ["version must be specified"] : dns1035Errors(version)),
  ];
}

/** admissionregistration `validateValidatingAdmissionPolicySpec`. */
export function validatingPolicyErrors({
  metadata,
  spec = {},
}: ValidatingAdmissionPolicy): readonly FieldError[] {
  const errors = [...sharedErrors(spec)];
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const why = "validations or auditAnnotations must contain at least one item";
    errors.push(required("spec.validations", why), required("spec.auditAnnotations", why));
    return errors;
  }
  validations.forEach((validation, index) => {
    errors.push(...validationErrors(validation, `spec.validations[${index}]`, namesOf(spec)));
  });
  if (auditAnnotations.length > MOST_ANNOTATIONS) {
    const why = `must not have more than ${MOST_ANNOTATIONS} auditAnnotations`;
    const shown = auditAnnotations.map(({ key, valueExpression }) => ({
      Key: key,
      ValueExpression: valueExpression,
    }));
    errors.push(invalidValue("spec.auditAnnotations", shown, why));
  }
  const seen = new Set<string>();
  auditAnnotations.forEach(({ key = "", valueExpression = "" }, index) => {
    const at = `spec.auditAnnotations[${index}]`;
    errors.push(...invalidEach(`${at}.key`, key, annotationKeyErrors(metadata.name, key)));
    if (valueExpression.trim() === "") {
      errors.push(required(`${at}.valueExpression`, "valueExpression is not specified"));
    } else if (valueExpression.trim().length > LONGEST_VALUE) {
      const why = `must not exceed ${LONGEST_VALUE} bytes in length`;
      errors.push(required(`${at}.valueExpression`, why));
    } else
      errors.push(
        ...expressionErrors(valueExpression, `${at}.valueExpression`, namesOf(spec), AUDITED),
      );
    if (seen.has(key)) errors.push(duplicate(`${at}.key`, key));
    seen.add(key);
  });
  return errors;
}

/** An annotation is called by the policy and its own key. */
function annotationKeyErrors(policy: string, key: string): readonly string[] {
  if (policy === "") return ["requires metadata.name be non-empty"];
  return qualifiedNameErrors(`${policy}/${key}`);
}

function validationErrors(validation: Validation, at: string, names: Names): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { expression = "", message = "", messageExpression = "", reason } = validation;
  if (expression.trim() === "") {
    errors.push(required(`${at}.expression`, "expression is not specified"));
  } else errors.push(...expressionErrors(expression, `${at}.expression`, names, ["bool"]));
  const field = `${at}.messageExpression`;
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(invalidValue(field, messageExpression, "must be non-empty if specified"));
  } else if (messageExpression !== "") {
    errors.push(...expressionErrors(messageExpression, field, names, ["string"]));
  }
  const text = message.trim();
  if (message !== "" && text === "") {
    const why = "message must be non-empty if specified";
    errors.push(invalidValue(`${at}.message`, message, why));
  } else if (/[\r\n]/.test(text)) {
    errors.push(invalidValue(`${at}.message`, message, "message must not contain line breaks"));
  } else if (text === "" && /[\r\n]/.test(expression.trim())) {
    const why = "message must be specified if expression contains line breaks";
    errors.push(required(`${at}.message`, why));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(`${at}.reason`, reason, REASONS));
  }
  return errors;
}

const REINVOCATIONS = ["IfNeeded", "Never"];
const PATCH_TYPES = ["ApplyConfiguration", "JSONPatch"];

/** admissionregistration `validateMutatingAdmissionPolicySpec`. */
export function mutatingPolicyErrors({
  spec = {},
}: MutatingAdmissionPolicy): readonly FieldError[] {
  const errors = [...sharedErrors(spec)];
  const { mutations = [], reinvocationPolicy = "" } = spec;
  if (mutations.length === 0) {
    errors.push(required("spec.mutations", "mutations must contain at least one item"));
  }
  mutations.forEach(({ patchType = "", applyConfiguration, jsonPatch }, index) => {
    const at = `spec.mutations[${index}]`;
    if (patchType === "") errors.push(required(`${at}.patchType`, ""));
    else if (!PATCH_TYPES.includes(patchType)) {
      errors.push(notSupported(`${at}.patchType`, patchType, PATCH_TYPES));
    }
    for (const [key, type, patch] of [
      ["applyConfiguration", "ApplyConfiguration", applyConfiguration],
      ["jsonPatch", "JSONPatch", jsonPatch],
    ] as const) {
      const field = `${at}.${key}`;
      if (patchType === type && patch === undefined) {
        errors.push(required(field, `must be specified when patchType is ${type}`));
      } else if (patchType !== type && patch !== undefined) {
        errors.push(
          invalidValue(
            field,
            "{applyConfiguration}",
            `must not be specified when patchType is not ${type}`,
          ),
        );
      } else if (patch !== undefined) {
        const { expression = "" } = patch;
        if (expression.trim() === "") errors.push(required(`${field}.expression`, ""));
        else errors.push(...expressionErrors(expression, `${field}.expression`, namesOf(spec)));
      }
    }
  });
  if (reinvocationPolicy === "") errors.push(required("spec.reinvocationPolicy", ""));
  else if (!REINVOCATIONS.includes(reinvocationPolicy)) {
    errors.push(notSupported("spec.reinvocationPolicy", reinvocationPolicy, REINVOCATIONS));
  }
  return errors;
}

const ACTIONS = ["Audit", "Deny", "Warn"];
const NOT_FOUND_ACTIONS = ["Allow", "Deny"];

function bindingErrors(
  spec: {
    readonly policyName?: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
  } = {},
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { policyName = "", paramRef, matchResources } = spec;
  if (policyName === "") errors.push(required("spec.policyName", ""));
  else errors.push(...invalidEach("spec.policyName", policyName, dnsSubdomainErrors(policyName)));
  if (paramRef !== undefined) errors.push(...paramRefErrors(paramRef));
  if (matchResources !== undefined) {
    // Upstream's own spelling of the field in its messages.
    errors.push(...matchResourcesErrors(matchResources, "spec.matchResouces"));
  }
  return errors;
}

function paramRefErrors(ref: ParamRef): readonly FieldError[] {
  const errors: FieldError[] = [];
  const path = "spec.paramRef";
  const { name = "", selector, parameterNotFoundAction: action = "" } = ref;
  const both = name !== "" && selector !== undefined;
  if (name !== "") {
    errors.push(...invalidEach(`${path}.name`, name, pathSegmentErrors(name)));
    if (both)
      errors.push(forbiddenField(`${path}.name`, "name and selector are mutually exclusive"));
  }
  if (selector !== undefined) {
    errors.push(...labelSelectorErrors(selector, `${path}.selector`));
    if (both) {
      errors.push(forbiddenField(`${path}.selector`, "name and selector are mutually exclusive"));
    }
  }
  if (name === "" && selector === undefined) {
    errors.push(required(path, "one of name or selector must be specified"));
  }
  const field = `${path}.parameterNotFoundAction`;
  if (action === "") errors.push(required(field, ""));
  else if (!NOT_FOUND_ACTIONS.includes(action)) {
    errors.push(notSupported(field, action, NOT_FOUND_ACTIONS));
  }
  return errors;
}

/** admissionregistration `validateValidatingAdmissionPolicyBindingSpec`. */
export function validatingBindingErrors({
  spec,
}: ValidatingAdmissionPolicyBinding): readonly FieldError[] {
  const errors = [...bindingErrors(spec)];
  const field = "spec.validationActions";
  const actions = spec?.validationActions ?? [];
  if (actions.length === 0)
    errors.push(required(field, "at least one validation action is required"));
  actions.forEach((action, index) => {
    const at = `${field}[${index}]`;
    if (!ACTIONS.includes(action)) errors.push(notSupported(at, action, ACTIONS));
    if (actions.indexOf(action) < index) errors.push(duplicate(at, action));
  });
  if (actions.includes("Deny") && actions.includes("Warn")) {
    const why =
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
    errors.push(invalidValue(field, actions, why));
  }
  return errors;
}

/** admissionregistration `validateMutatingAdmissionPolicyBindingSpec`. */
export function mutatingBindingErrors({
  spec,
}: MutatingAdmissionPolicyBinding): readonly FieldError[] {
  return bindingErrors(spec);
}
