import { ApiError, isApiError } from "../api/api-error.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { EPOCH_SECONDS, parseTimestamp, timestamp } from "../api/meta/time.ts";
import { type Key, keyOf, type Manifest, makeKey } from "../api/object.ts";
import type { CronJob, CronJobStatus, Job, ObjectReference } from "../api/types.gen.ts";
import { isTimeZone } from "../api/validation/workload/time-zones.ts";
import { MILLISECOND, type Micros, SECOND } from "../engine/time.ts";
import { newestStart, parseSchedule, type Schedule } from "./cron-job/schedule.ts";
import { mailTimestamp, zonedTimestamp } from "./cron-job/zoned-time.ts";
import { holds, isFinished } from "./job/conditions.ts";
import type { Controller, ReconcileContext, ReconcileResult } from "./runtime/controller.ts";
import { controllerOf, controllerReference } from "./runtime/owner.ts";
import { isNamespaceEnding } from "./runtime/slow-start.ts";

const SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/** Work begins this long after the scheduled second, so that it has surely come (upstream `nextScheduleDelta`). */
const DELAY: Micros = 100 * MILLISECOND;

/** Makes Jobs by a schedule. */
export const cronJobController: Controller = {
  name: "cronjob-controller",
  for: "CronJob",
  owns: ["Job"],
  reconcile: (key, context) => {
    const cronJob = context.client.get("CronJob", key);
    if (cronJob === undefined) {
      context.memory.delete(key);
      return undefined;
    }
    const sync = new CronSync(cronJob, context);
    return isRescheduled(key, cronJob, context) ? sync.awaitNext() : sync.run();
  },
};

/** Whether a CronJob has another schedule than when it was last looked at: it begins with the new one's next start. */
function isRescheduled(
  key: Key,
  { spec: { schedule, timeZone } }: CronJob,
  { memory }: ReconcileContext,
): boolean {
  const known = memory.get(key);
  const now = `${timeZone ?? ""} ${schedule}`;
  if (known !== now) memory.set(key, now);
  return known !== undefined && known !== now;
}

/** One look at a CronJob and its Jobs. */
class CronSync {
  readonly #cronJob: CronJob;
  readonly #context: ReconcileContext;
  #jobs: readonly Job[];
  #status: CronJobStatus;

