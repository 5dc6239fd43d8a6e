import type {
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
  MetricTarget,
  PodDisruptionBudget,
} from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsLabelErrors, NOT_NEGATIVE, pathSegmentErrors } from "../names.ts";
import { atMostAllErrors, countErrors, intOrPercentErrors } from "../numbers.ts";
import { containerResourceNameErrors, nanosOf } from "../resources.ts";
import { labelSelectorErrors, shownSelector } from "../selectors.ts";

/** autoscaling `validateHorizontalPodAutoscalerSpec`; versions that `before` refers to already may stay. */
export function autoscalerErrors(
  { spec }: HorizontalPodAutoscaler,
  before?: HorizontalPodAutoscaler,
): readonly FieldError[] {
  if (spec === undefined) return [];
  const errors: FieldError[] = [];
  const { minReplicas, maxReplicas = 0, scaleTargetRef } = spec;
  if (minReplicas !== undefined && minReplicas < 1) {
    const why = "must be greater than or equal to 1";
    errors.push(invalidValue("spec.minReplicas", minReplicas, why));
  }
  if (maxReplicas === 0) {
    errors.push(required("spec.maxReplicas", "must be set and greater than 0"));
  } else if (maxReplicas < 0) {
    const why = "must be greater than or equal to 1";
    errors.push(invalidValue("spec.maxReplicas", maxReplicas, why));
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const why = "must be greater than or equal to `minReplicas`";
    errors.push(invalidValue("spec.maxReplicas", maxReplicas, why));
  }
  const wanted: Reference = scaleTargetRef ?? { kind: "", name: "" };
  const old = before?.spec?.scaleTargetRef;
  const same = old?.kind === wanted.kind && old.apiVersion === wanted.apiVersion;
  errors.push(...referenceErrors(wanted, "spec.scaleTargetRef"));
  if (!same) errors.push(...targetVersionErrors(wanted));
  const keepsVersions = (before?.spec?.metrics ?? []).some((metric) => {
    const object = metric.type === "Object" ? metric.object?.describedObject : undefined;
    return object !== undefined && versionErrors(object, "").length > 0;
  });
  (spec.metrics ?? []).forEach((metric, index) => {
    errors.push(...metricErrors(metric, `spec.metrics[${index}]`, keepsVersions));
  });
  const outside = (spec.metrics ?? []).some(({ type }) => type === "Object" || type === "External");
  if (minReplicas === 0 && !outside) {
    const why =
      "must specify at least one Object or External metric to support scaling to zero replicas";
    errors.push(forbiddenField("spec.metrics", why));
  }
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  errors.push(...scalingErrors(scaleUp, "spec.behavior.scaleUp"));
  errors.push(...scalingErrors(scaleDown, "spec.behavior.scaleDown"));
  return errors;
}

interface Reference {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
}

function referenceErrors(ref: Reference, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["kind", "name"] as const) {
    const value = ref[key];
    if (!value) errors.push(required(`${path}.${key}`, ""));
    else errors.push(...invalidEach(`${path}.${key}`, value, pathSegmentErrors(value)));
  }
  return errors;
}

function versionErrors({ apiVersion = "" }: Reference, path: string): readonly FieldError[] {
  if (apiVersion.split("/").length <= 2) return [];
  const why = `unexpected GroupVersion string: ${apiVersion}`;
  return [invalidValue(`${path}.apiVersion`, apiVersion, why)];
}

/** What is scaled has an API group, but for the one scalable kind of the core. */
function targetVersionErrors(target: Reference): readonly FieldError[] {
  const path = "spec.scaleTargetRef";
  const { apiVersion = "", kind } = target;
  const errors = versionErrors(target, path);
  const grouped = apiVersion.indexOf("/") > 0;
  if (errors.length > 0 || grouped || kind === "ReplicationController") return errors;
  return [invalidValue(`${path}.apiVersion`, apiVersion, "apiVersion must specify API group")];
}

const METRIC_TYPES = ["ContainerResource", "External", "Object", "Pods", "Resource"];
const METRIC_FIELDS: Readonly<Record<string, keyof MetricSpec>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};

/** The order in which upstream looks for a source; only the first is checked. */
const METRIC_ORDER = ["object", "external", "pods", "resource", "containerResource"] as const;

