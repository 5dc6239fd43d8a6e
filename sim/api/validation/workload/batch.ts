import { jobLabels } from "../../kinds/job-prepare.ts";
import { matchesSelector } from "../../meta/selector.ts";
import type { CronJob, Job, JobSpec } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  rawInvalid,
  required,
  tooLong,
  tooMany,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { invalidEach } from "../meta.ts";
import { dnsLabelErrors, qualifiedNameErrors } from "../names.ts";
import { countErrors } from "../numbers.ts";
import { domainPrefixedPathErrors } from "../paths.ts";
import { labelSelectorErrors, shownMap, shownSelector } from "../selectors.ts";
import { indexesIn } from "./completion-indexes.ts";
import { scheduleError, timeZoneError } from "./cron-schedule.ts";
import { mismatchErrors, templateErrors } from "./workloads.ts";

const NEEDS_INDEX = "requires indexed completion mode";

/** batch `ValidateJob`, without metadata. */
export function jobErrors(job: Job): readonly FieldError[] {
  const { spec, metadata } = job;
  if (spec === undefined) return [required("spec.selector", "")];
  const errors: FieldError[] = [];
  if (spec.manualSelector !== true && spec.selector !== undefined) {
    const expected = jobLabels(metadata.name, metadata.uid ?? "");
    errors.push(...generatedLabelErrors(spec, expected));
    if (!matchesSelector(spec.selector)(expected)) {
      errors.push(
        invalidValue(
          "spec.selector",
          shownSelector(spec.selector),
          "`selector` not auto-generated",
        ),
      );
    }
  }
  return [...errors, ...wholeSpecErrors(spec), ...hostnameErrors(job)];
}

const GENERATED_LABELS = [
  "controller-uid",
  "job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
];

/** Labels that the pods of a Job must have when its selector was generated. */
function generatedLabelErrors(
  { template }: JobSpec,
  expected: Readonly<Record<string, string>>,
): readonly FieldError[] {
  const labels = template.metadata?.labels ?? {};
  return GENERATED_LABELS.flatMap((key) => {
    const field = `spec.template.metadata.labels[${key}]`;
    const why = `must be '${expected[key]}'`;
    if (labels[key] === undefined) return [required(field, why)];
    return labels[key] === expected[key] ? [] : [invalidValue(field, shownMap(labels), why)];
  });
}

/** batch `ValidateJobSpec`: of a Job of its own, with its selector. */
export function wholeSpecErrors(spec: JobSpec): readonly FieldError[] {
  const errors: FieldError[] = [...jobSpecErrors(spec, "spec")];
  if (spec.selector === undefined) errors.push(required("spec.selector", ""));
  else errors.push(...labelSelectorErrors(spec.selector, "spec.selector"));
  if (labelSelectorErrors(spec.selector, "").length === 0) {
    errors.push(...mismatchErrors(spec.selector, spec.template, "spec.template"));
  }
  return errors;
}

/** The last pod of an indexed Job needs a host name of its own. */
function hostnameErrors({ metadata: { name }, spec }: Job): readonly FieldError[] {
  const { completionMode, completions = 0 } = spec ?? {};
  if (completionMode !== "Indexed" || completions <= 0) return [];
  const longest = `${name}-${completions - 1}`;
  if (dnsLabelErrors(longest).length === 0) return [];
  const why = `will not able to create pod with invalid DNS label: ${longest}`;
  return [invalidValue("metadata.name", name, why)];
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
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"));
  errors.push(...managedByErrors(spec.managedBy, `${path}.managedBy`));
  errors.push(...completionErrors(spec, path));
  errors.push(...failurePolicyErrors(spec, `${path}.podFailurePolicy`));
  errors.push(...successPolicyErrors(spec, `${path}.successPolicy`));
  errors.push(...replacementErrors(spec, `${path}.podReplacementPolicy`));
  errors.push(...templateErrors(spec.template, `${path}.template`));
  errors.push(...restartErrors(spec, `${path}.template.spec.restartPolicy`));
  return errors;
}

