import { ApiError, isApiError } from "../../api/api-error.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { timestamp } from "../../api/meta/time.ts";
import { keyOf } from "../../api/object.ts";
import type { Job, JobCondition, JobStatus, Pod } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { ReconcileContext, ReconcileResult } from "../runtime/controller.ts";
import { expectationsMet } from "../runtime/expectations.ts";
import { hasEnded, isActive, isReady, isTerminating } from "../runtime/pods.ts";
import { type BackOff, NO_FAILURES } from "./back-off.ts";
import { condition, ensured, holds } from "./conditions.ts";
import { endOf } from "./ending.ts";
import { expectedRemovals, removeFinalizers } from "./finalizers.ts";
import { JobPods } from "./manage.ts";
import { countsAsFailed, indexOf, isIndexed, isTracked } from "./pods.ts";
import { failureVerdict } from "./policies.ts";
import { type Tally, tallyOf, type Uncounted, uncountedOf } from "./tally.ts";

/** Ended pods that one sync counts at most (upstream `MaxUncountedPods`). */
const MOST_UNCOUNTED = 500;

/** One look at a Job and its pods. */
export class JobSync {
  readonly #job: Job;
  readonly #pods: readonly Pod[];
  readonly #context: ReconcileContext;
  readonly #now: Micros;
  readonly #removed: ReadonlySet<string>;
  readonly #tally: Tally;
  /** The Job as last written. */
  #written: Job;
  #status: JobStatus;
  #uncounted: Uncounted;
  /** How the Job ends: the interim condition first, then the final one. */
  #finish: JobCondition | undefined;
  #requeueAfter: Micros | undefined;

  constructor(job: Job, pods: readonly Pod[], context: ReconcileContext) {
    const { memory, now } = context;
    this.#job = job;
    this.#written = job;
    this.#pods = pods;
    this.#context = context;
    this.#now = now;
    this.#removed = expectedRemovals(memory, keyOf(job));
    const known = memory.get(`back-off/${keyOf(job)}`) as BackOff | undefined;
    this.#tally = tallyOf(job, pods, this.#removed, known ?? NO_FAILURES, now);
    this.#uncounted = uncountedOf(job);
    const starts = job.status?.startTime === undefined && job.spec.suspend !== true;
    this.#status = { ...job.status, ...(starts ? { startTime: timestamp(now) } : {}) };
  }

