import type { Cell } from "./matrix.ts";
import { cellKey, type Setting } from "./matrix.ts";

/** What one run gave. */
export interface Row extends Cell {
  readonly digest: string;
  readonly values: Readonly<Record<string, number | null>>;
}

/** A metric of one scheduler in one setting, over its seeds. */
export interface Summary {
  readonly scheduler: string;
  readonly setting: Setting;
  readonly metric: string;
  readonly runs: number;
  readonly mean: number | null;
  /** Standard deviation of the sample. */
  readonly deviation: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Half width of the confidence interval of the mean. */
  readonly halfWidth: number | null;
  /** Mean of the differences from the baseline run of the same seed, and the half width of its interval. */
  readonly difference: number | null;
  readonly differenceHalfWidth: number | null;
}

/** Quantiles of the standard normal distribution for usual confidences; experiments have seeds enough for it. */
const QUANTILES: readonly (readonly [confidence: number, quantile: number])[] = [
  [0.8, 1.2816],
  [0.9, 1.6449],
  [0.95, 1.96],
  [0.98, 2.3263],
  [0.99, 2.5758],
  [0.999, 3.2905],
];

function quantileOf(confidence: number): number {
  return (QUANTILES.find(([known]) => known >= confidence) ?? QUANTILES.at(-1))?.[1] ?? 1.96;
}

/** Sums the rows of an experiment up: mean and spread of every metric, and the paired difference from a baseline. */
export function summarize(
  rows: readonly Row[],
  baseline: string | undefined,
  confidence: number,
): readonly Summary[] {
  const ordered = [...rows].sort((a, b) => a.index - b.index);
  const groups = new Map<string, Row[]>();
  for (const row of ordered) {
    const key = cellKey({ ...row, seed: "" });
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const byCell = new Map(ordered.map((row) => [cellKey(row), row]));
  const quantile = quantileOf(confidence);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return Object.keys(first.values).map((metric): Summary => {
      const values = group.flatMap(({ values: own }) => own[metric] ?? []);
      const differences =
        baseline === undefined || first.scheduler === baseline
          ? []
          : differencesOf(group, metric, baseline, byCell);
      return {
        scheduler: first.scheduler,
        setting: first.setting,
        metric,
        runs: group.length,
        ...spread(values, quantile),
        difference: differences.length === 0 ? null : mean(differences),
        differenceHalfWidth: differences.length === 0 ? null : halfWidth(differences, quantile),
      };
    });
  });
}

/** Runs of one seed see the same pods: the difference within a pair has less noise than the difference of means. */
function differencesOf(
  group: readonly Row[],
  metric: string,
  baseline: string,
  byCell: ReadonlyMap<string, Row>,
): number[] {
  return group.flatMap((row) => {
    const other = byCell.get(cellKey({ ...row, scheduler: baseline }))?.values[metric];
    const own = row.values[metric];
    return typeof own === "number" && typeof other === "number" ? [own - other] : [];
  });
}

function spread(
  values: readonly number[],
  quantile: number,
): Pick<Summary, "mean" | "deviation" | "min" | "max" | "halfWidth"> {
  if (values.length === 0)
    return { mean: null, deviation: null, min: null, max: null, halfWidth: null };
  return {
    mean: mean(values),
    deviation: deviation(values),
    min: values.reduce((least, value) => Math.min(least, value)),
    max: values.reduce((most, value) => Math.max(most, value)),
    halfWidth: halfWidth(values, quantile),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - middle) * (value - middle), 0) /
      (values.length - 1),
  );
}

function halfWidth(values: readonly number[], quantile: number): number {
  return (quantile * deviation(values)) / Math.sqrt(values.length);
}