/** Limits of Indexed Jobs. */
const MANY_INDEXES = 100_000;
const MANY_AT_ONCE = 10_000;

function completionErrors(spec: JobSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { completionMode: mode, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (mode !== undefined && mode !== "Indexed" && mode !== "NonIndexed") {
    errors.push(notSupported(`${path}.completionMode`, mode, ["NonIndexed", "Indexed"]));
  }
  if (mode === "Indexed") errors.push(...indexedErrors(spec, path));
  if (mode !== undefined && mode !== "NonIndexed") return errors;
  if (backoffLimitPerIndex !== undefined) {
    const field = `${path}.backoffLimitPerIndex`;
    errors.push(invalidValue(field, backoffLimitPerIndex, NEEDS_INDEX));
  }
  if (maxFailedIndexes !== undefined) {
    errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, NEEDS_INDEX));
  }
  return errors;
}

function indexedErrors(spec: JobSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (completions === undefined) {
    errors.push(required(`${path}.completions`, "when completion mode is Indexed"));
  }
  const atMost = (key: string, value: number | undefined, limit: number, when: string) => {
    if (value === undefined || value <= limit) return;
    const why = `must be less than or equal to ${limit}${when}`;
    errors.push(invalidValue(`${path}.${key}`, value, why));
  };
  atMost("parallelism", parallelism, MANY_INDEXES, " when completion mode is Indexed");
  if (
    maxFailedIndexes !== undefined &&
    completions !== undefined &&
    maxFailedIndexes > completions
  ) {
    const why = "must be less than or equal to completions";
    errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, why));
  }
  atMost("maxFailedIndexes", maxFailedIndexes, MANY_INDEXES, "");
  if ((completions ?? 0) <= MANY_INDEXES || backoffLimitPerIndex === undefined) return errors;
  if (maxFailedIndexes === undefined) {
    const why = `must be specified when completions is above ${MANY_INDEXES}`;
    errors.push(required(`${path}.maxFailedIndexes`, why));
  }
  const when = ` when completions are above ${MANY_INDEXES} and used with backoff limit per index`;
  atMost("parallelism", parallelism, MANY_AT_ONCE, when);
  atMost("maxFailedIndexes", maxFailedIndexes, MANY_AT_ONCE, when);
  return errors;
}

const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];

function failurePolicyErrors(spec: JobSpec, path: string): readonly FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const many = rules.length > 20 ? [tooMany(`${path}.rules`, rules.length, 20)] : [];
  const each = rules.flatMap((rule, index) => {
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
    if (onPodConditions.length > 20)
      errors.push(tooMany(`${at}.onPodConditions`, onPodConditions.length, 20));
    onPodConditions.forEach(({ type, status }, nth) => {
      const place = `${at}.onPodConditions[${nth}]`;
      const statuses = ["False", "True", "Unknown"];
      errors.push(...invalidEach(`${place}.type`, type ?? "", qualifiedNameErrors(type ?? "")));
      if (!status) {
        errors.push(required(`${place}.status`, 'valid values: ["False" "True" "Unknown"]'));
      } else if (!statuses.includes(status)) {
        errors.push(notSupported(`${place}.status`, status, statuses));
      }
    });
    if (onExitCodes !== undefined && onPodConditions.length > 0) {
      const why = "specifying both OnExitCodes and OnPodConditions is not supported";
      errors.push({ type: "FieldValueInvalid", field: at, message: `Invalid value: ${why}` });
    }
    if (onExitCodes === undefined && onPodConditions.length === 0) {
      const why = "specifying one of OnExitCodes and OnPodConditions is required";
      errors.push({ type: "FieldValueInvalid", field: at, message: `Invalid value: ${why}` });
    }
    return errors;
  });
  return [...many, ...each];
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
    errors.push(tooMany(field, values.length, 255));
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