  run(): ReconcileResult {
    const ending = endOf(this.#job, this.#status, this.#pods, this.#tally, this.#now);
    this.#finish = ending.finish;
    if (ending.deadlineIn !== undefined) this.#comeBack(ending.deadlineIn);
    let error = this.#manage();
    try {
      this.#track();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      error = caught;
    }
    const requeueAfter = this.#requeueAfter;
    if (requeueAfter === undefined) {
      if (error !== undefined) throw error;
      return undefined;
    }
    return error === undefined ? { requeueAfter } : { requeueAfter, failed: error };
  }

  /** Brings the number of pods in line, and counts what that gives. */
  #manage(): ApiError | undefined {
    const active = this.#pods.filter(isActive);
    const work = new JobPods(this.#job, this.#pods, active, this.#context);
    const met = expectationsMet(this.#context.memory, keyOf(this.#job), this.#now);
    let error: ApiError | undefined;
    if (this.#finish !== undefined) {
      error = work.endAll();
      // Pods may be left, or not be in the cache yet: the end is not declared before all are known and deleted.
      if (error !== undefined || !met) this.#finish = undefined;
    } else {
      const managed = met && this.#job.metadata.deletionTimestamp === undefined;
      if (managed) {
        error = work.adjust(this.#tally);
        if (work.retryAfter !== undefined) this.#comeBack(Math.max(work.retryAfter, SECOND));
      }
      if (this.#isComplete(work.active))
        this.#finish = condition(
          "SuccessCriteriaMet",
          "CompletionsReached",
          "Reached expected number of succeeded pods",
          this.#now,
        );
      else if (managed) this.#noteSuspension();
    }
    const terminating = this.#pods.filter((pod) => isTerminating(pod) && !hasEnded(pod)).length;
    this.#status = {
      ...this.#status,
      active: work.active,
      ready: active.filter(isReady).length - work.deletedReady,
      terminating: terminating + work.deleted,
    };
    return error;
  }

  #isComplete(active: number): boolean {
    const { completions } = this.#job.spec;
    return active === 0 && this.#tally.succeeded >= (completions ?? 1);
  }

  #noteSuspension(): void {
    const suspended = this.#job.spec.suspend === true;
    const now = timestamp(this.#now);
    const [reason, message] = suspended
      ? ["JobSuspended", "Job suspended"]
      : ["JobResumed", "Job resumed"];
    const next = {
      ...condition("Suspended", reason, message, this.#now),
      status: suspended ? "True" : "False",
    };
    const before = this.#status.conditions ?? [];
    const conditions = ensured(before, next);
    if (conditions === before) return;
    // The deadline counts from the resumption on: a suspended Job has not started (KEP-5440, on since v1.36).
    const { startTime: _, ...status } = this.#status;
    this.#status = { ...status, conditions, ...(suspended ? {} : { startTime: now }) };
    this.#context.record.event(this.#job, "Normal", suspended ? "Suspended" : "Resumed", message);
  }

  /**
   * Counts ended pods in two steps, so that a crash between them loses nothing: their uids go into the status, then
   * their finalizers go, then the uids become numbers.
   */
  #track(): void {
    const release: Pod[] = [];
    const newIndexes: number[] = [];
    this.#countWithoutFinalizers(this.#withFinalizers());
    const kept = new Set(this.#tally.lastFailed.values());
    for (const pod of this.#pods) {
      if (!isTracked(pod) || this.#removed.has(pod.metadata.uid)) continue;
      if (!this.#mayRelease(pod, kept)) continue;
      release.push(pod);
      this.#note(pod, newIndexes);
      const noted =
        newIndexes.length + this.#uncounted.succeeded.length + this.#uncounted.failed.length;
      if (noted >= MOST_UNCOUNTED) break;
    }
    const all = release.length < MOST_UNCOUNTED;
    if (isIndexed(this.#job)) this.#writeIndexes(newIndexes);
    this.#noteInterim();
    this.#flush();
    this.#context.memory.set(`back-off/${keyOf(this.#job)}`, this.#tally.backOff);
    const { released, error } = removeFinalizers(this.#job, release, this.#context);
    const left = this.#withFinalizers();
    for (const uid of released) left.delete(uid);
    this.#countWithoutFinalizers(left);
    const finished = error === undefined && all && this.#end();
    this.#flush();
    if (error !== undefined) throw error;
    if (finished) this.#tellEnd();
  }

  #withFinalizers(): Set<string> {
    const uids = new Set<string>();
    for (const pod of this.#pods)
      if (isTracked(pod) && !this.#removed.has(pod.metadata.uid)) uids.add(pod.metadata.uid);
    return uids;
  }

  /** The last failed pod of an index holds its count of failures until the next one carries it. */
  #mayRelease(pod: Pod, kept: ReadonlySet<Pod>): boolean {
    const ending = this.#job.metadata.deletionTimestamp !== undefined || this.#finish !== undefined;
    if (ending || pod.status?.phase === "Succeeded") return true;
    return countsAsFailed(pod, this.#job) && !kept.has(pod);
  }

  #note(pod: Pod, newIndexes: number[]): void {
    const { uid } = pod.metadata;
    const { succeeded, failed } = this.#uncounted;
    const index = indexOf(pod, this.#job);
    if (isIndexed(this.#job) && index === undefined) return;
    if (pod.status?.phase === "Succeeded" && !failed.includes(uid)) {
      if (index !== undefined && isIndexed(this.#job)) {
        if (!this.#tally.before.has(index)) newIndexes.push(index);
      } else if (!succeeded.includes(uid))
        this.#uncounted = { failed, succeeded: [...succeeded, uid] };
      return;
    }
    const fails =
      countsAsFailed(pod, this.#job) ||
      (this.#finish !== undefined && this.#finish.type !== "SuccessCriteriaMet");
    if (!fails || failed.includes(uid) || !failureVerdict(this.#job, pod).counts) return;
    this.#uncounted = { succeeded, failed: [...failed, uid] };
  }

  #writeIndexes(newIndexes: readonly number[]): void {
    const completed = this.#tally.before.with(newIndexes);
    const text = completed.toString();
    const { completedIndexes: _, ...status } = this.#status;
    this.#status = {
      ...status,
      succeeded: completed.size,
      ...(text === "" ? {} : { completedIndexes: text }),
      ...(this.#tally.failedIndexes === undefined
        ? {}
        : { failedIndexes: this.#tally.failedIndexes.toString() }),
    };
  }

  /** The interim condition is written before any finalizer goes: the decision must survive the pods it was made by. */
  #noteInterim(): void {
    if (this.#finish === undefined) return;
    const { conditions = [] } = this.#status;
    if (holds(conditions, this.#finish.type)) return;
    this.#status = { ...this.#status, conditions: ensured(conditions, this.#finish) };
  }

  /** Uids of pods without finalizer become numbers. */
  #countWithoutFinalizers(uids: ReadonlySet<string>): void {
    const succeeded = this.#uncounted.succeeded.filter((uid) => uids.has(uid));
    const failed = this.#uncounted.failed.filter((uid) => uids.has(uid));
    const status = this.#status;
    this.#status = {
      ...status,
      succeeded: (status.succeeded ?? 0) + this.#uncounted.succeeded.length - succeeded.length,
      failed: (status.failed ?? 0) + this.#uncounted.failed.length - failed.length,
    };
    this.#uncounted = { succeeded, failed };
  }

  /** Whether the Job ends now: everything is counted and no pod is on its way out. */
  #end(): boolean {
    const { succeeded, failed } = this.#uncounted;
    if (this.#finish === undefined || succeeded.length + failed.length > 0) return false;
    if ((this.#status.terminating ?? 0) > 0) return false;
    const { type, reason = "", message = "" } = this.#finish;
    const final = type === "SuccessCriteriaMet" ? "Complete" : "Failed";
    const ended = condition(final, reason, message, this.#now);
    this.#finish = ended;
    this.#status = {
      ...this.#status,
      conditions: ensured(this.#status.conditions ?? [], ended),
      ...(final === "Complete" ? { completionTime: timestamp(this.#now) } : {}),
    };
    return true;
  }

  #tellEnd(): void {
    const { type, reason = "", message = "" } = this.#finish ?? { type: "" };
    const { record } = this.#context;
    if (type === "Complete") record.event(this.#job, "Normal", "Completed", "Job completed");
    else record.event(this.#job, "Warning", reason, message);
  }

  #flush(): void {
    const status = tidied({
      ...this.#status,
      uncountedTerminatedPods: tidyUncounted(this.#uncounted),
    });
    if (deepEqual(status, this.#written.status)) return;
    const { client } = this.#context;
    try {
      this.#written = client.updateStatus("Job", { ...this.#written, status });
    } catch (error) {
      if (!isApiError(error, "Conflict")) throw error;
      const fresh = client.live("Job", keyOf(this.#job));
      if (fresh === undefined || !deepEqual(fresh.status, this.#written.status)) throw error;
      this.#written = client.updateStatus("Job", { ...fresh, status });
    }
  }

  #comeBack(after: Micros): void {
    this.#requeueAfter = Math.min(this.#requeueAfter ?? after, after);
  }
}

function tidyUncounted({
  succeeded,
  failed,
}: Uncounted): NonNullable<JobStatus["uncountedTerminatedPods"]> {
  return {
    ...(succeeded.length === 0 ? {} : { succeeded }),
    ...(failed.length === 0 ? {} : { failed }),
  };
}

/** Zero counts are left out, but for the two that Go holds as pointers. */
function tidied(status: JobStatus): JobStatus {
  const { active, succeeded, failed, ...rest } = status;
  return {
    ...rest,
    ...(active ? { active } : {}),
    ...(succeeded ? { succeeded } : {}),
    ...(failed ? { failed } : {}),
  };
}