function metricErrors(
  metric: MetricSpec,
  path: string,
  keepsVersions: boolean,
): readonly FieldError[] {
  const { type = "" } = metric;
  const errors: FieldError[] = [];
  if (type === "") errors.push(required(`${path}.type`, "must specify a metric source type"));
  const unsupported = () => notSupported(`${path}.type`, type, METRIC_TYPES);
  if (!METRIC_TYPES.includes(type)) errors.push(unsupported());
  const present = METRIC_ORDER.filter((field) => metric[field] !== undefined);
  const [first] = present;
  if (first !== undefined) {
    errors.push(...metricSourceErrors(metric, first, `${path}.${first}`, keepsVersions));
  }
  const wanted = METRIC_FIELDS[type];
  if (wanted === undefined) {
    errors.push(unsupported());
  } else if (metric[wanted] === undefined) {
    const why = "must populate information for the given metric source";
    errors.push(required(`${path}.${wanted}`, why));
  }
  if (present.length === 1) return errors;
  for (const field of [...present].sort()) {
    if (field === wanted) continue;
    const why = "must populate the given metric source only";
    errors.push(forbiddenField(`${path}.${field}`, why));
  }
  return errors;
}

function metricSourceErrors(
  metric: MetricSpec,
  field: keyof MetricSpec,
  path: string,
  keepsVersions: boolean,
): readonly FieldError[] {
  const source = metric[field] as {
    readonly name?: string;
    readonly container?: string;
    readonly metric?: { readonly name?: string };
    readonly describedObject?: Reference;
    readonly target?: MetricTarget;
  };
  const errors: FieldError[] = [];
  if (field === "resource" || field === "containerResource") {
    const { name, container, target } = source;
    const inContainer = field === "containerResource";
    if (!name) errors.push(required(`${path}.name`, "must specify a resource name"));
    else if (inContainer) errors.push(...containerResourceNameErrors(name, `${path}.name`));
    if (inContainer) errors.push(...containerErrors(container, `${path}.container`));
    errors.push(...targetErrors(target, `${path}.target`));
    if (target?.averageUtilization === undefined && target?.averageValue === undefined) {
      const why = "must set either a target raw value or a target utilization";
      errors.push(required(`${path}.target.averageUtilization`, why));
    }
    if (target?.averageUtilization !== undefined && target.averageValue !== undefined) {
      const why = "may not set both a target raw value and a target utilization";
      errors.push(forbiddenField(`${path}.target.averageValue`, why));
    }
    return errors;
  }
  if (field === "object") {
    const object = source.describedObject ?? { kind: "", name: "" };
    errors.push(...referenceErrors(object, `${path}.describedObject`));
    if (!keepsVersions) errors.push(...versionErrors(object, `${path}.describedObject`));
  }
  const name = source.metric?.name;
  if (!name) errors.push(required(`${path}.metric.name`, "must specify a metric name"));
  else errors.push(...invalidEach(`${path}.metric.name`, name, pathSegmentErrors(name)));
  errors.push(...targetErrors(source.target, `${path}.target`));
  return [...errors, ...neededTargetErrors(field, source.target, `${path}.target`)];
}

function containerErrors(name: string | undefined, field: string): readonly FieldError[] {
  if (!name) return [required(field, "must specify a container")];
  return invalidEach(field, name, dnsLabelErrors(name));
}

/** What a source needs of its target. */
function neededTargetErrors(
  field: keyof MetricSpec,
  target: MetricTarget | undefined,
  path: string,
): readonly FieldError[] {
  const value = target?.value !== undefined;
  const average = target?.averageValue !== undefined;
  if (field === "pods") {
    const why = "must specify a positive target averageValue";
    return average ? [] : [required(`${path}.averageValue`, why)];
  }
  if (!value && !average) {
    const why =
      field === "object"
        ? "must set either a target value or averageValue"
        : "must set either a target value for metric or a per-pod target";
    return [required(`${path}.averageValue`, why)];
  }
  if (field !== "external" || !value || !average) return [];
  const why = "may not set both a target value for metric and a per-pod target";
  return [forbiddenField(`${path}.value`, why)];
}