/** A controller's name. */
function managedByErrors(name: string | undefined, field: string): readonly FieldError[] {
  if (name === undefined) return [];
  const errors = domainPrefixedPathErrors(name, field);
  return name.length > 63 ? [...errors, tooLong(field, 63)] : errors;
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
  const many = rules.length > 20 ? [tooMany(`${path}.rules`, rules.length, 20)] : [];
  const each = rules.flatMap((rule, index) => {
    const at = `${path}.rules[${index}]`;
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined) {
      return [required(at, "at least one of succeededCount or succeededIndexes must be specified")];
    }
    const errors: FieldError[] = [];
    const count = rule.succeededCount;
    const indexes = indexesIn(rule.succeededIndexes ?? "", spec.completions ?? 0);
    if (typeof indexes === "string") {
      const why = `error parsing succeededIndexes: ${indexes}`;
      errors.push(invalidValue(`${at}.succeededIndexes`, rule.succeededIndexes, why));
    }
    if (count !== undefined) {
      errors.push(...countErrors(count, `${at}.succeededCount`));
      if (count > (spec.completions ?? 0)) {
        const why = `must be less than or equal to ${spec.completions ?? 0} (the number of specified completions)`;
        errors.push(invalidValue(`${at}.succeededCount`, count, why));
      }
      const total = typeof indexes === "string" ? 0 : indexes;
      if (rule.succeededIndexes !== undefined && count > total) {
        const why = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
        errors.push(invalidValue(`${at}.succeededCount`, count, why));
      }
    }
    return errors;
  });
  return [...many, ...each];
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
  } else if (spec.podFailurePolicy !== undefined && policy !== "Never") {
    const why = 'only "Never" is supported when podFailurePolicy is specified';
    errors.push(invalidValue(field, policy, why));
  }
  return errors;
}

/** batch `validateCronJobSpec`. What an old schedule or time zone was allowed, it still is. */
export function cronJobErrors({ spec }: CronJob, before?: CronJob): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { schedule = "", timeZone, concurrencyPolicy = "" } = spec ?? {};
  if (schedule === "") errors.push(required("spec.schedule", ""));
  else {
    const why = scheduleError(schedule);
    if (why !== undefined) errors.push(invalidValue("spec.schedule", schedule, why));
    const zoned = before?.spec?.schedule.includes("TZ") === true;
    if (zoned && schedule.includes("TZ") && timeZone !== undefined) {
      const hint = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
      errors.push(invalidValue("spec.schedule", schedule, hint));
    } else if (!zoned && schedule.includes("TZ")) {
      const hint = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
      errors.push(invalidValue("spec.schedule", schedule, hint));
    }
  }
  errors.push(...countErrors(spec?.startingDeadlineSeconds, "spec.startingDeadlineSeconds"));
  const kept = before !== undefined && before.spec?.timeZone === timeZone;
  const zone = timeZone === undefined || kept ? undefined : timeZoneError(timeZone);
  if (zone !== undefined) errors.push(invalidValue("spec.timeZone", timeZone, zone));
  const policies = ["Allow", "Forbid", "Replace"];
  if (concurrencyPolicy === "") errors.push(required("spec.concurrencyPolicy", ""));
  else if (!policies.includes(concurrencyPolicy)) {
    errors.push(notSupported("spec.concurrencyPolicy", concurrencyPolicy, policies));
  }
  const job = spec?.jobTemplate?.spec;
  if (job !== undefined) {
    const at = "spec.jobTemplate.spec";
    errors.push(...jobSpecErrors(job, at));
    if (job.selector !== undefined) {
      const why = "`selector` will be auto-generated";
      errors.push(invalidValue(`${at}.selector`, shownSelector(job.selector), why));
    }
    if (job.manualSelector === true) {
      errors.push(notSupported(`${at}.manualSelector`, true, ["nil", "false"]));
    }
  }
  for (const key of ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] as const) {
    errors.push(...countErrors(spec?.[key], `spec.${key}`));
  }
  return errors;
}
