import { jobLabels } from "../kinds/job-prepare.ts";
import { sameValue } from "../kinds/same-value.ts";
import { matchesSelector } from "../meta/selector.ts";
import type { CronJob, Job, JobSpec } from "../types.gen.ts";
import { scheduleError, timeZoneError } from "./cron-schedule.ts";
import { duplicate, type FieldError, invalidValue, notSupported, required } from "./field-error.ts";
import { goValue } from "./go-value.ts";
import { IMMUTABLE } from "./meta.ts";
import { rawInvalid } from "./security.ts";
import { labelSelectorErrors } from "./selectors.ts";
import { countErrors, mismatchErrors, templateErrors } from "./workloads.ts";

const NEEDS_INDEX = "requires indexed completion mode";

/** batch `ValidateJob`, without metadata. */
export function jobErrors(job: Job): readonly FieldError[] {
  const { spec, metadata } = job;
  if (spec === undefined) return [required("spec.selector", "")];
  const errors: FieldError[] = [];
  if (spec.manualSelector !== true && spec.selector !== undefined) {
    const expected = jobLabels(metadata.name, metadata.uid ?? "");
    if (!matchesSelector(spec.selector)(expected)) {
      errors.push(invalidValue("spec.selector", spec.selector, "`selector` not auto-generated"));
    }
  }
  errors.push(...jobSpecErrors(spec, "spec"));
  if (spec.selector === undefined) errors.push(required("spec.selector", ""));
  else errors.push(...labelSelectorErrors(spec.selector, "spec.selector"));
  errors.push(...mismatchErrors(spec.selector, spec.template, "spec.template"));
  return errors;
}

function jobSpecErrors(spec: JobSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const counts = [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
  ] as const;
  for (const key of counts) errors.push(...countErrors(spec[key], `${path}.${key}`));
  errors.push(...completionErrors(spec, path));
  errors.push(...failurePolicyErrors(spec, `${path}.podFailurePolicy`));
  errors.push(...successPolicyErrors(spec, `${path}.successPolicy`));
  errors.push(...replacementErrors(spec, `${path}.podReplacementPolicy`));
  errors.push(...templateErrors(spec.template, `${path}.template`));
  errors.push(...restartErrors(spec, `${path}.template.spec.restartPolicy`));
  return errors;
}

function completionErrors(spec: JobSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { completionMode: mode, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (mode !== undefined && mode !== "Indexed" && mode !== "NonIndexed") {
    errors.push(notSupported(`${path}.completionMode`, mode, ["Indexed", "NonIndexed"]));
  }
  if (mode === "Indexed") {
    if (spec.completions === undefined) {
      errors.push(required(`${path}.completions`, "when completion mode is Indexed"));
    }
    if ((spec.parallelism ?? 0) > 100_000) {
      const why = "must be less than or equal to 100000 when completion mode is Indexed";
      errors.push(invalidValue(`${path}.parallelism`, spec.parallelism, why));
    }
    if (maxFailedIndexes !== undefined && maxFailedIndexes > (spec.completions ?? 0)) {
      const field = `${path}.maxFailedIndexes`;
      const why = "must be less than or equal to completions";
      errors.push(invalidValue(field, maxFailedIndexes, why));
    }
  } else {
    if (backoffLimitPerIndex !== undefined) {
      const field = `${path}.backoffLimitPerIndex`;
      errors.push(invalidValue(field, backoffLimitPerIndex, NEEDS_INDEX));
    }
    if (maxFailedIndexes !== undefined) {
      errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, NEEDS_INDEX));
    }
  }
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    errors.push(required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"));
  }
  return errors;
}

const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];

