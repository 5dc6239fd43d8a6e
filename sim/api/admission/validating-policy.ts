import { ApiError, forbidden } from "../api-error.ts";
import { evaluate } from "../cel/program.ts";
import { celValue } from "../cel/values.ts";
import { kindName } from "../kinds/error-names.ts";
import { matchesSelector } from "../meta/selector.ts";
import { type KubeObject, makeKey } from "../object.ts";
import type {
  MatchResources,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from "../types.gen.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "./plugin.ts";
import { matchesTarget, requestFacts } from "./rule-match.ts";

type Policy = ValidatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding;
type Variables = Record<string, unknown>;

/** Objects of admission itself are beyond policies: a bad policy must stay removable. */
const EXEMPT_GROUP = "admissionregistration.k8s.io";
const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};

/** Holds requests against policies written in CEL, where a binding says so. */
export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",
  validate(request, reader) {
    if (request.descriptor.group === EXEMPT_GROUP) return;
    for (const object of reader.list("ValidatingAdmissionPolicyBinding")) {
      const binding = object as Binding;
      const name = binding.spec?.policyName ?? "";
      const policy = reader.get("ValidatingAdmissionPolicy", name) as Policy | undefined;
      if (policy !== undefined && concerns(policy, binding, request, reader))
        judge(policy, binding, request, reader);
    }
  },
};

function concerns(
  { spec }: Policy,
  binding: Binding,
  request: AdmissionRequest,
  reader: AdmissionReader,
): boolean {
  const within = (resources: MatchResources | undefined, rules: boolean): boolean =>
    resources === undefined ||
    matchesTarget(
      {
        rules: resources.resourceRules ?? (rules ? [] : ANYTHING),
        excluded: resources.excludeResourceRules,
        namespaceSelector: resources.namespaceSelector,
        objectSelector: resources.objectSelector,
      },
      request,
      reader,
    );
  return (
    spec?.matchConstraints !== undefined &&
    within(spec.matchConstraints, true) &&
    within(binding.spec?.matchResources, false)
  );
}

const ANYTHING = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] }];

function judge(
  policy: Policy,
  binding: Binding,
  request: AdmissionRequest,
  reader: AdmissionReader,
): void {
  const { spec } = policy;
  const fails = spec?.failurePolicy !== "Ignore";
  const params =
    spec?.paramKind === undefined || binding.spec.paramRef === undefined
      ? [undefined]
      : paramsOf(spec.paramKind, binding, request, reader);
  if (params.length === 0 && binding.spec.paramRef?.parameterNotFoundAction !== "Allow") {
    if (fails) throw refusal(policy, binding, request, NO_PARAMS);
  }
  for (const param of params) judgeWith(param, policy, binding, request, reader);
}

const NO_PARAMS =
  "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction";

function judgeWith(
  param: KubeObject | undefined,
  policy: Policy,
  binding: Binding,
  request: AdmissionRequest,
  reader: AdmissionReader,
): void {
  const { spec } = policy;
  const variables = variablesOf(param, policy, request, reader);
  const held = conditionsHold(spec?.matchConditions, variables);
  if (held === false) return;
  if (typeof held === "string") {
    if (spec?.failurePolicy === "Ignore") return;
    throw refusal(policy, binding, request, held);
  }
  for (const validation of spec?.validations ?? []) {
    const outcome = evaluate(validation.expression, variables);
    if ("value" in outcome && outcome.value === true) continue;
    if ("error" in outcome && spec?.failurePolicy === "Ignore") continue;
    const message =
      "error" in outcome
        ? `expression '${validation.expression}' resulted in error: ${outcome.error}`
        : messageOf(validation, variables);
    act(policy, binding, request, validation, message);
  }
}

/** Whether all conditions hold; a text when one cannot be told and none is false. */
export function conditionsHold(
  conditions: readonly { readonly expression: string }[] = [],
  variables: Variables,
): boolean | string {
  let problem: string | undefined;
  for (const { expression } of conditions) {
    const outcome = evaluate(expression, variables);
    if ("error" in outcome) {
      problem ??= `expression '${expression}' resulted in error: ${outcome.error}`;
    } else if (outcome.value !== true) return false;
  }
  return problem ?? true;
}

function variablesOf(
  param: KubeObject | undefined,
  { spec }: Policy,
  request: AdmissionRequest,
  reader: AdmissionReader,
): Variables {
  const { object, before, namespace } = request;
  const home = namespace === undefined ? undefined : reader.get("Namespace", namespace);
  const variables: Variables = {
    object: celValue(object),
    oldObject: celValue(before),
    request: requestFacts(request),
    namespaceObject: celValue(home),
  };
  if (spec?.paramKind !== undefined) variables["params"] = celValue(param);
  const named: Variables = {};
  variables["variables"] = named;
  for (const { name, expression } of spec?.variables ?? []) {
    const outcome = evaluate(expression, variables);
    if ("value" in outcome) named[name] = outcome.value;
  }
  return variables;
}

function paramsOf(
  { apiVersion = "", kind = "" }: { readonly apiVersion?: string; readonly kind?: string },
  { spec }: Binding,
  { namespace }: AdmissionRequest,
  reader: AdmissionReader,
): readonly KubeObject[] {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const { name = "", namespace: home = namespace, selector } = spec.paramRef ?? {};
  for (const stored of [kind, kindName({ group, kind })]) {
    if (name === "") {
      const matches = matchesSelector(selector);
      const all = [...reader.list(stored, home)].filter((one) => matches(one.metadata.labels));
      if (all.length > 0) return all;
      continue;
    }
    const found =
      reader.get(stored, makeKey(home, name)) ?? reader.get(stored, makeKey(undefined, name));
    if (found !== undefined) return [found];
  }
  return [];
}

function messageOf(validation: Validation, variables: Variables): string {
  if (validation.messageExpression !== undefined) {
    const outcome = evaluate(validation.messageExpression, variables);
    if ("value" in outcome && typeof outcome.value === "string" && outcome.value.trim() !== "")
      return outcome.value.trim();
  }
  return validation.message?.trim() || `failed expression: ${validation.expression.trim()}`;
}

/** Denies, warns, or both, as the binding says. */
function act(
  policy: Policy,
  binding: Binding,
  request: AdmissionRequest,
  { reason = "Invalid" }: Validation,
  message: string,
): void {
  const actions = binding.spec?.validationActions ?? [];
  if (actions.includes("Warn")) {
    request.warnings.push(`Validation failed for ${whoOf(policy, binding)}: ${message}`);
  }
  if (actions.includes("Deny")) throw refusal(policy, binding, request, message, reason);
}

function whoOf(policy: Policy, binding: Binding): string {
  return `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
}

function refusal(
  policy: Policy,
  binding: Binding,
  { descriptor, name }: AdmissionRequest,
  message: string,
  reason = "Invalid",
): ApiError {
  const text = `${whoOf(policy, binding)} denied request: ${message}`;
  const denied = forbidden(descriptor, name, text, [{ message: text }]);
  return new ApiError(CODES[reason] ?? 422, reason, denied.message, denied.status.details);
}
