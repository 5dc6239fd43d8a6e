import type { Job, Pod } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { isActive } from "../runtime/pods.ts";
import { afterFinished, type BackOff } from "./back-off.ts";
import { Indexes } from "./indexes.ts";
import {
  countsAsFailed,
  finishedAt,
  indexFailures,
  indexOf,
  isIndexed,
  isTracked,
} from "./pods.ts";
import { failureVerdict } from "./policies.ts";

/** Uids of pods whose end is written down but whose finalizers may still be there: so that none is counted twice or lost. */
export interface Uncounted {
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
}

/** How far a Job is, as its pods and its status tell. */
export interface Tally {
  readonly succeeded: number;
  /** Failures that count. */
  readonly failed: number;
  /** Completed indexes that the status tells, and those with what was seen since. */
  readonly before: Indexes;
  readonly succeededIndexes: Indexes;
  /** Only with a back-off limit per index. */
  readonly failedIndexes: Indexes | undefined;
  /** The last failed pod of each index that is still to be tried: it tells how often the index failed. */
  readonly lastFailed: ReadonlyMap<number, Pod>;
  readonly backOff: BackOff;
}

export function uncountedOf({ status }: Job): Uncounted {
  const { succeeded = [], failed = [] } = status?.uncountedTerminatedPods ?? {};
  return { succeeded, failed };
}

/** Counts a Job's pods. `removed`: uids of pods that were counted, although the cache shows them as before. */
export function tallyOf(
  job: Job,
  pods: readonly Pod[],
  removed: ReadonlySet<string>,
  backOff: BackOff,
  now: Micros,
): Tally {
  const { succeeded, failed } = uncountedOf(job);
  const isNew = (pod: Pod, counted: readonly string[]) =>
    isTracked(pod) &&
    !removed.has(pod.metadata.uid) &&
    !counted.includes(pod.metadata.uid) &&
    (!isIndexed(job) || indexOf(pod, job) !== undefined);
  const ended = pods.filter((pod) => pod.status?.phase === "Succeeded" && isNew(pod, succeeded));
  const lost = pods.filter((pod) => countsAsFailed(pod, job) && isNew(pod, failed));
  const counting = lost.filter((pod) => failureVerdict(job, pod).counts);
  const tally: Tally = {
    succeeded: (job.status?.succeeded ?? 0) + ended.length + succeeded.length,
    failed: (job.status?.failed ?? 0) + counting.length + failed.length,
    before: Indexes.none,
    succeededIndexes: Indexes.none,
    failedIndexes: undefined,
    lastFailed: new Map(),
    backOff: afterFinished(backOff, ended, lost, now),
  };
  return isIndexed(job) ? withIndexes(tally, job, pods, now) : tally;
}

function withIndexes(tally: Tally, job: Job, pods: readonly Pod[], now: Micros): Tally {
  const { completions, backoffLimitPerIndex } = job.spec;
  const tracked = pods.filter(isTracked);
  const before = Indexes.parse(job.status?.completedIndexes, completions);
  const done = tracked.filter((pod) => pod.status?.phase === "Succeeded");
  const succeededIndexes = before.with(indexesOf(done, job));
  const counted = { ...tally, before, succeededIndexes, succeeded: succeededIndexes.size };
  if (backoffLimitPerIndex === undefined) return counted;
  const lost = tracked.filter((pod) => endsIndex(pod, job, backoffLimitPerIndex));
  const failedIndexes = Indexes.parse(job.status?.failedIndexes, completions).with(
    indexesOf(lost, job),
  );
  const lastFailed = lastFailures(job, pods, succeededIndexes, failedIndexes, now);
  return { ...counted, failedIndexes, lastFailed };
}

/** Valid completion indexes of pods. */
export function indexesOf(pods: readonly Pod[], job: Job): readonly number[] {
  return pods.map((pod) => indexOf(pod, job)).filter((index) => index !== undefined);
}

function endsIndex(pod: Pod, job: Job, limit: number): boolean {
  if (!countsAsFailed(pod, job)) return false;
  const { counts, action } = failureVerdict(job, pod);
  return action === "FailIndex" || (counts && indexFailures(pod).counted >= limit);
}

function lastFailures(
  job: Job,
  pods: readonly Pod[],
  succeeded: Indexes,
  failed: Indexes,
  now: Micros,
): ReadonlyMap<number, Pod> {
  const last = new Map<number, Pod>();
  const done = new Set([...succeeded, ...failed, ...indexesOf(pods.filter(isActive), job)]);
  const failures = (pod: Pod) => indexFailures(pod).counted + indexFailures(pod).ignored;
  for (const pod of pods) {
    const index = indexOf(pod, job);
    if (index === undefined || done.has(index)) continue;
    if (!isTracked(pod) || !countsAsFailed(pod, job)) continue;
    const before = last.get(index);
    const isLater =
      before === undefined ||
      (failures(before) <= failures(pod) && finishedAt(pod, now) >= finishedAt(before, now));
    if (isLater) last.set(index, pod);
  }
  return last;
}
