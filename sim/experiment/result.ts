import { randomFrom } from "../engine/random.ts";
import type { Column, Comparison, ExperimentPlan, Point, SetupFact } from "./plan.ts";
import {
  bootstrapInterval,
  type Interval,
  mean,
  rounded,
  summarize,
  tInterval,
} from "./statistics.ts";

/** What came of one cell. */
export interface CellResult {
  readonly scheduler: string;
  readonly seed: string;
  readonly point: Point;
  readonly digest: string;
  readonly simulatedSeconds: number;
  readonly events: number;
  /** By name of the column; null where there was nothing to measure. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Quantiles 0, 1 … 100 % of the pods' pending time in seconds; empty without a bound pod. */
  readonly pending: readonly number[];
  /** Expectations and thresholds that failed, and steps that the API refused. */
  readonly failures: readonly string[];
}

/** One column over the seeds of a scheduler at a point. */
export interface SummaryRow {
  readonly point: Point;
  readonly scheduler: string;
  readonly metric: string;
  readonly unit: string;
  readonly n: number;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly min: number | null;
  readonly median: number | null;
  readonly max: number | null;
  /** Interval of the mean; null where the seeds are too few. */
  readonly low: number | null;
  readonly high: number | null;
}

/** A scheduler against the baseline: mean of the differences of equal seeds, with its interval. */
export interface DifferenceRow {
  readonly point: Point;
  readonly scheduler: string;
  readonly metric: string;
  readonly unit: string;
  /** Seeds at which both have a value. */
  readonly n: number;
  readonly difference: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Relative to the baseline's mean; null where that is 0. */
  readonly relative: number | null;
  /** Whether the interval leaves 0 out. */
  readonly significant: boolean;
}

/** What came of an experiment. The shape is a promise to scripts. */
export interface ExperimentResult {
  readonly apiVersion: "ksim.dev/v1";
  readonly kind: "ExperimentResult";
  readonly experiment: string;
  readonly title: string;
  readonly version: string;
  readonly inputs: string;
  readonly schedulers: readonly string[];
  readonly seeds: readonly string[];
  readonly points: readonly Point[];
  readonly metrics: readonly Column[];
  readonly compare: Comparison;
  readonly setup: readonly SetupFact[];
  readonly summary: readonly SummaryRow[];
  readonly differences: readonly DifferenceRow[];
  readonly cells: readonly CellResult[];
}

/** Puts the answers of all cells together. The order in which they were found makes no difference: `cells` is in the plan's. */
export function assemble(plan: ExperimentPlan, cells: readonly CellResult[]): ExperimentResult {
  const groups = groupsOf(plan, cells);
  return {
    apiVersion: "ksim.dev/v1",
    kind: "ExperimentResult",
    experiment: plan.name,
    title: plan.title,
    version: plan.version,
    inputs: plan.inputs,
    schedulers: plan.schedulers,
    seeds: plan.seeds,
    points: plan.points,
    metrics: plan.columns,
    compare: plan.compare,
    setup: plan.setup ?? [],
    summary: groups.flatMap((group) =>
      plan.columns.map((column) => summaryRow(group, column, plan)),
    ),
    differences: groups.flatMap((group) => differenceRows(group, groups, plan)),
    cells,
  };
}

/** Cells of one scheduler at one point, by seed. */
interface Group {
  readonly point: Point;
  readonly at: number;
  readonly scheduler: string;
  readonly cells: readonly CellResult[];
}

function groupsOf({ points, schedulers }: ExperimentPlan, cells: readonly CellResult[]): Group[] {
  const texts = points.map((point) => JSON.stringify(point));
  const byName = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const name = `${JSON.stringify(cell.point)} ${cell.scheduler}`;
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [cell]);
    else known.push(cell);
  }
  return points.flatMap((point, at) =>
    schedulers.map((scheduler) => ({
      point,
      at,
      scheduler,
      cells: byName.get(`${texts[at]} ${scheduler}`) ?? [],
    })),
  );
}

function valuesOf(cells: readonly CellResult[], name: string): readonly number[] {
  return cells.flatMap(({ values }) => values[name] ?? []);
}

function summaryRow(
  { point, scheduler, cells }: Group,
  column: Column,
  plan: ExperimentPlan,
): SummaryRow {
  const values = valuesOf(cells, column.name);
  const summary = summarize(values);
  const interval = intervalOf(values, plan, `${column.name} ${scheduler}`);
  const shown = (value: number | undefined): number | null =>
    value === undefined ? null : rounded(value);
  return {
    point,
    scheduler,
    metric: column.name,
    unit: column.unit,
    n: values.length,
    mean: shown(summary?.mean),
    sd: values.length < 2 ? null : shown(summary?.sd),
    min: shown(summary?.min),
    median: shown(summary?.median),
    max: shown(summary?.max),
    low: shown(interval?.low),
    high: shown(interval?.high),
  };
}

function intervalOf(
  values: readonly number[],
  { compare, inputs }: ExperimentPlan,
  name: string,
): Interval | undefined {
  return compare.method === "paired-t"
    ? tInterval(values, compare.confidence)
    : bootstrapInterval(values, compare.confidence, randomFrom(inputs).fork(name));
}

/** Equal seeds meet the same arrivals, so their differences say more than the difference of the means. */
function differenceRows(
  group: Group,
  groups: readonly Group[],
  plan: ExperimentPlan,
): DifferenceRow[] {
  const { baseline } = plan.compare;
  if (group.scheduler === baseline) return [];
  const base = groups.find(({ at, scheduler }) => at === group.at && scheduler === baseline);
  if (base === undefined) return [];
  const bySeed = new Map(base.cells.map((cell) => [cell.seed, cell]));
  return plan.columns.flatMap(({ name, unit }) => {
    const pairs = group.cells.flatMap(({ seed, values }) => {
      const [mine, theirs] = [values[name], bySeed.get(seed)?.values[name]];
      return typeof mine === "number" && typeof theirs === "number"
        ? [[mine, theirs] as const]
        : [];
    });
    if (pairs.length === 0) return [];
    const differences = pairs.map(([mine, theirs]) => mine - theirs);
    const interval = intervalOf(differences, plan, `difference ${name} ${group.scheduler}`);
    const difference = mean(differences);
    const before = mean(pairs.map(([, theirs]) => theirs));
    return {
      point: group.point,
      scheduler: group.scheduler,
      metric: name,
      unit,
      n: pairs.length,
      difference: rounded(difference),
      low: interval === undefined ? null : rounded(interval.low),
      high: interval === undefined ? null : rounded(interval.high),
      relative: before === 0 ? null : rounded(difference / before),
      significant:
        interval !== undefined && (rounded(interval.low) > 0 || rounded(interval.high) < 0),
    };
  });
}
