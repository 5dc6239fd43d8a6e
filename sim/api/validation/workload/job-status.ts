import { sameValue } from "../../kinds/same-value.ts";
import { parseTimestamp } from "../../meta/time.ts";
import type { Job, JobStatus } from "../../types.gen.ts";
import { duplicate, type FieldError, invalidValue, required } from "../field-error.ts";
import { countErrors } from "../numbers.ts";
import { indexesIn, indexSet } from "./completion-indexes.ts";

function says(status: JobStatus, type: string): boolean {
  return (status.conditions ?? []).some((one) => one.type === type && one.status === "True");
}

/** An Invalid error about conditions: upstream leaves their value out. */
function conditionError(why: string): FieldError {
  return {
    type: "FieldValueInvalid",
    field: "status.conditions",
    message: `Invalid value: ${why}`,
  };
}

/** batch `ValidateJobStatusUpdate`. Most rules look only at what changes: a controller may repair an old status in steps. */
export function jobStatusErrors(next: Job, before: Job): readonly FieldError[] {
  const now = next.status ?? {};
  const old = before.status ?? {};
  return [
    ...countErrorsOf(now),
    ...endErrors(now, old),
    ...indexErrors(next, old),
    ...successErrors(next),
    ...transitionErrors(next, before),
  ];
}

function countErrorsOf(status: JobStatus): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["active", "succeeded", "failed", "ready", "terminating"] as const)
    errors.push(...countErrors(status[key], `status.${key}`));
  const seen = new Set<string>();
  for (const key of ["succeeded", "failed"] as const) {
    (status.uncountedTerminatedPods?.[key] ?? []).forEach((uid, index) => {
      const field = `status.uncountedTerminatedPods.${key}[${index}]`;
      if (uid === "") errors.push(invalidValue(field, uid, "must not be empty"));
      else if (seen.has(uid)) errors.push(duplicate(field, uid));
      seen.add(uid);
    });
  }
  return errors;
}

/** What a Job that has ended must say of itself. */
function endErrors(now: JobStatus, old: JobStatus): readonly FieldError[] {
  const errors: FieldError[] = [];
  const [complete, failed] = [says(now, "Complete"), says(now, "Failed")];
  const becameComplete = complete !== says(old, "Complete");
  const becameFailed = failed !== says(old, "Failed");
  const finished = complete || failed;
  const becameFinished = finished !== (says(old, "Complete") || says(old, "Failed"));
  const changed = (key: keyof JobStatus) => !sameValue(now[key], old[key]);
  const { startTime, completionTime, active = 0, uncountedTerminatedPods: uncounted } = now;
  if ((becameComplete || becameFailed) && complete && failed)
    errors.push(conditionError("cannot set Complete=True and Failed=true conditions"));
  if (becameComplete && complete && says(now, "FailureTarget"))
    errors.push(conditionError("cannot set Complete=True and FailureTarget=true conditions"));
  if (changed("completionTime") || becameComplete) {
    const field = "status.completionTime";
    if (completionTime !== undefined && !complete) {
      const why = "cannot set completionTime when there is no Complete=True condition";
      errors.push(invalidValue(field, completionTime, why));
    }
    if (completionTime === undefined && complete)
      errors.push(required(field, "completionTime is required for Complete jobs"));
  }
  if ((changed("completionTime") || changed("startTime")) && isBefore(completionTime, startTime)) {
    const why = "completionTime cannot be set before startTime";
    errors.push(invalidValue("status.completionTime", completionTime, why));
  }
  if (becameFailed && failed && !says(now, "FailureTarget")) {
    const why = "cannot set Failed=True condition without the FailureTarget=true condition";
    errors.push(conditionError(why));
  }
  if (becameComplete && complete && !says(now, "SuccessCriteriaMet")) {
    const why = "cannot set Complete=True condition without the SuccessCriteriaMet=true condition";
    errors.push(conditionError(why));
  }
  if ((becameFinished || changed("active")) && finished && active > 0)
    errors.push(invalidValue("status.active", active, "active>0 is invalid for finished job"));
  if ((becameFinished || changed("startTime")) && finished && startTime === undefined)
    errors.push(required("status.startTime", "startTime is required for finished job"));
  const left = (uncounted?.failed?.length ?? 0) + (uncounted?.succeeded?.length ?? 0);
  if ((becameFinished || changed("uncountedTerminatedPods")) && finished && left > 0) {
    const shown = { Succeeded: uncounted?.succeeded ?? null, Failed: uncounted?.failed ?? null };
    const why = "uncountedTerminatedPods needs to be empty for finished job";
    errors.push(invalidValue("status.uncountedTerminatedPods", shown, why));
  }
  return errors;
}

