import { pointText } from "../sim/experiment/plan.ts";
import type { ExperimentResult } from "../sim/experiment/result.ts";

/** Lines of cells as comma-separated values (RFC 4180, newline alone). */
export function csvText(lines: readonly (readonly (string | number | boolean | null)[])[]): string {
  return lines.map((line) => `${line.map(quoted).join(",")}\n`).join("");
}

function quoted(cell: string | number | boolean | null): string {
  const text = cell === null ? "" : String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line a cell of an experiment. */
export function cellsCsv({ points, metrics, cells }: ExperimentResult): string {
  const params = [...new Set(points.flatMap((point) => Object.keys(point)))];
  const names = metrics.map(({ name }) => name);
  return csvText([
    ["scheduler", "seed", ...params, ...names, "failures", "digest"],
    ...cells.map(({ scheduler, seed, point, values, failures, digest }) => [
      scheduler,
      seed,
      ...params.map((name) => textOf(point[name])),
      ...names.map((name) => values[name] ?? null),
      failures.length,
      digest,
    ]),
  ]);
}

function textOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A line a metric of a scheduler at a point, with the difference from the baseline. */
export function summaryCsv({ summary, differences }: ExperimentResult): string {
  const nameOf = (row: { point: object; scheduler: string; metric: string }): string =>
    `${JSON.stringify(row.point)} ${row.scheduler} ${row.metric}`;
  const byName = new Map(differences.map((row) => [nameOf(row), row]));
  return csvText([
    [
      "point",
      "scheduler",
      "metric",
      "unit",
      "n",
      "mean",
      "sd",
      "min",
      "median",
      "max",
      "low",
      "high",
      "difference",
      "difference_low",
      "difference_high",
      "significant",
    ],
    ...summary.map((row) => {
      const against = byName.get(nameOf(row));
      const { scheduler, metric, unit, n, mean, sd, min, median, max, low, high } = row;
      return [
        pointText(row.point),
        scheduler,
        metric,
        unit,
        n,
        mean,
        sd,
        min,
        median,
        max,
        low,
        high,
        against?.difference ?? null,
        against?.low ?? null,
        against?.high ?? null,
        against?.significant ?? null,
      ];
    }),
  ]);
}
