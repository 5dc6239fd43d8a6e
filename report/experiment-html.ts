import { type Column, type Point, pointText } from "../sim/experiment/plan.ts";
import type { DifferenceRow, ExperimentResult, SummaryRow } from "../sim/experiment/result.ts";
import { mean } from "../sim/experiment/statistics.ts";
import { metrics } from "../sim/scenario/metrics/registry.ts";
import { strategies } from "../sim/scheduler/strategies/registry.ts";
import { signed, withUnit } from "./numbers.ts";
import { page, proseTable, table } from "./page.ts";
import { groupColour } from "./plot/colours.ts";
import { columnsOf } from "./plot/columns.ts";
import { distributionPlot } from "./plot/distribution-plot.ts";
import { type IntervalRow, intervalPlot } from "./plot/interval-plot.ts";
import { stripPlot } from "./plot/strip-plot.ts";
import { escaped } from "./plot/svg.ts";

/** The report of an experiment: tables and plots on a page that needs nothing but itself. */
export function experimentHtml(result: ExperimentResult, notes?: string): string {
  const { title, points, seeds, schedulers, cells, version, inputs } = result;
  const facts = `${cells.length} runs: ${schedulers.length} schedulers × ${seeds.length} seeds${points.length > 1 ? ` × ${points.length} settings` : ""}. ksim ${version}, inputs <code>${inputs.slice(0, 12)}</code>.`;
  const sections = points.map((point) => {
    const heading = points.length > 1 ? `<h2>${escaped(pointText(point))}</h2>\n` : "";
    return `${heading}${pointSection(result, point)}`;
  });
  const failed = cells.filter(({ failures }) => failures.length > 0);
  return page(
    title,
    [
      `<h1>${escaped(title)}</h1>`,
      `<p class="dim small">${facts}</p>`,
      notes === undefined ? "" : `<p>${escaped(notes)}</p>`,
      ...sections,
      background(result),
      failed.length === 0 ? "" : `<h2>Runs that failed</h2>\n${failedTable(failed)}`,
    ]
      .filter((part) => part !== "")
      .join("\n"),
  );
}

function pointSection(result: ExperimentResult, point: Point): string {
  const name = JSON.stringify(point);
  const cells = result.cells.filter((cell) => JSON.stringify(cell.point) === name);
  const summary = result.summary.filter((row) => JSON.stringify(row.point) === name);
  const differences = result.differences.filter((row) => JSON.stringify(row.point) === name);
  const level = result.points.length > 1 ? "h3" : "h2";
  const head = (text: string): string => `<${level}>${text}</${level}>`;
  const parts = [head("Mean ± standard deviation"), summaryTable(result, summary)];
  if (differences.some(isDifferent)) {
    const { baseline, confidence, method } = result.compare;
    parts.push(
      head(`Differences from ${escaped(baseline)}`),
      `<p class="small dim">Pairs of equal seeds; lines are ${withUnit(confidence, "share")} intervals (${method === "paired-t" ? "paired t" : "bootstrap"}). Full dots: the interval leaves out 0.</p>`,
      intervalPlot(
        "Differences from the baseline, in per cent",
        `difference in per cent of the mean of ${baseline}`,
        intervalRows(result, summary, differences),
      ),
      differenceTable(differences),
    );
  }
  parts.push(
    head("Every run"),
    `<p class="small dim">A dot is a run, the box holds the middle half, the diamond is the mean.</p>`,
    `<div class="plots">${strips(result, cells)}</div>`,
  );
  const curves = result.schedulers.flatMap((group) => {
    const own = cells.filter(({ scheduler, pending }) => scheduler === group && pending.length > 0);
    if (own.length === 0) return [];
    const quantiles = Array.from({ length: 101 }, (_, at) =>
      mean(own.map(({ pending }) => pending[at] ?? 0)),
    );
    return [{ group, quantiles }];
  });
  const waited = curves.some(({ quantiles }) => (quantiles[99] ?? 0) > 0);
  if (curves.length > 0 && !waited)
    parts.push(
      head("How long pods waited for a node"),
      "<p>Of a hundred pods ninety-nine did not wait at all, with any scheduler.</p>",
    );
  if (waited)
    parts.push(
      head("How long pods waited for a node"),
      `<p class="small dim">Share of the placed pods that waited at most so long, up to the 99th percentile; quantiles averaged over the seeds.</p>`,
      distributionPlot(
        "Distribution of the pending time",
        "seconds",
        { x: "time from a pod's creation to its binding", y: "share of pods" },
        curves,
      ),
    );
  return parts.join("\n");
}

function summaryTable(
  { metrics, schedulers }: ExperimentResult,
  summary: readonly SummaryRow[],
): string {
  const rows = metrics.map(({ name, unit }) => [
    escaped(name),
    ...schedulers.map((scheduler) => {
      const row = summary.find((one) => one.metric === name && one.scheduler === scheduler);
      if (row === undefined || row.mean === null) return "–";
      const spread =
        row.sd === null || row.sd === 0
          ? ""
          : ` <span class="dim">± ${withUnit(row.sd, unit)}</span>`;
      return `${withUnit(row.mean, unit)}${spread}`;
    }),
  ]);
  return table(["metric", ...schedulers.map(escaped)], rows);
}

