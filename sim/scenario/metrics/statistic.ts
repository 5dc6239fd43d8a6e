import type { Sample } from "./metric.ts";

/** A statistic of weighted samples; `undefined` where there is none to be had. Order of samples does not matter except for `last`. */
export function statistic(name: string, samples: readonly Sample[]): number | undefined {
  if (name === "count") return samples.length;
  if (name === "sum") return samples.reduce((sum, { value }) => sum + value, 0);
  const last = samples.at(-1);
  if (last === undefined) return undefined;
  switch (name) {
    case "last":
      return last.value;
    case "min":
      return samples.reduce((least, { value }) => Math.min(least, value), last.value);
    case "max":
      return samples.reduce((most, { value }) => Math.max(most, value), last.value);
    case "mean":
      return mean(samples);
    case "stddev":
      return deviation(samples);
    default:
      return percentile(samples, Number(name.slice(1)) / 100);
  }
}

/** How much a sample counts. */
function weightOf({ weight, density = 1 }: Sample): number {
  return weight * density;
}

function mean(samples: readonly Sample[]): number {
  let sum = 0;
  let weight = 0;
  for (const sample of samples) {
    sum += sample.value * weightOf(sample);
    weight += weightOf(sample);
  }
  return sum / weight;
}

function deviation(samples: readonly Sample[]): number {
  const middle = mean(samples);
  let sum = 0;
  let weight = 0;
  for (const sample of samples) {
    sum += (sample.value - middle) * (sample.value - middle) * weightOf(sample);
    weight += weightOf(sample);
  }
  return Math.sqrt(sum / weight);
}

/** Nearest rank: the least value that a share of the weight does not exceed. */
function percentile(samples: readonly Sample[], share: number): number {
  const sorted = [...samples].sort((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, sample) => sum + weightOf(sample), 0);
  let seen = 0;
  for (const sample of sorted) {
    seen += weightOf(sample);
    if (seen >= share * total) return sample.value;
  }
  return sorted.at(-1)?.value ?? Number.NaN;
}