function failurePolicyErrors(spec: JobSpec, path: string): readonly FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  return rules.flatMap((rule, index) => {
    const at = `${path}.rules[${index}]`;
    const errors: FieldError[] = [];
    const { action, onExitCodes, onPodConditions = [] } = rule;
    if (!action) errors.push(required(`${at}.action`, `valid values: ["${ACTIONS.join('" "')}"]`));
    else if (action === "FailIndex" && spec.backoffLimitPerIndex === undefined) {
      const why = "requires the backoffLimitPerIndex to be set";
      errors.push(invalidValue(`${at}.action`, action, why));
    } else if (!ACTIONS.includes(action)) {
      errors.push(notSupported(`${at}.action`, action, ACTIONS));
    }
    if (onExitCodes !== undefined) {
      errors.push(...exitCodeErrors(onExitCodes, spec, `${at}.onExitCodes`));
    }
    onPodConditions.forEach(({ status }, nth) => {
      const field = `${at}.onPodConditions[${nth}].status`;
      const statuses = ["False", "True", "Unknown"];
      if (!statuses.includes(status ?? "")) errors.push(notSupported(field, status, statuses));
    });
    const shown = () => goValue("PodFailurePolicyRule", rule);
    if (onExitCodes !== undefined && onPodConditions.length > 0) {
      const why = "specifying both OnExitCodes and OnPodConditions is not supported";
      errors.push(rawInvalid(at, shown(), why));
    }
    if (onExitCodes === undefined && onPodConditions.length === 0) {
      const why = "specifying one of OnExitCodes and OnPodConditions is required";
      errors.push(rawInvalid(at, shown(), why));
    }
    return errors;
  });
}

function exitCodeErrors(
  codes: {
    readonly containerName?: string;
    readonly operator: string;
    readonly values: readonly number[];
  },
  spec: JobSpec,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { operator, values = [], containerName } = codes;
  const operators = ["In", "NotIn"];
  if (!operator) errors.push(required(`${path}.operator`, 'valid values: ["In" "NotIn"]'));
  else if (!operators.includes(operator)) {
    errors.push(notSupported(`${path}.operator`, operator, operators));
  }
  if (containerName !== undefined) {
    const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
    if (![...containers, ...initContainers].some(({ name }) => name === containerName)) {
      const why = "must be one of the container or initContainer names in the pod template";
      errors.push(invalidValue(`${path}.containerName`, containerName, why));
    }
  }
  const field = `${path}.values`;
  if (values.length === 0) {
    errors.push(invalidValue(field, values, "at least one value is required"));
  }
  if (values.length > 255) {
    errors.push({
      type: "FieldValueTooMany",
      field,
      message: `Too many: ${values.length}: must have at most 255 items`,
    });
  }
  const seen = new Set<number>();
  let ordered = true;
  values.forEach((value, index) => {
    if (operator === "In" && value === 0) {
      const why = "must not be 0 for the In operator";
      errors.push(invalidValue(`${field}[${index}]`, value, why));
    }
    if (seen.has(value)) errors.push(duplicate(`${field}[${index}]`, value));
    seen.add(value);
    if (index > 0 && value < (values[index - 1] ?? value)) ordered = false;
  });
  if (!ordered) errors.push(invalidValue(field, values, "must be ordered"));
  return errors;
}

function successPolicyErrors(spec: JobSpec, path: string): readonly FieldError[] {
  const policy = spec.successPolicy;
  if (policy === undefined) return [];
  if (spec.completionMode !== "Indexed") {
    return [rawInvalid(path, goValue("SuccessPolicy", policy), NEEDS_INDEX)];
  }
  const rules = policy.rules ?? [];
  if (rules.length === 0) {
    const why = "at least one rules must be specified when the successPolicy is specified";
    return [required(`${path}.rules`, why)];
  }
  return rules.flatMap((rule, index) => {
    const at = `${path}.rules[${index}]`;
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined) {
      return [required(at, "at least one of succeededCount or succeededIndexes must be specified")];
    }
    const errors: FieldError[] = [];
    const count = rule.succeededCount;
    if (count !== undefined) {
      errors.push(...countErrors(count, `${at}.succeededCount`));
      if (count > (spec.completions ?? 0)) {
        const why = `must be less than or equal to ${spec.completions ?? 0} (the number of specified completions)`;
        errors.push(invalidValue(`${at}.succeededCount`, count, why));
      }
    }
    return errors;
  });
}

