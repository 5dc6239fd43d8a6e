import { ApiError, isApiError } from "../../api/api-error.ts";
import { keyOf } from "../../api/object.ts";
import type { Job, Pod } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { surplusOrder } from "../replica-set/victims.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import {
  creationObserved,
  deletionObserved,
  expectCreations,
  expectDeletions,
} from "../runtime/expectations.ts";
import { isReady } from "../runtime/pods.ts";
import { isNamespaceEnding, slowStart } from "../runtime/slow-start.ts";
import { remaining } from "./back-off.ts";
import { firstFree, Indexes } from "./indexes.ts";
import {
  finishedAt,
  type IndexHistory,
  indexedPod,
  indexFailures,
  indexOf,
  isIndexed,
  isTracked,
  jobPod,
  replacesOnlyFailed,
  untracked,
} from "./pods.ts";
import { failureVerdict } from "./policies.ts";
import type { Tally } from "./tally.ts";

/** Pods that one sync creates or deletes at most (upstream `MaxPodCreateDeletePerSync`). */
const BURST = 500;

/** Creates and deletes the pods of a Job, and counts what it did. */
export class JobPods {
  readonly #job: Job;
  readonly #pods: readonly Pod[];
  readonly #activePods: readonly Pod[];
  readonly #context: ReconcileContext;
  /** Active pods after what was done here. */
  active: number;
  /** Pods deleted here, and how many of them were ready. */
  deleted = 0;
  deletedReady = 0;
  /** How long to wait before the next pod may be made. */
  retryAfter: Micros | undefined;

  constructor(job: Job, pods: readonly Pod[], active: readonly Pod[], context: ReconcileContext) {
    this.#job = job;
    this.#pods = pods;
    this.#activePods = active;
    this.#context = context;
    this.active = active.length;
  }

  /** Deletes every active pod of a Job that ends; they keep their finalizers until they are counted. */
  endAll(): ApiError | undefined {
    return this.#delete(this.#activePods, false);
  }

