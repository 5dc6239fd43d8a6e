import type { CustomResourceConversion } from "../../types.gen.ts";
import { webhookClientErrors } from "../admission/webhook-client.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { dns1035Errors } from "../names.ts";

const PATH = "spec.conversion";
const STRATEGIES = ["None", "Webhook"];
const REVIEW_VERSIONS = ["v1", "v1beta1"];

/** apiextensions `validateCustomResourceConversion`. Internally the webhook's members stand beside the strategy. */
export function conversionErrors(
  conversion: CustomResourceConversion | undefined,
  preservesUnknown: boolean,
): readonly FieldError[] {
  if (conversion === undefined) return [];
  const errors: FieldError[] = [];
  const { strategy = "", webhook } = conversion;
  if (strategy !== "None" && preservesUnknown) {
    const why = "must be None if spec.preserveUnknownFields is true";
    errors.push(invalidValue(`${PATH}.strategy`, strategy, why));
  }
  if (strategy === "") errors.push(required(`${PATH}.strategy`, ""));
  else if (!STRATEGIES.includes(strategy)) {
    errors.push(notSupported(`${PATH}.strategy`, strategy, STRATEGIES));
  }
  const client = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  const field = `${PATH}.webhookClientConfig`;
  if (strategy === "Webhook") {
    if (client === undefined) {
      errors.push(required(field, "required when strategy is set to Webhook"));
    } else errors.push(...webhookClientErrors(client, field));
    return [...errors, ...reviewErrors(versions)];
  }
  if (client !== undefined) {
    const why = "should not be set when strategy is not set to Webhook";
    errors.push(forbiddenField(field, why));
  }
  if (versions.length > 0) {
    const why = "should not be set when strategy is not set to Webhook";
    errors.push(forbiddenField(`${PATH}.conversionReviewVersions`, why));
  }
  return errors;
}

function reviewErrors(versions: readonly string[]): readonly FieldError[] {
  const field = `${PATH}.conversionReviewVersions`;
  if (versions.length === 0) return [required(field, "")];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  versions.forEach((version, index) => {
    const at = `${field}[${index}]`;
    if (seen.has(version)) errors.push(invalidValue(at, version, "duplicate version"));
    else for (const text of dns1035Errors(version)) errors.push(invalidValue(at, version, text));
    seen.add(version);
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    const why = `must include at least one of ${REVIEW_VERSIONS.join(", ")}`;
    errors.push(invalidValue(field, versions, why));
  }
  return errors;
}
