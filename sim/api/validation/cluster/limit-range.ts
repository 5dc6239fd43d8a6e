import type { LimitRange, LimitRangeItem } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { qualifiedNameErrors } from "../names.ts";
import {
  containerResourceNameErrors,
  mayOvercommit,
  nanosOf,
  resourceNameErrors,
} from "../resources.ts";

const LIMIT_TYPES = ["Container", "PersistentVolumeClaim", "Pod"];

/** core `ValidateLimitRange`, without metadata. */
export function limitRangeErrors({ spec }: LimitRange): readonly FieldError[] {
  const types = new Set<string>();
  return (spec?.limits ?? []).flatMap((item, index) => {
    const at = `spec.limits[${index}]`;
    const errors: FieldError[] = [];
    if (!LIMIT_TYPES.includes(item.type)) {
      const texts = qualifiedNameErrors(item.type);
      errors.push(...invalidEach(`${at}.type`, item.type, texts));
      if (texts.length === 0 && !item.type.includes("/")) {
        const why = "must be a standard limit type or fully qualified";
        errors.push(invalidValue(`${at}.type`, item.type, why));
      }
    }
    if (types.has(item.type)) errors.push(duplicate(`${at}.type`, item.type));
    types.add(item.type);
    errors.push(...limitItemErrors(item, at));
    return errors;
  });
}

function limitItemErrors(item: LimitRangeItem, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const ofPods = item.type === "Pod" || item.type === "Container";
  const nameErrors = ofPods ? containerResourceNameErrors : resourceNameErrors;
  const names = new Set<string>();
  for (const key of ["max", "min"] as const) {
    for (const name of Object.keys(item[key] ?? {}).sort()) {
      errors.push(...nameErrors(name, `${at}.${key}[${name}]`));
      names.add(name);
    }
  }
  for (const key of ["default", "defaultRequest"] as const) {
    const values = item[key];
    if (item.type === "Pod") {
      if (values !== undefined && Object.keys(values).length > 0) {
        const why = "may not be specified when `type` is 'Pod'";
        errors.push(forbiddenField(`${at}.${key}`, why));
      }
      continue;
    }
    for (const name of Object.keys(values ?? {}).sort()) {
      errors.push(...nameErrors(name, `${at}.${key}[${name}]`));
      names.add(name);
    }
  }
  if (item.type === "PersistentVolumeClaim") {
    const minimum = item.min?.["storage"] !== undefined;
    if (!minimum && item.max?.["storage"] === undefined) {
      errors.push(
        required(
          `${at}.limits`,
          "either minimum or maximum storage value is required, but neither was provided",
        ),
      );
    }
  }
  for (const name of Object.keys(item.maxLimitRequestRatio ?? {}).sort()) {
    errors.push(...nameErrors(name, `${at}.maxLimitRequestRatio[${name}]`));
    names.add(name);
  }
  for (const name of [...names].sort()) errors.push(...orderErrors(item, name, at));
  return errors;
}

/** min ≤ defaultRequest ≤ default ≤ max, and a ratio of at least one. */
function orderErrors(item: LimitRangeItem, name: string, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const max = item.max?.[name];
  const min = item.min?.[name];
  const limit = item.default?.[name];
  const request = item.defaultRequest?.[name];
  const above = (one: string | undefined, other: string | undefined) =>
    one !== undefined && other !== undefined && nanosOf(one) > nanosOf(other);
  const say = (key: string, value: string | undefined, text: string) =>
    errors.push(invalidValue(`${at}.${key}[${name}]`, value, text));
  if (above(min, max)) say("min", min, `min value ${min} is greater than max value ${max}`);
  if (above(min, request)) {
    say(
      "defaultRequest",
      request,
      `min value ${min} is greater than default request value ${request}`,
    );
  }
  if (above(request, max)) {
    say(
      "defaultRequest",
      request,
      `default request value ${request} is greater than max value ${max}`,
    );
  }
  if (above(request, limit)) {
    say(
      "defaultRequest",
      request,
      `default request value ${request} is greater than default limit value ${limit}`,
    );
  }
  if (above(min, limit)) {
    say("default", min, `min value ${min} is greater than default value ${limit}`);
  }
  if (above(limit, max)) {
    say("default", max, `default value ${limit} is greater than max value ${max}`);
  }
  const ratio = item.maxLimitRequestRatio?.[name];
  if (ratio !== undefined && nanosOf(ratio) < 1_000_000_000n) {
    say("maxLimitRequestRatio", ratio, `ratio ${ratio} is less than 1`);
  }
  if (ratio !== undefined && min !== undefined && max !== undefined && nanosOf(min) > 0n) {
    const most = Number(nanosOf(max)) / Number(nanosOf(min));
    if (Number(nanosOf(ratio)) / 1e9 > most) {
      say(
        "maxLimitRequestRatio",
        ratio,
        `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`,
      );
    }
  }
  const differ =
    limit !== undefined && request !== undefined && nanosOf(limit) !== nanosOf(request);
  if (differ && !mayOvercommit(name)) {
    const why = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    say("defaultRequest", request, why);
  }
  return errors;
}