  /** Brings the number of active pods to what the Job wants now; answers the first error. */
  adjust(tally: Tally): ApiError | undefined {
    if (this.#job.spec.suspend === true) return this.#delete(this.#activePods, true);
    const wanted = this.#wanted(tally.succeeded);
    const surplus = this.#surplus(Math.max(0, this.active - wanted)).slice(0, BURST);
    if (surplus.length > 0) return this.#delete(surplus, true);
    const awaited = replacesOnlyFailed(this.#job) ? this.#terminatingPods().length : 0;
    const missing = wanted - awaited - this.active;
    return missing > 0 ? this.#create(Math.min(missing, BURST), tally) : undefined;
  }

  #wanted(succeeded: number): number {
    const { completions, parallelism = 1 } = this.#job.spec;
    // Without completions the first success means that the work is done: what runs may end.
    if (completions === undefined) return succeeded > 0 ? this.active : parallelism;
    return Math.max(0, Math.min(completions - succeeded, parallelism));
  }

  #terminatingPods(): readonly Pod[] {
    return this.#pods.filter(
      ({ status, metadata }) =>
        metadata.deletionTimestamp !== undefined &&
        status?.phase !== "Succeeded" &&
        status?.phase !== "Failed",
    );
  }

  #indexesOf(pods: readonly Pod[]): ReadonlySet<number> {
    const indexes = new Set<number>();
    for (const pod of pods) {
      const index = indexOf(pod, this.#job);
      if (index !== undefined) indexes.add(index);
    }
    return indexes;
  }

  /** At least so many pods, among them those of an index that has a better one, or of none. */
  #surplus(atLeast: number): readonly Pod[] {
    const order = surplusOrder(this.#activePods);
    if (!isIndexed(this.#job)) return order.slice(0, atLeast);
    const surplus: Pod[] = [];
    const left: Pod[] = [];
    const taken = new Set<number>();
    for (const pod of [...order].reverse()) {
      const index = indexOf(pod, this.#job);
      if (index === undefined || taken.has(index)) surplus.push(pod);
      else {
        taken.add(index);
        left.push(pod);
      }
    }
    const more = Math.max(0, atLeast - surplus.length);
    return [...surplus, ...left.reverse().slice(0, more)];
  }

  #delete(pods: readonly Pod[], release: boolean): ApiError | undefined {
    const { client, memory, now } = this.#context;
    const key = keyOf(this.#job);
    if (release && pods.length > 0) expectDeletions(memory, key, pods.map(keyOf), now);
    let error: ApiError | undefined;
    for (const pod of pods) {
      try {
        // A pod that the Job itself deletes is no failure: it is let go before.
        if (release && isTracked(pod)) client.update("Pod", untracked(pod));
        this.#deletePod(pod);
      } catch (caught) {
        if (!isApiError(caught)) throw caught;
        deletionObserved(memory, key, keyOf(pod));
        if (caught.code !== 404) {
          error ??= caught;
          continue;
        }
      }
      this.active--;
      this.deleted++;
      if (isReady(pod)) this.deletedReady++;
    }
    return error;
  }

  #deletePod(pod: Pod): void {
    const { client, record } = this.#context;
    try {
      client.delete("Pod", keyOf(pod));
    } catch (error) {
      if (isApiError(error) && error.code !== 404)
        record.event(this.#job, "Warning", "FailedDelete", `Error deleting: ${error.message}`);
      throw error;
    }
    record.event(this.#job, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
  }

  #create(missing: number, tally: Tally): ApiError | undefined {
    const { spec } = this.#job;
    const { now } = this.#context;
    if (spec.backoffLimitPerIndex === undefined) {
      const wait = remaining(tally.backOff, now);
      if (wait > 0) return this.#wait(wait);
    }
    if (!isIndexed(this.#job)) return this.#createEach(missing, () => jobPod(this.#job));
    const indexes = this.#freeIndexes(missing, tally);
    if (spec.backoffLimitPerIndex === undefined)
      return this.#createEach(indexes.length, (at) =>
        indexedPod(this.#job, indexes[at] ?? 0, undefined),
      );
    const failed = tally.lastFailed;
    const ready = indexes.filter((index) => this.#waitOf(failed.get(index)) === 0);
    if (ready.length === 0 && indexes.length > 0)
      return this.#wait(Math.min(...indexes.map((index) => this.#waitOf(failed.get(index)))));
    return this.#createEach(ready.length, (at) => {
      const index = ready[at] ?? 0;
      return indexedPod(this.#job, index, this.#historyAfter(failed.get(index)));
    });
  }

  /**
   * Puts off what is to be created. v1.36.2 tells no active pods then, whatever runs (kubernetes#139428, mended in
   * v1.36.3): the API refuses such a status while a pod is ready, and nothing is counted until the wait is over.
   */
  #wait(time: Micros): undefined {
    this.retryAfter = time;
    this.active = 0;
    return undefined;
  }

  #freeIndexes(count: number, { succeededIndexes, failedIndexes }: Tally): readonly number[] {
    const awaited = replacesOnlyFailed(this.#job) ? this.#terminatingPods() : [];
    const taken = succeededIndexes.with([
      ...this.#indexesOf(this.#activePods),
      ...this.#indexesOf(awaited),
      ...(failedIndexes ?? Indexes.none),
    ]);
    return firstFree(taken, count, this.#job.spec.completions ?? 0);
  }

  #waitOf(failed: Pod | undefined): Micros {
    if (failed === undefined) return 0;
    const { counted, ignored } = indexFailures(failed);
    const { now } = this.#context;
    const lastFailure = finishedAt(failed, now);
    return remaining({ failures: counted + ignored + 1, lastFailure }, now);
  }

  #historyAfter(failed: Pod | undefined): IndexHistory {
    if (failed === undefined) return { counted: 0, ignored: 0 };
    const { counted, ignored } = indexFailures(failed);
    const counts = failureVerdict(this.#job, failed).counts;
    return counts ? { counted: counted + 1, ignored } : { counted, ignored: ignored + 1 };
  }

  #createEach(
    count: number,
    manifestOf: (at: number) => ReturnType<typeof jobPod>,
  ): ApiError | undefined {
    const { client, memory, now, record } = this.#context;
    const key = keyOf(this.#job);
    if (count > 0) expectCreations(memory, key, count, now);
    const { done, error } = slowStart(count, (at) => {
      try {
        const { metadata } = client.create("Pod", manifestOf(at));
        record.event(this.#job, "Normal", "SuccessfulCreate", `Created pod: ${metadata.name}`);
      } catch (caught) {
        if (caught instanceof ApiError && !isNamespaceEnding(caught))
          record.event(this.#job, "Warning", "FailedCreate", `Error creating: ${caught.message}`);
        throw caught;
      }
    });
    creationObserved(memory, key, count - done);
    this.active += done;
    return error !== undefined && isNamespaceEnding(error) ? undefined : error;
  }
}