function replacementErrors(spec: JobSpec, field: string): readonly FieldError[] {
  const policy = spec.podReplacementPolicy;
  if (policy === undefined) return [];
  const supported =
    spec.podFailurePolicy === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
  return supported.includes(policy) ? [] : [notSupported(field, policy, supported)];
}

function restartErrors(spec: JobSpec, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const policy = spec.template?.spec?.restartPolicy ?? "";
  if (policy === "" || policy === "Always") {
    errors.push(required(field, 'valid values: "OnFailure", "Never"'));
  } else if (policy !== "OnFailure" && policy !== "Never") {
    errors.push(notSupported(field, policy, ["OnFailure", "Never"]));
  }
  if (spec.podFailurePolicy !== undefined && policy !== "Never") {
    const why = 'only "Never" is supported when podFailurePolicy is specified';
    errors.push(invalidValue(field, policy, why));
  }
  return errors;
}

/** batch `ValidateJobUpdate`. */
export function jobUpdateErrors(next: Job, before: Job): readonly FieldError[] {
  const [now, old] = [next.spec, before.spec];
  if (now === undefined || old === undefined) return [];
  const errors: FieldError[] = [];
  const fixed = (key: keyof JobSpec & string) => {
    if (sameValue(now[key], old[key])) return;
    errors.push(invalidValue(`spec.${key}`, now[key] ?? null, IMMUTABLE));
  };
  if (!isElastic(now, old)) fixed("completions");
  fixed("selector");
  const held = old.suspend === true && before.status?.startTime === undefined;
  if (!held) fixed("template");
  for (const key of ["completionMode", "podFailurePolicy", "backoffLimitPerIndex"] as const)
    fixed(key);
  fixed("managedBy");
  fixed("successPolicy");
  return errors;
}

/** An indexed Job may be resized when completions and parallelism go together. */
function isElastic(now: JobSpec, old: JobSpec): boolean {
  return (
    now.completionMode === "Indexed" &&
    now.completions === now.parallelism &&
    old.completions !== undefined &&
    now.completions !== undefined &&
    now.parallelism !== old.parallelism
  );
}

/** batch `ValidateCronJobSpec`. */
export function cronJobErrors({ spec }: CronJob): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { schedule = "", timeZone, concurrencyPolicy = "" } = spec ?? {};
  if (schedule === "") errors.push(required("spec.schedule", ""));
  else {
    const why = scheduleError(schedule);
    if (why !== undefined) errors.push(invalidValue("spec.schedule", schedule, why));
    if (/^(CRON_)?TZ=/.test(schedule)) {
      const hint = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
      errors.push(invalidValue("spec.schedule", schedule, hint));
    }
  }
  errors.push(...countErrors(spec?.startingDeadlineSeconds, "spec.startingDeadlineSeconds"));
  const zone = timeZone === undefined ? undefined : timeZoneError(timeZone);
  if (zone !== undefined) errors.push(invalidValue("spec.timeZone", timeZone, zone));
  const policies = ["Allow", "Forbid", "Replace"];
  if (concurrencyPolicy === "") errors.push(required("spec.concurrencyPolicy", ""));
  else if (!policies.includes(concurrencyPolicy)) {
    errors.push(notSupported("spec.concurrencyPolicy", concurrencyPolicy, policies));
  }
  const job = spec?.jobTemplate?.spec;
  if (job !== undefined) {
    if (job.manualSelector !== undefined) {
      const field = "spec.jobTemplate.spec.manualSelector";
      errors.push(notSupported(field, job.manualSelector, ["nil", "false"]));
    }
    errors.push(...jobSpecErrors(job, "spec.jobTemplate.spec"));
  }
  for (const key of ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] as const) {
    errors.push(...countErrors(spec?.[key], `spec.${key}`));
  }
  return errors;
}
