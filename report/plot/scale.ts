import { formatSpan, type Micros, SECOND } from "../../sim/engine/time.ts";

/** Values to coordinates, in a straight line. */
export interface Scale {
  (value: number): number;
  readonly domain: readonly [number, number];
}

/** A scale from a domain to a range. An empty domain is widened, so that there is always a place. */
export function linear(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): Scale {
  const width = to > from ? to - from : 1;
  const place = (value: number): number => start + ((value - from) / width) * (end - start);
  return Object.assign(place, { domain: [from, from + width] as const });
}

/** The least and the greatest of some columns of numbers; 0..1 of none. */
export function extent(values: Iterable<number>): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/** A domain with some air at both ends; it does not cross 0 where the values do not. */
export function airy(
  [low, high]: readonly [number, number],
  share = 0.06,
): readonly [number, number] {
  if (low === high) return low === 0 ? [0, 1] : [Math.min(0, low * 1.5), Math.max(low * 1.5, 0)];
  const air = (high - low) * share;
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

const NICE = [1, 2, 5, 10];

/** Round values within a domain, about as many as asked for. */
export function ticks([from, to]: readonly [number, number], count: number): readonly number[] {
  const rough = (to - from) / Math.max(1, count);
  let power = 1;
  while (power > rough) power /= 10;
  while (power * 10 <= rough) power *= 10;
  const step = power * (NICE.find((nice) => power * nice >= rough) ?? 10);
  const found: number[] = [];
  for (let at = Math.ceil(from / step); at * step <= to + step * 1e-9; at++)
    found.push(Number((at * step).toPrecision(12)));
  return found;
}

const SPANS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400,
];

/** Round times of a run. */
export function timeTicks(end: Micros, count: number): readonly Micros[] {
  const rough = end / SECOND / Math.max(1, count);
  const step = (SPANS.find((span) => span >= rough) ?? Math.ceil(rough / 86_400) * 86_400) * SECOND;
  const found: Micros[] = [];
  for (let at = 0; at <= end; at += step) found.push(at);
  return found;
}

/** A round time as an axis writes it. */
export function timeText(time: Micros): string {
  return time === 0 ? "0" : formatSpan(time);
}
