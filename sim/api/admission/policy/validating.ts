import { ApiError, forbidden } from "../../api-error.ts";
import type { KubeObject } from "../../object.ts";
import type {
  AuditAnnotation,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from "../../types.gen.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../plugin.ts";
import {
  Budget,
  BudgetSpent,
  conditionsHold,
  policyVariables,
  type Variables,
} from "./expressions.ts";
import { concernsOf } from "./invocations.ts";

type Policy = ValidatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding;

const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};
const LONGEST_MESSAGE = 5 * 1024;

/** A request that a policy does not let pass as it is. */
interface Decision {
  readonly message: string;
  readonly reason?: string;
  /** A failure of the binding or of an audit annotation denies whatever the binding's actions are. */
  readonly always?: boolean;
}

/** Holds requests against policies written in CEL, where a binding says so. */
export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",
  idleWithout: "ValidatingAdmissionPolicyBinding",
  validate(request, reader) {
    let denied: ApiError | undefined;
    const concerns = concernsOf<Policy, Binding>("ValidatingAdmissionPolicy", request, reader);
    for (const { policy, binding, params } of concerns) {
      const decisions =
        "error" in params
          ? unconfigured(policy, params.error)
          : params.flatMap((param) => judge(policy, param, request, reader));
      for (const decision of decisions) {
        const refusal = act(policy, binding, request, decision);
        denied ??= refusal;
      }
    }
    if (denied !== undefined) throw denied;
  },
};

function unconfigured({ spec }: Policy, why: string): readonly Decision[] {
  if (spec?.failurePolicy === "Ignore") return [];
  return [{ message: `failed to configure binding: ${why}`, always: true }];
}

function judge(
  policy: Policy,
  param: KubeObject | undefined,
  request: AdmissionRequest,
  reader: AdmissionReader,
): readonly Decision[] {
  const { spec } = policy;
  const ignores = spec?.failurePolicy === "Ignore";
  const budget = new Budget();
  const variables = policyVariables(spec ?? {}, param, request, reader, budget);
  const held = conditionsHold(spec?.matchConditions, variables);
  if (held === false || (typeof held === "string" && ignores)) return [];
  if (typeof held === "string") return [{ message: held }];
  try {
    const decisions = (spec?.validations ?? []).flatMap((validation) =>
      validate(validation, variables, budget, ignores),
    );
    return [...decisions, ...annotate(spec?.auditAnnotations ?? [], variables, ignores)];
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return ignores ? [] : [{ message: error.message }];
  }
}

function validate(
  validation: Validation,
  variables: Variables,
  budget: Budget,
  ignores: boolean,
): readonly Decision[] {
  const outcome = budget.evaluate(validation.expression, variables);
  if ("error" in outcome) return ignores ? [] : [{ message: outcome.error }];
  if (outcome.value === true) return [];
  const { reason = "Invalid" } = validation;
  return [{ message: messageOf(validation, variables, budget), reason }];
}

/** Texts that are too long, of several lines or blank give way to the plain message. */
function messageOf(validation: Validation, variables: Variables, budget: Budget): string {
  const { messageExpression, message = "", expression } = validation;
  if (messageExpression !== undefined) {
    const outcome = budget.evaluate(messageExpression, variables);
    const value = "value" in outcome ? outcome.value : undefined;
    const text = typeof value === "string" ? value.trim() : "";
    if (text !== "" && !text.includes("\n") && text.length <= LONGEST_MESSAGE) return text;
  }
  return message.trim() || `failed expression: ${expression.trim()}`;
}

/** Audit annotations have nowhere to go here, but what fails of them denies as upstream. */
function annotate(
  annotations: readonly AuditAnnotation[],
  variables: Variables,
  ignores: boolean,
): readonly Decision[] {
  const budget = new Budget();
  return annotations.flatMap(({ valueExpression }) => {
    const outcome = budget.evaluate(valueExpression, variables);
    if ("error" in outcome) return ignores ? [] : [{ message: outcome.error, always: true }];
    if (outcome.value === null || typeof outcome.value === "string") return [];
    const type = celType(outcome.value);
    const message = `valueExpression '${valueExpression}' resulted in unsupported return type: ${type}. Return type must be either string or null.`;
    return [{ message, always: true }];
  });
}

function celType(value: unknown): string {
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "double";
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "list" : "map";
}

/** Warns as the binding says; the refusal, if it is to be denied. */
function act(
  policy: Policy,
  binding: Binding,
  request: AdmissionRequest,
  { message, reason, always = false }: Decision,
): ApiError | undefined {
  const actions = binding.spec?.validationActions ?? [];
  const who = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
  if (!always && actions.includes("Warn"))
    request.warnings.push(`Validation failed for ${who}: ${message}`);
  if (!always && !actions.includes("Deny")) return undefined;
  return refusal(request, `${who} denied request: ${message}`, reason);
}

function refusal(
  { descriptor, name }: AdmissionRequest,
  text: string,
  reason = "Invalid",
): ApiError {
  const denied = forbidden(descriptor, name, text, [{ message: text }]);
  return new ApiError(CODES[reason] ?? 422, reason, denied.message, denied.status.details);
}