function isBefore(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return (parseTimestamp(one) ?? 0) < (parseTimestamp(other) ?? 0);
}

/** Lists of completed and failed indexes. */
function indexErrors({ spec, status = {} }: Job, old: JobStatus): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { completedIndexes = "", failedIndexes, ready = 0, active = 0, terminating = 0 } = status;
  const { completions, backoffLimitPerIndex, completionMode } = spec ?? {};
  const completedChanged = completedIndexes !== (old.completedIndexes ?? "");
  const failedChanged = failedIndexes !== old.failedIndexes;
  const indexed = completionMode === "Indexed";
  const check = (text: string, key: string) => {
    const found = indexesIn(text, completions ?? 0);
    if (typeof found !== "string") return;
    errors.push(invalidValue(`status.${key}`, text, `error parsing ${key}: ${found}`));
  };
  if (indexed && completedChanged && completions !== undefined)
    check(completedIndexes, "completedIndexes");
  const limited = backoffLimitPerIndex !== undefined && completions !== undefined;
  if (indexed && failedChanged && limited && failedIndexes !== undefined)
    check(failedIndexes, "failedIndexes");
  if (completedChanged && completedIndexes !== "" && !indexed) {
    const why = "cannot set non-empty completedIndexes when non-indexed completion mode";
    errors.push(invalidValue("status.completedIndexes", completedIndexes, why));
  }
  if (failedChanged && failedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    const why = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
    errors.push(invalidValue("status.failedIndexes", failedIndexes, why));
  }
  if ((completedChanged || failedChanged) && failedIndexes !== undefined) {
    const completed = indexSet(completedIndexes);
    const shared = [...indexSet(failedIndexes)].find((index) => completed.has(index));
    if (shared !== undefined) {
      const why = `failedIndexes and completedIndexes overlap at index: ${shared}`;
      errors.push(invalidValue("status.failedIndexes", failedIndexes, why));
    }
  }
  const finished = says(status, "Complete") || says(status, "Failed");
  const wasFinished = says(old, "Complete") || says(old, "Failed");
  const terminatingChanged = terminating !== (old.terminating ?? 0);
  if (finished && terminating > 0 && (terminatingChanged || !wasFinished)) {
    const why = "terminating>0 is invalid for finished job";
    errors.push(invalidValue("status.terminating", terminating, why));
  }
  if (ready > active && (ready !== (old.ready ?? 0) || active !== (old.active ?? 0))) {
    errors.push(invalidValue("status.ready", ready, "cannot set more ready pods than active"));
  }
  return errors;
}

function successErrors({ spec, status = {} }: Job): readonly FieldError[] {
  const met = says(status, "SuccessCriteriaMet");
  const errors: FieldError[] = [];
  if (met && says(status, "Failed"))
    errors.push(conditionError("cannot set SuccessCriteriaMet=True and Failed=true conditions"));
  if (met && says(status, "FailureTarget")) {
    const why = "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions";
    errors.push(conditionError(why));
  }
  if (spec?.successPolicy !== undefined && !met && says(status, "Complete")) {
    const why =
      "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True";
    errors.push(conditionError(why));
  }
  return errors;
}

/** What was once said of a Job's end stays said. */
function transitionErrors(next: Job, before: Job): readonly FieldError[] {
  const errors: FieldError[] = [];
  const [now, old] = [next.status ?? {}, before.status ?? {}];
  for (const type of ["Failed", "Complete", "FailureTarget"]) {
    if (says(old, type) && !says(now, type))
      errors.push(conditionError(`cannot disable the terminal ${type}=True condition`));
  }
  for (const key of ["failed", "succeeded"] as const) {
    const [value, past] = [now[key] ?? 0, old[key] ?? 0];
    const elastic =
      key === "succeeded" &&
      next.spec?.completionMode === "Indexed" &&
      next.spec.completions === next.spec.parallelism;
    if (value < past && !elastic) {
      const why = `cannot decrease the ${key} counter`;
      errors.push(invalidValue(`status.${key}`, value, why));
    }
  }
  return errors;
}
