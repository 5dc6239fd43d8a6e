import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { dns1035Errors, dnsSubdomainErrors } from "../names.ts";
import { labelSelectorErrors } from "../selectors.ts";
import { matchPolicyErrors, operationRuleErrors } from "./admission-rules.ts";
import { matchConditionErrors } from "./match-conditions.ts";
import { webhookClientErrors } from "./webhook-client.ts";

const REVIEW_VERSIONS = ["v1", "v1beta1"];
const FAILURE_POLICIES = ["Fail", "Ignore"];
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const REINVOCATIONS = ["IfNeeded", "Never"];

/** admissionregistration `validateValidatingWebhookConfiguration` and its mutating sibling. */
export function webhookErrors(
  object: MutatingWebhookConfiguration | ValidatingWebhookConfiguration,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  (object.webhooks ?? []).forEach((hook, index) => {
    const at = `webhooks[${index}]`;
    errors.push(...hookErrors(hook, at));
    errors.push(
      ...reviewErrors(hook.admissionReviewVersions ?? [], `${at}.admissionReviewVersions`),
    );
    if (names.has(hook.name)) errors.push(duplicate(`${at}.name`, hook.name));
    names.add(hook.name);
  });
  return errors;
}

function hookErrors(hook: MutatingWebhook | ValidatingWebhook, at: string): readonly FieldError[] {
  const errors = [...qualifiedDomainErrors(hook.name ?? "", `${at}.name`)];
  (hook.rules ?? []).forEach((rule, index) => {
    errors.push(...operationRuleErrors(rule, `${at}.rules[${index}]`));
  });
  const { failurePolicy, sideEffects, timeoutSeconds, clientConfig } = hook;
  if (failurePolicy !== undefined && !FAILURE_POLICIES.includes(failurePolicy)) {
    errors.push(notSupported(`${at}.failurePolicy`, failurePolicy, FAILURE_POLICIES));
  }
  errors.push(...matchPolicyErrors(hook.matchPolicy, `${at}.matchPolicy`));
  if (sideEffects === undefined) {
    const why = `must specify one of ${SIDE_EFFECTS.join(", ")}`;
    errors.push(required(`${at}.sideEffects`, why));
  } else if (!SIDE_EFFECTS.includes(sideEffects)) {
    errors.push(notSupported(`${at}.sideEffects`, sideEffects, SIDE_EFFECTS));
  }
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > 30)) {
    const why = "the timeout value must be between 1 and 30 seconds";
    errors.push(invalidValue(`${at}.timeoutSeconds`, timeoutSeconds, why));
  }
  errors.push(...labelSelectorErrors(hook.namespaceSelector, `${at}.namespaceSelector`));
  errors.push(...labelSelectorErrors(hook.objectSelector, `${at}.objectSelector`));
  const { reinvocationPolicy } = hook as MutatingWebhook;
  if (reinvocationPolicy !== undefined && !REINVOCATIONS.includes(reinvocationPolicy)) {
    errors.push(notSupported(`${at}.reinvocationPolicy`, reinvocationPolicy, REINVOCATIONS));
  }
  errors.push(...webhookClientErrors(clientConfig ?? {}, `${at}.clientConfig`));
  errors.push(...matchConditionErrors(hook.matchConditions ?? [], `${at}.matchConditions`));
  return errors;
}

/** apimachinery `IsFullyQualifiedName`. */
function qualifiedDomainErrors(name: string, field: string): readonly FieldError[] {
  if (name === "") return [required(field, "")];
  const texts = dnsSubdomainErrors(name);
  if (texts.length > 0) return [invalidValue(field, name, texts.join(","))];
  if (name.split(".").length >= 3) return [];
  const why = "should be a domain with at least three segments separated by dots";
  return [invalidValue(field, name, why)];
}

function reviewErrors(versions: readonly string[], field: string): readonly FieldError[] {
  const known = REVIEW_VERSIONS.join(", ");
  if (versions.length === 0) return [required(field, `must specify one of ${known}`)];
  const errors: FieldError[] = [];
  versions.forEach((version, index) => {
    const at = `${field}[${index}]`;
    if (versions.indexOf(version) < index) {
      errors.push(invalidValue(at, version, "duplicate version"));
      return;
    }
    for (const text of dns1035Errors(version)) errors.push(invalidValue(at, version, text));
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalidValue(field, versions, `must include at least one of ${known}`));
  }
  return errors;
}
