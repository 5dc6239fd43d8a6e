import { sameValue } from "../../kinds/same-value.ts";
import type { Lease, PriorityClass, RuntimeClass } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { IMMUTABLE, invalidEach, labelErrors } from "../meta.ts";
import { dnsLabelErrors } from "../names.ts";
import { tolerationErrors } from "../pod/scheduling.ts";
import { requirementsErrors } from "../resources.ts";

const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  "system-node-critical": 2_000_001_000,
  "system-cluster-critical": 2_000_000_000,
};

/** Why a class may not have a system name; undefined when it may. */
function systemMistake({ metadata: { name }, value = 0, globalDefault }: PriorityClass) {
  const wanted = SYSTEM_CLASSES[name];
  if (wanted === undefined) return `${name} is not a known system priority class`;
  if (value !== wanted) return `value of ${name} PriorityClass must be ${wanted}`;
  return globalDefault === true
    ? `globalDefault of ${name} PriorityClass must be false`
    : undefined;
}

/** scheduling `ValidatePriorityClass`, without metadata. */
export function priorityClassErrors(object: PriorityClass): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { metadata, value = 0, preemptionPolicy } = object;
  if (metadata.name.startsWith("system-")) {
    const mistake = systemMistake(object);
    if (mistake !== undefined) {
      const why = `priority class names with 'system-' prefix are reserved for system use only. error: ${mistake}`;
      errors.push(forbiddenField("metadata.name", why));
    }
  } else if (value > HIGHEST_USER_PRIORITY) {
    const why = `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`;
    errors.push(forbiddenField("value", why));
  }
  const policies = ["PreemptLowerPriority", "Never"];
  if (preemptionPolicy !== undefined && !policies.includes(preemptionPolicy)) {
    errors.push(notSupported("preemptionPolicy", preemptionPolicy, policies));
  }
  return errors;
}

/** scheduling `ValidatePriorityClassUpdate`. */
export function priorityClassUpdateErrors(
  next: PriorityClass,
  before: PriorityClass,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((next.value ?? 0) !== (before.value ?? 0)) {
    errors.push(forbiddenField("value", "may not be changed in an update."));
  }
  const policy = next.preemptionPolicy;
  if (policy !== before.preemptionPolicy) {
    errors.push(invalidValue("preemptionPolicy", policy ?? null, IMMUTABLE));
  }
  return errors;
}

/** node `ValidateRuntimeClass`, without metadata. */
export function runtimeClassErrors({
  handler,
  overhead,
  scheduling,
}: RuntimeClass): readonly FieldError[] {
  const errors = handler
    ? [...invalidEach("handler", handler, dnsLabelErrors(handler))]
    : [required("handler", "")];
  if (overhead?.podFixed !== undefined) {
    const limits = { limits: overhead.podFixed };
    errors.push(...requirementsErrors(limits, "overhead.podFixed"));
  }
  if (scheduling === undefined) return errors;
  const { nodeSelector, tolerations = [] } = scheduling;
  if (nodeSelector !== undefined) {
    errors.push(...labelErrors(nodeSelector, "scheduling.nodeSelector"));
  }
  errors.push(...tolerationErrors(tolerations, "scheduling.tolerations"));
  tolerations.forEach((toleration, index) => {
    if (!tolerations.slice(0, index).some((other) => sameValue(other, toleration))) return;
    const shown = goValue("Toleration", toleration);
    const message = `Duplicate value: ${shown}`;
    const field = `scheduling.tolerations[${index}]`;
    errors.push({ type: "FieldValueDuplicate", field, message });
  });
  return errors;
}

/** node `ValidateRuntimeClassUpdate`. */
export function runtimeClassUpdateErrors(
  next: RuntimeClass,
  before: RuntimeClass,
): readonly FieldError[] {
  return next.handler === before.handler ? [] : [invalidValue("handler", next.handler, IMMUTABLE)];
}

/** coordination `ValidateLeaseSpec`. */
export function leaseErrors({ spec }: Lease): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { leaseDurationSeconds, leaseTransitions } = spec ?? {};
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(
      invalidValue("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0"),
    );
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    const why = "must be greater than or equal to 0";
    errors.push(invalidValue("spec.leaseTransitions", leaseTransitions, why));
  }
  return errors;
}
