/** Values of parameters of one cell. */
export type Setting = Readonly<Record<string, string>>;

/** One run of an experiment. */
export interface Cell {
  /** Its place in the experiment: the same in every shard. */
  readonly index: number;
  readonly scheduler: string;
  readonly seed: string;
  readonly setting: Setting;
}

/** Every run of an experiment, in a fixed order: settings, then schedulers, then seeds. */
export function cellsOf(
  schedulers: readonly string[],
  seeds: readonly string[],
  matrix: Readonly<Record<string, readonly unknown[]>>,
): readonly Cell[] {
  const cells: Cell[] = [];
  for (const setting of settingsOf(matrix))
    for (const scheduler of schedulers)
      for (const seed of seeds) cells.push({ index: cells.length, scheduler, seed, setting });
  return cells;
}

/** Every combination of the matrix. */
export function settingsOf(
  matrix: Readonly<Record<string, readonly unknown[]>>,
): readonly Setting[] {
  let settings: Setting[] = [{}];
  for (const [name, values] of Object.entries(matrix))
    settings = settings.flatMap((setting) =>
      values.map((value) => ({ ...setting, [name]: String(value) })),
    );
  return settings;
}

/** Names a cell whatever the order of the matrix: for resuming and merging. */
export function cellKey({ scheduler, seed, setting }: Omit<Cell, "index">): string {
  const parts = Object.entries(setting).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([scheduler, seed, parts]);
}

/** The cells of the i-th of n shards, `i` from 1. */
export function shardOf(cells: readonly Cell[], i: number, n: number): readonly Cell[] {
  return cells.filter(({ index }) => index % n === i - 1);
}
