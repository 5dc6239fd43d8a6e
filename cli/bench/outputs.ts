import type { Row, Summary } from "../../sim/experiment/summary.ts";
import type { Style } from "../print/style.ts";
import { textTable } from "../print/table.ts";

/** What an experiment came to. */
export interface BenchResult {
  readonly apiVersion: "ksim.dev/v1";
  readonly kind: "BenchResult";
  readonly experiment: string;
  readonly version: string;
  readonly baseline: string | null;
  readonly confidence: number;
  readonly rows: readonly Row[];
  readonly summary: readonly Summary[];
}

/** Numbers as people read them: four significant digits. */
function short(value: number | null): string {
  if (value === null) return "–";
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

function settingText(setting: Readonly<Record<string, string>>): string {
  return Object.entries(setting)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function cells(summary: Summary): Record<string, string> {
  const {
    scheduler,
    setting,
    metric,
    runs,
    mean,
    deviation,
    min,
    max,
    halfWidth,
    difference,
    differenceHalfWidth,
  } = summary;
  return {
    metric,
    ...(Object.keys(setting).length === 0 ? {} : { setting: settingText(setting) }),
    scheduler,
    runs: String(runs),
    mean: `${short(mean)}${halfWidth === null || halfWidth === 0 ? "" : ` ± ${short(halfWidth)}`}`,
    spread: short(deviation),
    min: short(min),
    max: short(max),
    "against baseline":
      difference === null
        ? ""
        : `${difference > 0 ? "+" : ""}${short(difference)} ± ${short(differenceHalfWidth)}`,
  };
}

function byMetric(summary: readonly Summary[]): readonly Summary[] {
  const order = [...new Set(summary.map(({ metric }) => metric))];
  return [...summary].sort((a, b) => order.indexOf(a.metric) - order.indexOf(b.metric));
}

/** A table for people. */
export function tableText(
  { experiment, rows, summary, confidence, baseline }: BenchResult,
  { bold, dim }: Style,
): string {
  const head = bold(`${experiment}: ${rows.length} runs`);
  const foot = dim(
    `± is the half width of the ${confidence * 100} % confidence interval${baseline === null ? "" : `; differences are paired by seed, against ${baseline}`}`,
  );
  return `${head}\n\n${textTable(byMetric(summary).map(cells))}\n${foot}\n`;
}

/** A line a run, for spreadsheets. */
export function csvText({ rows }: BenchResult): string {
  const settings = [...new Set(rows.flatMap(({ setting }) => Object.keys(setting)))];
  const metrics = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  const lines = rows.map(({ scheduler, seed, setting, values, digest }) => [
    scheduler,
    seed,
    ...settings.map((name) => setting[name] ?? ""),
    ...metrics.map((name) => String(values[name] ?? "")),
    digest,
  ]);
  return [["scheduler", "seed", ...settings, ...metrics, "digest"], ...lines]
    .map((line) => `${line.map(quoted).join(",")}\n`)
    .join("");
}

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A page that needs nothing but itself: a plot per metric, and the table. */
export function htmlText(result: BenchResult): string {
  const { experiment, summary, rows } = result;
  const metrics = [...new Set(summary.map(({ metric }) => metric))];
  const plots = metrics
    .map((metric) => `<h2>${escaped(metric)}</h2>\n${plot(metric, result)}`)
    .join("\n");
  const lines = byMetric(summary).map(cells);
  const headings = [...new Set(lines.flatMap((line) => Object.keys(line)))];
  const table = `<table><tr>${headings.map((heading) => `<th>${escaped(heading)}</th>`).join("")}</tr>\n${lines.map((line) => `<tr>${headings.map((heading) => `<td>${escaped(line[heading] ?? "")}</td>`).join("")}</tr>`).join("\n")}</table>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(experiment)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse}td,th{padding:.25rem .75rem;text-align:left;border-bottom:1px solid #ddd}
svg{max-width:100%}svg text{font:13px system-ui,sans-serif}</style></head>
<body><h1>${escaped(experiment)}</h1><p>${rows.length} runs, ksim ${escaped(result.version)}. A dot is a run, a bar the mean.</p>
${plots}
${table}
</body></html>
`;
}

const WIDTH = 720;
const LEFT = 220;
const LINE = 28;

/** A strip per scheduler and setting: a dot for every run, a bar for the mean. */
function plot(metric: string, { summary, rows }: BenchResult): string {
  const strips = summary.filter((one) => one.metric === metric);
  const values = rows.flatMap(({ values: own }) => own[metric] ?? []);
  const low = Math.min(0, ...values);
  const high = Math.max(...values, low + 1e-9);
  const x = (value: number): string =>
    (LEFT + ((value - low) / (high - low)) * (WIDTH - LEFT - 60)).toFixed(1);
  const parts = strips.map((strip, at) => {
    const y = at * LINE + 20;
    const own = rows.filter(
      (row) =>
        row.scheduler === strip.scheduler &&
        settingText(row.setting) === settingText(strip.setting),
    );
    const dots = own.flatMap(({ values: found }) => {
      const value = found[metric];
      return typeof value === "number"
        ? [`<circle cx="${x(value)}" cy="${y}" r="3.5" fill="#3572b0" fill-opacity="0.5"/>`]
        : [];
    });
    const mean =
      strip.mean === null
        ? ""
        : `<rect x="${x(strip.mean)}" y="${y - 9}" width="2" height="18" fill="#b03535"/>`;
    return `<text x="0" y="${y + 4}">${escaped(`${strip.scheduler} ${settingText(strip.setting)}`.trim())}</text>${dots.join("")}${mean}`;
  });
  const bottom = strips.length * LINE + 26;
  const axis = `<text x="${LEFT}" y="${bottom}">${short(low)}</text><text x="${WIDTH - 60}" y="${bottom}">${short(high)}</text>`;
  return `<svg viewBox="0 0 ${WIDTH} ${bottom + 8}" role="img" aria-label="${escaped(metric)}">${parts.join("")}${axis}</svg>`;
}