function targetErrors(target: MetricTarget | undefined, path: string): readonly FieldError[] {
  const { type = "", value, averageValue, averageUtilization } = target ?? {};
  const errors: FieldError[] = [];
  const types = ["AverageValue", "Utilization", "Value"];
  if (type === "") errors.push(required(`${path}.type`, "must specify a metric target type"));
  if (!types.includes(type)) {
    const why = "must be either Utilization, Value, or AverageValue";
    errors.push(invalidValue(`${path}.type`, type, why));
  }
  if (value !== undefined && nanosOf(value) <= 0n) {
    errors.push(invalidValue(`${path}.value`, value, "must be positive"));
  }
  if (averageValue !== undefined && nanosOf(averageValue) <= 0n) {
    errors.push(invalidValue(`${path}.averageValue`, averageValue, "must be positive"));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    const field = `${path}.averageUtilization`;
    errors.push(invalidValue(field, averageUtilization, "must be greater than 0"));
  }
  return errors;
}

const MAX_PERIOD = 1800;
const MAX_WINDOW = 3600;

function scalingErrors(rules: HPAScalingRules | undefined, path: string): readonly FieldError[] {
  if (rules === undefined) return [];
  const errors: FieldError[] = [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [] } = rules;
  if (window !== undefined && window < 0) {
    const why = "must be greater than or equal to zero";
    errors.push(invalidValue(`${path}.stabilizationWindowSeconds`, window, why));
  }
  if (window !== undefined && window > MAX_WINDOW) {
    const why = `must be less than or equal to ${MAX_WINDOW}`;
    errors.push(invalidValue(`${path}.stabilizationWindowSeconds`, window, why));
  }
  const selects = ["Disabled", "Max", "Min"];
  if (selectPolicy !== undefined && !selects.includes(selectPolicy)) {
    errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, selects));
  }
  if (policies.length === 0)
    errors.push(required(`${path}.policies`, "must specify at least one Policy"));
  policies.forEach(({ type, value, periodSeconds }, index) => {
    const at = `${path}.policies[${index}]`;
    const types = ["Percent", "Pods"];
    if (!types.includes(type)) errors.push(notSupported(`${at}.type`, type, types));
    if (value <= 0) errors.push(invalidValue(`${at}.value`, value, "must be greater than zero"));
    if (periodSeconds <= 0) {
      errors.push(invalidValue(`${at}.periodSeconds`, periodSeconds, "must be greater than zero"));
    }
    if (periodSeconds > MAX_PERIOD) {
      const why = `must be less than or equal to ${MAX_PERIOD}`;
      errors.push(invalidValue(`${at}.periodSeconds`, periodSeconds, why));
    }
  });
  const { tolerance } = rules;
  if (tolerance !== undefined && nanosOf(tolerance) < 0n) {
    errors.push(invalidValue(`${path}.tolerance`, tolerance, NOT_NEGATIVE));
  }
  return errors;
}

/** policy `ValidatePodDisruptionBudgetSpec`. */
export function disruptionBudgetErrors({ spec = {} }: PodDisruptionBudget): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const why = "minAvailable and maxUnavailable cannot be both set";
    const shown = {
      MinAvailable: minAvailable,
      Selector: shownSelector(spec.selector),
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    };
    errors.push(invalidValue("spec", shown, why));
  }
  for (const [key, value] of Object.entries({ minAvailable, maxUnavailable })) {
    errors.push(...intOrPercentErrors(value, `spec.${key}`));
    errors.push(...atMostAllErrors(value, `spec.${key}`));
  }
  errors.push(...labelSelectorErrors(spec.selector, "spec.selector"));
  const policies = ["AlwaysAllow", "IfHealthyBudget"];
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(notSupported("spec.unhealthyPodEvictionPolicy", policy, policies));
  }
  return errors;
}

/** autoscaling `ValidateHorizontalPodAutoscalerStatusUpdate`. */
export function autoscalerStatusErrors({ status }: HorizontalPodAutoscaler): readonly FieldError[] {
  return (["currentReplicas", "desiredReplicas"] as const).flatMap((key) =>
    countErrors(status?.[key], `status.${key}`),
  );
}

/** policy `ValidatePodDisruptionBudgetStatusUpdate`. */
export function disruptionStatusErrors({ status }: PodDisruptionBudget): readonly FieldError[] {
  const keys = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const;
  return keys.flatMap((key) => countErrors(status?.[key], `status.${key}`));
}
