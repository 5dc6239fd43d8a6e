import { signed, withUnit } from "../../report/numbers.ts";
import { pointText } from "../../sim/experiment/plan.ts";
import type { DifferenceRow, ExperimentResult, SummaryRow } from "../../sim/experiment/result.ts";
import type { Style } from "../print/style.ts";
import { gridText } from "../print/table.ts";

/** A result as tables: metrics down, schedulers across, as many as fit side by side. */
export function resultText(
  result: ExperimentResult,
  style: Style,
  columns: number,
  wide: boolean,
): string {
  const { title, points, compare, cells, seeds } = result;
  const count = seeds.length === 1 ? "1 seed" : `${seeds.length} seeds`;
  const lines = [style.bold(`${title}: ${cells.length} runs, ${count}`), ""];
  points.forEach((point) => {
    if (points.length > 1) lines.push(style.bold(pointText(point)), "");
    lines.push(...summaryLines(result, JSON.stringify(point), columns, wide), "");
    const against = differenceLines(result, JSON.stringify(point), style);
    if (against.length > 0)
      lines.push(
        `Against ${compare.baseline}, pairs of equal seeds, ${withUnit(compare.confidence, "share")} intervals (${compare.method}):`,
        ...against,
        "",
      );
  });
  lines.push(
    style.dim(`mean ± standard deviation over the seeds${wide ? " [least … greatest]" : ""}`),
  );
  const failed = cells.filter(({ failures }) => failures.length > 0);
  for (const { scheduler, seed, point, failures } of failed.slice(0, 10))
    lines.push(
      style.red(
        `✗ ${scheduler}, seed ${seed} ${pointText(point)}: ${failures[0]}${failures.length > 1 ? ` and ${failures.length - 1} more` : ""}`,
      ),
    );
  if (failed.length > 10) lines.push(style.red(`… and ${failed.length - 10} more runs`));
  return `${lines.join("\n")}\n`;
}

function summaryLines(
  { summary, metrics, schedulers }: ExperimentResult,
  point: string,
  columns: number,
  wide: boolean,
): readonly string[] {
  const rows = new Map(
    summary
      .filter((row) => JSON.stringify(row.point) === point)
      .map((row) => [`${row.scheduler} ${row.metric}`, row]),
  );
  const texts = schedulers.map((scheduler) => [
    scheduler,
    ...metrics.map(({ name }) => cellText(rows.get(`${scheduler} ${name}`), wide)),
  ]);
  const head = ["METRIC", ...metrics.map(({ name }) => name)];
  const lines: string[] = [];
  for (const block of blocks(texts, head, columns)) {
    if (lines.length > 0) lines.push("");
    const grid = head.map((name, at) => [name, ...block.map((column) => column[at] ?? "")]);
    lines.push(...gridText(grid).trimEnd().split("\n"));
  }
  return lines;
}

/** Columns in groups that fit into the width; at least one each. */
function blocks(
  texts: readonly (readonly string[])[],
  head: readonly string[],
  columns: number,
): readonly (readonly (readonly string[])[])[] {
  const width = (cells: readonly string[]): number =>
    Math.max(...cells.map((cell) => cell.length)) + 3;
  const found: (readonly string[])[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const column of texts) {
    if (used + width(column) > columns) {
      found.push([]);
      used = width(head);
    }
    found.at(-1)?.push(column);
    used += width(column);
  }
  return found;
}

function cellText(row: SummaryRow | undefined, wide: boolean): string {
  if (row === undefined || row.mean === null) return "–";
  const { unit, mean, sd, min, max } = row;
  const spread = sd === null || sd === 0 ? "" : ` ± ${withUnit(sd, unit)}`;
  return `${withUnit(mean, unit)}${spread}${wide ? ` [${withUnit(min, unit)} … ${withUnit(max, unit)}]` : ""}`;
}

function differenceLines(
  { differences }: ExperimentResult,
  point: string,
  style: Style,
): readonly string[] {
  const rows = differences.filter(
    (row) => JSON.stringify(row.point) === point && (row.difference !== 0 || row.significant),
  );
  if (rows.length === 0) return [];
  const grid = gridText(rows.map(differenceCells)).trimEnd().split("\n");
  return grid.map((line, at) => (rows[at]?.significant === true ? line : style.dim(line)));
}

function differenceCells(row: DifferenceRow): readonly string[] {
  const { scheduler, metric, unit, difference, low, high, relative, significant } = row;
  const interval =
    low === null || high === null ? "" : `[${signed(low, unit)}, ${signed(high, unit)}]`;
  return [
    `  ${scheduler}`,
    metric,
    signed(difference, unit),
    relative === null ? "" : `${relative > 0 ? "+" : ""}${Math.round(relative * 1000) / 10} %`,
    interval,
    significant ? "*" : "",
  ];
}
