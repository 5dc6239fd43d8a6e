import type { Pod } from "../../api/types.gen.ts";
import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";
import { finishedAt } from "./pods.ts";

/** First wait before a failed pod is replaced; it doubles with every failure up to the longest. */
const FIRST: Micros = 10 * SECOND;
const LONGEST: Micros = 10 * MINUTE;
/** Doublings after which the longest wait is reached: 10 s · 2^6 > 10 min. */
const DOUBLINGS = 6;

/** Failures of a Job since its last success. */
export interface BackOff {
  readonly failures: number;
  readonly lastFailure: Micros | undefined;
}

export const NO_FAILURES: BackOff = { failures: 0, lastFailure: undefined };

/** The record after pods that were seen finished for the first time: a success starts it anew. */
export function afterFinished(
  before: BackOff,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
  now: Micros,
): BackOff {
  if (succeeded.length === 0 && failed.length === 0) return before;
  const failures = failed.map((pod) => finishedAt(pod, now)).sort((a, b) => a - b);
  const last = failures.at(-1);
  if (succeeded.length === 0)
    return { failures: before.failures + failures.length, lastFailure: last };
  const success = Math.max(...succeeded.map((pod) => finishedAt(pod, now)));
  const later = failures.filter((time) => time > success);
  return later.length === 0 ? NO_FAILURES : { failures: later.length, lastFailure: last };
}

/** How long to wait yet before the next pod after so many failures. */
export function remaining({ failures, lastFailure }: BackOff, now: Micros): Micros {
  if (failures === 0 || lastFailure === undefined) return 0;
  const wait = failures > DOUBLINGS ? LONGEST : Math.min(FIRST * (1 << (failures - 1)), LONGEST);
  return Math.max(0, wait - Math.max(0, now - lastFailure));
}