/** Metrics without any difference say nothing here. */
function isDifferent({ difference, low, high }: DifferenceRow): boolean {
  return difference !== 0 || low !== high;
}

/** Differences relative to the mean of the baseline; those of a baseline of 0 have none. */
function intervalRows(
  { schedulers, compare }: ExperimentResult,
  summary: readonly SummaryRow[],
  differences: readonly DifferenceRow[],
): readonly IntervalRow[] {
  const many = schedulers.length > 2;
  return differences.flatMap((row) => {
    const base = summary.find(
      ({ metric, scheduler }) => metric === row.metric && scheduler === compare.baseline,
    )?.mean;
    if (base === undefined || base === null || base === 0 || row.difference === 0) return [];
    const size = Math.abs(base);
    return [
      {
        name: many ? `${row.metric} · ${row.scheduler}` : row.metric,
        colour: groupColour(schedulers.indexOf(row.scheduler)),
        middle: row.difference / size,
        low: row.low === null ? undefined : row.low / size,
        high: row.high === null ? undefined : row.high / size,
        tip: `${row.scheduler}: ${row.metric} ${signed(row.difference, row.unit)}`,
      },
    ];
  });
}

function differenceTable(differences: readonly DifferenceRow[]): string {
  const rows = differences
    .filter(isDifferent)
    .map((row) => [
      escaped(row.metric),
      escaped(row.scheduler),
      row.difference === 0 ? "0" : signed(row.difference, row.unit),
      row.relative === null || row.difference === 0
        ? ""
        : `${row.relative > 0 ? "+" : ""}${Math.round(row.relative * 1000) / 10} %`,
      row.low === null || row.high === null
        ? "–"
        : `${signed(row.low, row.unit)} … ${signed(row.high, row.unit)}`,
      row.significant ? "yes" : '<span class="dim">no</span>',
    ]);
  return table(["metric", "scheduler", "difference", "relative", "interval", "0 left out"], rows);
}

function strips(
  { metrics, schedulers }: ExperimentResult,
  cells: ExperimentResult["cells"],
): string {
  return metrics
    .map((column) => {
      const { name, unit } = column;
      const rows = cells.flatMap(({ scheduler, seed, values }) => {
        const value = values[name];
        return typeof value === "number"
          ? [
              {
                group: scheduler,
                value,
                tip: `${scheduler}, seed ${seed}: ${withUnit(value, unit)}`,
              },
            ]
          : [];
      });
      // The table above says it all of what is the same in every run.
      if (rows.every(({ value }) => value === rows[0]?.value)) return "";
      const plot = stripPlot(
        name,
        unit,
        axisOf(column),
        schedulers,
        columnsOf(rows, ["group", "value", "tip"]),
      );
      return `<figure style="margin:0"><h3>${escaped(name)}</h3>${plot}</figure>`;
    })
    .join("\n");
}

/** What the axis of a metric's plot says. */
function axisOf({ metric, stat, unit }: Column): string {
  const what = stat === "sum" || stat === "count" ? metric : `${stat} of ${metric}`;
  return ["seconds", "share", "count"].includes(unit) ? what : `${what}, in ${unit}`;
}

/** What was run and measured, for readers who have seen neither the file nor the manual. */
function background({ setup, schedulers, metrics: columns, seeds }: ExperimentResult): string {
  const facts = [
    ...setup.map(({ name, text }) => [name, escaped(text)]),
    ["seeds", escaped(seeds.length > 6 ? `${seeds[0]} … ${seeds.at(-1)}` : seeds.join(", "))],
    ...schedulers.map((scheduler) => {
      const known = strategies.find(({ name }) => name === scheduler);
      const text = known === undefined ? "of its own file" : `${known.describe} (${known.source})`;
      return [`scheduler <code>${escaped(scheduler)}</code>`, escaped(text)];
    }),
  ];
  const measured = columns.map(({ name, metric, stat, unit, selector, threshold }) => [
    escaped(name),
    escaped(stat),
    escaped(unit === "share" ? "%" : unit),
    `${escaped(metrics.find((known) => known.name === metric)?.description ?? metric)}${selector === undefined ? "" : ` Pods with ${escaped(selector)}.`}`,
    escaped(threshold ?? ""),
  ]);
  const withThresholds = columns.some(({ threshold }) => threshold !== undefined);
  const shown = (row: readonly string[]): readonly string[] =>
    withThresholds ? row : row.slice(0, -1);
  return [
    "<h2>What was run</h2>",
    proseTable([], facts),
    "<h2>What was measured</h2>",
    proseTable(
      shown(["metric", "statistic", "unit", "what it measures", "threshold"]),
      measured.map(shown),
    ),
  ].join("\n");
}

function failedTable(cells: ExperimentResult["cells"]): string {
  return table(
    ["scheduler", "seed", "setting", "why"],
    cells
      .slice(0, 200)
      .map(({ scheduler, seed, point, failures }) => [
        escaped(scheduler),
        escaped(seed),
        escaped(pointText(point)),
        escaped(failures.join("; ")),
      ]),
  );
}
