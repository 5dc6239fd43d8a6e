/**
 * Decaying histograms as upstream's recommender keeps them: buckets that grow by 5 %, weights that halve in 24 h.
 * Powers are made by multiplication alone, so that every JavaScript engine finds the same bits.
 */

/** 2^(-1/1440): what a minute leaves of a weight that halves in a day. */
const MINUTE_DECAY = 0.999518763622666;
const RATIO = 1.05;

/** Where the buckets of a resource begin. */
export interface Scale {
  readonly starts: readonly number[];
}

/** A histogram as plain data. */
export interface Histogram {
  readonly weights: readonly number[];
  readonly total: number;
  /** Minute to which the weights are decayed. */
  readonly minute: number;
}

/** No samples yet. */
export const EMPTY: Histogram = { weights: [], total: 0, minute: 0 };

/** Buckets from the width of the first to the largest value. */
export function scaleOf(first: number, largest: number): Scale {
  const starts = [0];
  let width = first;
  let start = first;
  while (start < largest) {
    starts.push(start);
    width *= RATIO;
    start += width;
  }
  return { starts };
}

/** `base` to a whole, not negative power. */
function power(base: number, exponent: number): number {
  let result = 1;
  let factor = base;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}

function bucketOf({ starts }: Scale, value: number): number {
  let from = 0;
  let to = starts.length - 1;
  while (from < to) {
    const middle = (from + to + 1) >> 1;
    if ((starts[middle] ?? 0) <= value) from = middle;
    else to = middle - 1;
  }
  return from;
}

/** The histogram with a sample more; a negative weight takes one out again. */
export function withSample(
  scale: Scale,
  histogram: Histogram,
  value: number,
  weight: number,
  minute: number,
): Histogram {
  const decay = power(MINUTE_DECAY, Math.max(0, minute - histogram.minute));
  const weights = Array.from(
    { length: scale.starts.length },
    (_, at) => (histogram.weights[at] ?? 0) * decay,
  );
  const at = bucketOf(scale, value);
  weights[at] = Math.max(0, (weights[at] ?? 0) + weight);
  let total = 0;
  for (const one of weights) total += one;
  return { weights, total, minute };
}

/** End of the bucket in which a share of all weight is reached; 0 without samples. */
export function percentile(
  { starts }: Scale,
  { weights, total }: Histogram,
  share: number,
): number {
  if (total <= 0) return 0;
  let sum = 0;
  for (let at = 0; at < weights.length; at++) {
    sum += weights[at] ?? 0;
    if (sum >= share * total) return starts[at + 1] ?? starts[at] ?? 0;
  }
  return starts.at(-1) ?? 0;
}
