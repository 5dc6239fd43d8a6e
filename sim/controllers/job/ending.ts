import { parseTimestamp } from "../../api/meta/time.ts";
import type { Job, JobCondition, JobStatus, Pod } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { condition } from "./conditions.ts";
import { countsAsFailed, isIndexed } from "./pods.ts";
import { failureVerdict, metSuccessRule } from "./policies.ts";
import type { Tally } from "./tally.ts";

/** Whether a Job is to end before its completions are reached. */
export interface Ending {
  /** `FailureTarget` or `SuccessCriteriaMet`. */
  readonly finish: JobCondition | undefined;
  /** Time left until the active deadline. */
  readonly deadlineIn?: Micros;
}

/** Ends by what was decided before, or else by a policy, a limit or the deadline, in this order. */
export function endOf(
  job: Job,
  status: JobStatus,
  pods: readonly Pod[],
  tally: Tally,
  now: Micros,
): Ending {
  const decided =
    present(status, "SuccessCriteriaMet") ??
    present(status, "FailureTarget") ??
    byFailurePolicy(job, pods, now) ??
    byBackOffLimit(job, pods, tally, now);
  if (decided !== undefined) return { finish: decided };
  const left = untilDeadline(job, status, now);
  if (left !== undefined && left <= 0) return { finish: failure("DeadlineExceeded", now) };
  const finish = byIndexes(job, tally, now) ?? bySuccessPolicy(job, tally, now);
  return left === undefined ? { finish } : { finish, deadlineIn: left };
}

const MESSAGES = {
  BackoffLimitExceeded: "Job has reached the specified backoff limit",
  DeadlineExceeded: "Job was active longer than specified deadline",
  MaxFailedIndexesExceeded: "Job has exceeded the specified maximal number of failed indexes",
  FailedIndexes: "Job has failed indexes",
} as const;

function failure(reason: keyof typeof MESSAGES, now: Micros): JobCondition {
  return condition("FailureTarget", reason, MESSAGES[reason], now);
}

function present({ conditions }: JobStatus, type: string): JobCondition | undefined {
  return conditions?.find((other) => other.type === type && other.status === "True");
}

function byFailurePolicy(job: Job, pods: readonly Pod[], now: Micros): JobCondition | undefined {
  if (job.spec.podFailurePolicy === undefined) return undefined;
  for (const pod of pods) {
    if (!countsAsFailed(pod, job)) continue;
    const { message } = failureVerdict(job, pod);
    if (message !== undefined) return condition("FailureTarget", "PodFailurePolicy", message, now);
  }
  return undefined;
}

function byBackOffLimit(
  job: Job,
  pods: readonly Pod[],
  tally: Tally,
  now: Micros,
): JobCondition | undefined {
  const { backoffLimit = 6, template } = job.spec;
  if (tally.failed > backoffLimit) return failure("BackoffLimitExceeded", now);
  // With restartPolicy OnFailure the restarts of living pods count.
  if (template.spec?.restartPolicy !== "OnFailure") return undefined;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== "Running" && status?.phase !== "Pending") continue;
    const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
    for (const { restartCount } of all) restarts += restartCount;
  }
  const exceeded = backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
  return exceeded ? failure("BackoffLimitExceeded", now) : undefined;
}

/** A Job just resumed begins anew: what passed before its suspension, or during it, does not count. */
function untilDeadline({ spec }: Job, status: JobStatus, now: Micros): Micros | undefined {
  const resumes = present(status, "Suspended") !== undefined;
  const start = resumes ? now : parseTimestamp(status.startTime);
  if (spec.activeDeadlineSeconds === undefined || spec.suspend === true || start === undefined)
    return undefined;
  return start + spec.activeDeadlineSeconds * SECOND - now;
}

function byIndexes({ spec }: Job, tally: Tally, now: Micros): JobCondition | undefined {
  const failed = tally.failedIndexes?.size ?? 0;
  const { maxFailedIndexes, completions = 0 } = spec;
  if (maxFailedIndexes !== undefined && failed > maxFailedIndexes)
    return failure("MaxFailedIndexesExceeded", now);
  if (failed > 0 && failed + tally.succeededIndexes.size >= completions)
    return failure("FailedIndexes", now);
  return undefined;
}

function bySuccessPolicy(job: Job, tally: Tally, now: Micros): JobCondition | undefined {
  if (!isIndexed(job)) return undefined;
  const message = metSuccessRule(job, tally.succeededIndexes);
  return message === undefined
    ? undefined
    : condition("SuccessCriteriaMet", "SuccessPolicy", message, now);
}
