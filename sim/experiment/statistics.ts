import type { Random } from "../engine/random.ts";
import { studentQuantile } from "./student.ts";

/** What a set of numbers looks like. */
export interface Summary {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n - 1); 0 for a single number. */
  readonly sd: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** An estimate with the interval that holds the truth with the asked confidence. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** How many times the bootstrap draws anew. */
const ROUNDS = 2000;

export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sample standard deviation; 0 for fewer than two numbers. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - middle) * (value - middle);
  return Math.sqrt(sum / (values.length - 1));
}

/** Numbers in ascending order. */
export function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

/** The value below which a share of sorted numbers lies, linear between neighbours (R's type 7). Needs at least one. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (at - below);
}

/** Summary of at least one number; `undefined` for none. */
export function summarize(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const sorted = ascending(values);
  return {
    n: values.length,
    mean: mean(values),
    sd: deviation(values),
    min: sorted[0] as number,
    median: quantile(sorted, 0.5),
    max: sorted.at(-1) as number,
  };
}

/**
 * Interval of the mean by Student's t: of differences of pairs it is the paired t interval. `undefined` for fewer
 * than two numbers, whose spread nobody knows.
 */
export function tInterval(values: readonly number[], confidence: number): Interval | undefined {
  if (values.length < 2) return undefined;
  const middle = mean(values);
  const reach =
    (studentQuantile(confidence, values.length - 1) * deviation(values)) / Math.sqrt(values.length);
  return { mean: middle, low: middle - reach, high: middle + reach };
}

/**
 * Interval of the mean by the percentile bootstrap (Efron 1979): means of samples drawn with replacement from a
 * stream of its own, so that the same numbers always give the same interval.
 */
export function bootstrapInterval(
  values: readonly number[],
  confidence: number,
  random: Random,
): Interval | undefined {
  if (values.length < 2) return undefined;
  const means: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    let sum = 0;
    for (let drawn = 0; drawn < values.length; drawn++)
      sum += values[random.int(values.length)] as number;
    means.push(sum / values.length);
  }
  const sorted = ascending(means);
  const outside = (1 - confidence) / 2;
  return {
    mean: mean(values),
    low: quantile(sorted, outside),
    high: quantile(sorted, 1 - outside),
  };
}

/** Numbers of a result are kept to the millionth: finer differs in nothing that was measured. */
export function rounded(value: number): number {
  return Math.round(value * 1_000_000) / 1_000_000;
}