  constructor(cronJob: CronJob, context: ReconcileContext) {
    this.#cronJob = cronJob;
    this.#context = context;
    const { uid } = cronJob.metadata;
    this.#jobs = [...context.client.ownedBy("Job", uid)].filter(
      (job) => controllerOf(job)?.uid === uid,
    );
    this.#status = cronJob.status ?? {};
  }

  run(): ReconcileResult {
    this.#deleteOld();
    this.#followJobs();
    this.#followMissing();
    let requeueAfter: Micros | undefined;
    let error: unknown;
    try {
      requeueAfter = this.#start();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      error = caught;
    }
    if (!deepEqual(this.#status, this.#cronJob.status ?? {}))
      this.#context.client.updateStatus("CronJob", { ...this.#cronJob, status: this.#status });
    if (error !== undefined) throw error;
    return requeueAfter === undefined ? undefined : { requeueAfter };
  }

  /** Starts nothing; answers when the schedule is due next. */
  awaitNext(): ReconcileResult {
    const { schedule, timeZone } = this.#cronJob.spec;
    try {
      const requeueAfter = this.#untilNext(parseSchedule(schedule, timeZone));
      return requeueAfter === undefined ? undefined : { requeueAfter };
    } catch {
      const message = `unparseable schedule for cronjob: ${schedule}`;
      this.#tell("Warning", "UnParseableCronJobSchedule", message);
      return undefined;
    }
  }

  get #active(): readonly ObjectReference[] {
    return this.#status.active ?? [];
  }

  #setActive(active: readonly ObjectReference[]): void {
    const { active: _, ...rest } = this.#status;
    this.#status = active.length === 0 ? rest : { ...rest, active };
  }

  #forget(uid: string | undefined): void {
    this.#setActive(this.#active.filter((reference) => reference.uid !== uid));
  }

  #tell(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.record.event(this.#cronJob, type, reason, message);
  }

  /** Keeps as many finished Jobs as the history limits say: the newest. */
  #deleteOld(): void {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = this.#cronJob.spec;
    this.#deleteOldest("Complete", successfulJobsHistoryLimit);
    this.#deleteOldest("Failed", failedJobsHistoryLimit);
  }

  #deleteOldest(condition: string, limit: number | undefined): void {
    if (limit === undefined) return;
    const finished = this.#jobs
      .filter(({ status }) => holds(status?.conditions, condition))
      .sort(byStart);
    for (const job of finished.slice(0, Math.max(0, finished.length - limit))) this.#delete(job);
  }

  /** Deletes a Job with its pods; `false` when that failed. */
  #delete(job: Job): boolean {
    const { name, uid } = job.metadata;
    try {
      this.#context.client.delete("Job", keyOf(job), { propagationPolicy: "Background" });
    } catch (error) {
      if (!isApiError(error)) throw error;
      this.#tell("Warning", "FailedDelete", `Deleted job: ${error.message}`);
      return false;
    }
    this.#forget(uid);
    this.#jobs = this.#jobs.filter((other) => other !== job);
    this.#tell("Normal", "SuccessfulDelete", `Deleted job ${name}`);
    return true;
  }

  /** Takes finished Jobs from the list of active ones and remembers the latest success. */
  #followJobs(): void {
    for (const job of this.#jobs) {
      const { uid, name } = job.metadata;
      const isListed = this.#active.some((reference) => reference.uid === uid);
      if (!isListed && !isFinished(job)) this.#tellUnexpected(job);
      else if (isListed && isFinished(job)) {
        this.#forget(uid);
        const condition = holds(job.status?.conditions, "Complete") ? "Complete" : "Failed";
        const message = `Saw completed job: ${name}, condition: ${condition}`;
        this.#tell("Normal", "SawCompletedJob", message);
      }
      this.#noteSuccess(job);
    }
  }

  #tellUnexpected({ metadata }: Job): void {
    const { client } = this.#context;
    const fresh = client.live("CronJob", keyOf(this.#cronJob));
    if (fresh?.status?.active?.some(({ uid }) => uid === metadata.uid)) {
      this.#setActive(fresh.status.active);
      return;
    }
    const message = `Saw a job that the controller did not create or forgot: ${metadata.name}`;
    this.#tell("Warning", "UnexpectedJob", message);
  }

  #noteSuccess({ status }: Job): void {
    const { completionTime } = status ?? {};
    if (completionTime === undefined || !holds(status?.conditions, "Complete")) return;
    const before = parseTimestamp(this.#status.lastSuccessfulTime ?? undefined);
    if (before === undefined || (parseTimestamp(completionTime) ?? 0) > before)
      this.#status = { ...this.#status, lastSuccessfulTime: completionTime };
  }

  #followMissing(): void {
    const { client } = this.#context;
    for (const { uid, namespace, name = "" } of this.#active) {
      if (this.#jobs.some(({ metadata }) => metadata.uid === uid)) continue;
      if (client.live("Job", makeKey(namespace, name)) !== undefined) continue;
      this.#tell("Normal", "MissingJob", `Active job went missing: ${name}`);
      this.#forget(uid);
    }
  }

  /** Starts what is due; answers when to look again. */
  #start(): Micros | undefined {
    const { spec, metadata } = this.#cronJob;
    if (metadata.deletionTimestamp !== undefined) return undefined;
    const schedule = this.#readSchedule();
    if (schedule === undefined) return undefined;
    let due: Micros | undefined;
    try {
      due = this.#dueStart(schedule);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      const message = `invalid schedule: ${JSON.stringify(spec.schedule)} : ${messageOf(error)}`;
      this.#tell("Warning", "InvalidSchedule", message);
      return undefined;
    }
    if (due !== undefined && this.#mayStart(due) && !this.#create(due)) return undefined;
    return this.#untilNext(schedule);
  }

  #readSchedule(): Schedule | undefined {
    const { schedule, timeZone, suspend } = this.#cronJob.spec;
    if (timeZone !== undefined && !isTimeZone(timeZone)) {
      const message = `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`;
      this.#tell("Warning", "UnknownTimeZone", message);
      return undefined;
    }
    if (suspend === true) return undefined;
    try {
      return parseSchedule(schedule, timeZone);
    } catch (error) {
      const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${messageOf(error)}`;
      this.#tell("Warning", "UnparseableSchedule", message);
      return undefined;
    }
  }

  /** Starts are looked for since the last one, or since the creation. */
  #since(): Micros {
    const { lastScheduleTime } = this.#status;
    const created = parseTimestamp(this.#cronJob.metadata.creationTimestamp) ?? 0;
    return parseTimestamp(lastScheduleTime) ?? created;
  }

  #dueStart(schedule: Schedule): Micros | undefined {
    const { now } = this.#context;
    const { startingDeadlineSeconds } = this.#cronJob.spec;
    const earliest =
      startingDeadlineSeconds === undefined ? 0 : now - startingDeadlineSeconds * SECOND;
    const { at, tooMany } = newestStart(schedule, Math.max(this.#since(), earliest), now);
    if (tooMany && at !== undefined)
      this.#tell(
        "Warning",
        "TooManyMissedTimes",
        "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
      );
    return at;
  }

  #untilNext(schedule: Schedule): Micros | undefined {
    const { now } = this.#context;
    const { at, since, missedSome } = newestStart(schedule, this.#since(), now);
    const next = schedule(at ?? (missedSome ? now : since));
    return next === undefined ? undefined : next + DELAY - now;
  }

  #mayStart(due: Micros): boolean {
    const { startingDeadlineSeconds, concurrencyPolicy } = this.#cronJob.spec;
    const { now } = this.#context;
    if (startingDeadlineSeconds !== undefined && due + startingDeadlineSeconds * SECOND < now) {
      const message = `Missed scheduled time to start a job: ${mailTimestamp(due)}`;
      this.#tell("Warning", "MissSchedule", message);
      return false;
    }
    if (parseTimestamp(this.#status.lastScheduleTime) === due) return false;
    if (this.#active.some(({ name }) => name === this.#jobName(due))) return false;
    if (concurrencyPolicy === "Forbid" && this.#active.length > 0) {
      const message =
        "Not starting job because prior execution is running and concurrency policy is Forbid";
      this.#tell("Normal", "JobAlreadyActive", message);
      return false;
    }
    return concurrencyPolicy !== "Replace" || this.#replaceActive();
  }

  #replaceActive(): boolean {
    const { client } = this.#context;
    for (const { namespace, name = "", uid } of this.#active) {
      const job = client.live("Job", makeKey(namespace, name));
      if (job === undefined) this.#forget(uid);
      else if (!this.#delete(job)) return false;
    }
    return true;
  }

  /** Name by the scheduled minute: a start that was made is never made again. */
  #jobName(due: Micros): string {
    return `${this.#cronJob.metadata.name}-${Math.floor((due / SECOND + EPOCH_SECONDS) / 60)}`;
  }

  /** Creates the Job of a start; `false` when somebody else's Job has its name. */
  #create(due: Micros): boolean {
    const { client } = this.#context;
    let job: Job;
    try {
      job = client.create("Job", this.#jobFor(due));
      this.#tell("Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const existing = error.reason === "AlreadyExists" ? this.#existing(due) : undefined;
      if (existing === undefined) {
        if (error.reason === "AlreadyExists") return false;
        if (!isNamespaceEnding(error))
          this.#tell("Warning", "FailedCreate", `Error creating job: ${error.message}`);
        throw error;
      }
      job = existing;
    }
    const { name, namespace, uid, resourceVersion } = job.metadata;
    const reference: ObjectReference = {
      apiVersion: "batch/v1",
      kind: "Job",
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
    };
    this.#setActive([...this.#active, reference]);
    this.#status = { ...this.#status, lastScheduleTime: timestamp(due) };
    return true;
  }

  #existing(due: Micros): Job | undefined {
    const key = makeKey(this.#cronJob.metadata.namespace, this.#jobName(due));
    const job = this.#context.client.live("Job", key);
    return controllerOf(job)?.uid === this.#cronJob.metadata.uid ? job : undefined;
  }

  #jobFor(due: Micros): Manifest<Job> {
    const { spec, metadata } = this.#cronJob;
    const { metadata: template, spec: jobSpec } = spec.jobTemplate;
    return {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name: this.#jobName(due),
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        ...(template?.labels === undefined ? {} : { labels: template.labels }),
        annotations: {
          ...template?.annotations,
          [SCHEDULED_AT]: zonedTimestamp(due, spec.timeZone),
        },
        ownerReferences: [controllerReference(this.#cronJob)],
      },
      spec: jobSpec ?? { template: {} },
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function byStart(a: Job, b: Job): number {
  const [first, second] = [a, b].map(({ status }) => parseTimestamp(status?.startTime) ?? 0);
  return (first ?? 0) - (second ?? 0) || (a.metadata.name < b.metadata.name ? -1 : 1);
}
