/** Values of swept parameters, by name. */
export type Point = Readonly<Record<string, unknown>>;

/** A scheduler of an experiment. */
export interface Contender {
  readonly name: string;
  /** A name of the scheduler registry, or a configuration. */
  readonly config: string | object;
}

/** One number that every cell answers. */
export interface Column {
  readonly name: string;
  readonly metric: string;
  readonly stat: string;
  readonly unit: string;
  /** Labels of the pods that count. */
  readonly selector?: string;
  /** A comparison that every cell must pass, like `< 5s`. */
  readonly threshold?: string;
}

/** How contenders are compared. */
export interface Comparison {
  /** Name of the contender that the others are compared with. */
  readonly baseline: string;
  /** Share of intervals that hold the truth, 0.5..1. */
  readonly confidence: number;
  readonly method: "paired-t" | "bootstrap";
}

/** Something that readers of the results should know of the runs. */
export interface SetupFact {
  readonly name: string;
  readonly text: string;
}

/** Everything that an experiment asks, without what its cells need to run. Plain data. */
export interface ExperimentPlan {
  readonly name: string;
  readonly title: string;
  /** Version of the program that answers. */
  readonly version: string;
  /** Hash over everything that the cells depend on. */
  readonly inputs: string;
  readonly schedulers: readonly string[];
  readonly seeds: readonly string[];
  readonly points: readonly Point[];
  readonly columns: readonly Column[];
  readonly compare: Comparison;
  /** The workload and the cluster in words; not there in folders of older versions. */
  readonly setup?: readonly SetupFact[];
}

/** One run of an experiment: a scheduler, a seed, a point of the matrix. */
export interface Cell {
  readonly index: number;
  readonly scheduler: string;
  readonly seed: string;
  /** Position of its point. */
  readonly point: number;
}

/** Every combination of the values of a matrix, the last parameter turning fastest. One empty point without parameters. */
export function combinations(
  matrix: Readonly<Record<string, readonly unknown[]>>,
): readonly Point[] {
  let points: readonly Point[] = [{}];
  for (const [name, values] of Object.entries(matrix))
    points = points.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  return points;
}

/** The cells of an experiment, in the order in which they are numbered and shared out. */
export function cellsOf({ schedulers, seeds, points }: ExperimentPlan): readonly Cell[] {
  const cells: Cell[] = [];
  points.forEach((_, point) => {
    for (const seed of seeds)
      for (const scheduler of schedulers)
        cells.push({ index: cells.length, scheduler, seed, point });
  });
  return cells;
}

/** The cells of the i-th of n shards, i from 1. Neighbours go to different shards, so that each gets its share of the heavy ones. */
export function shardOf(cells: readonly Cell[], shard: number, of: number): readonly Cell[] {
  return cells.filter(({ index }) => index % of === shard - 1);
}

/** A point as people read it: `replicas=3 nodes=10`. */
export function pointText(point: Point): string {
  return Object.entries(point)
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(" ");
}
