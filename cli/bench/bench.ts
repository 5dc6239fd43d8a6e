import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { type Cell, cellKey, shardOf } from "../../sim/experiment/matrix.ts";
import { type Row, summarize } from "../../sim/experiment/summary.ts";
import { runScenario } from "../../sim/scenario/run/scenario-run.ts";
import type { Arguments } from "../command.ts";
import { readInput } from "../files/read.ts";
import { readSets } from "../files/scenario-file.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { styleFor } from "../print/style.ts";
import { version } from "../version.ts";
import { type Experiment, readExperiment } from "./experiment.ts";
import { runJobs } from "./jobs.ts";
import { type BenchResult, csvText, htmlText, tableText } from "./outputs.ts";

/** What a folder of results knows of its experiment. */
interface Head {
  readonly name: string;
  readonly baseline: string | undefined;
  readonly confidence: number;
  readonly cells: number;
}

/** Runs an experiment, a part of one, or puts parts together. */
export async function bench(args: Arguments, io: Io): Promise<ExitCode> {
  const file = args.text("file") ?? "";
  if (file === "merge") return merge(args, io);
  if (args.texts("dirs").length > 0)
    throw new UsageError(
      `unexpected argument ${JSON.stringify(args.texts("dirs")[0])}`,
      "Folders go with `ksim bench merge`.",
    );
  const experiment = readExperiment(readInput(file, io), {
    schedulers: args
      .text("schedulers")
      ?.split(",")
      .map((name) => name.trim()),
    seeds: wholeNumber(args.text("seeds"), "--seeds"),
    set: readSets(args),
  });
  const cells = cellsToRun(experiment, args);
  const out = args.text("out");
  const folder = out === undefined ? undefined : resolve(io.cwd, out);
  const known = folder === undefined ? [] : open(folder, experiment);
  const done = new Set(known.map(cellKey));
  const left = cells.filter((cell) => !done.has(cellKey(cell)));
  const jobs = wholeNumber(args.text("jobs"), "--jobs") ?? 1;
  const fresh =
    jobs > 1 && left.length > 1
      ? await runJobs(args, jobs, io)
      : runAll(experiment, left, folder, args, io);
  const wanted = new Set(cells.map(cellKey));
  const rows = [...known, ...fresh.filter((row) => !done.has(cellKey(row)))].filter((row) =>
    wanted.has(cellKey(row)),
  );
  if (jobs > 1 && folder !== undefined)
    for (const row of fresh) if (!done.has(cellKey(row))) append(folder, row);
  finish(
    {
      name: experiment.name,
      baseline: experiment.baseline,
      confidence: experiment.confidence,
      cells: experiment.cells.length,
    },
    rows,
    folder,
    args,
    io,
  );
  return Exit.fine;
}

function wholeNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${name}: expected a whole number from 1, got ${JSON.stringify(text)}`);
  return value;
}

function cellsToRun({ cells }: Experiment, args: Arguments): readonly Cell[] {
  const text = args.text("shard");
  if (text === undefined) return cells;
  const [, i = 0, n = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (i < 1 || i > n)
    throw new UsageError(`--shard: expected i/n like 1/4, got ${JSON.stringify(text)}`);
  return shardOf(cells, i, n);
}

/** Runs cells one after the other; each row is kept as soon as it is there. */
function runAll(
  experiment: Experiment,
  cells: readonly Cell[],
  folder: string | undefined,
  args: Arguments,
  io: Io,
): readonly Row[] {
  return cells.map((cell, at) => {
    if (io.errIsTerminal && !args.has("quiet")) io.err(`run ${at + 1} of ${cells.length}\r`);
    const row = runCell(experiment, cell);
    if (folder !== undefined) append(folder, row);
    return row;
  });
}

function runCell(experiment: Experiment, cell: Cell): Row {
  const result = runScenario(experiment.scenario(cell), {
    seed: cell.seed,
    scheduler: experiment.scheduler(cell.scheduler),
    detail: "digest",
    version: version(),
  });
  return {
    ...cell,
    digest: result.digest,
    values: Object.fromEntries(result.measures.map(({ name, value }) => [name, value])),
  };
}

function append(folder: string, row: Row): void {
  appendFileSync(join(folder, "rows.jsonl"), `${JSON.stringify(row)}\n`);
}

/** The rows that a folder has already. Throws `UsageError` when they are of another experiment. */
function open(folder: string, { name, baseline, confidence, cells }: Experiment): readonly Row[] {
  mkdirSync(folder, { recursive: true });
  const head: Head = { name, baseline, confidence, cells: cells.length };
  const path = join(folder, "experiment.json");
  if (existsSync(path) && readFileSync(path, "utf8") !== headText(head))
    throw new UsageError(
      `${folder} holds results of another experiment`,
      "Give another --out, or remove it.",
    );
  writeFileSync(path, headText(head));
  return readRows(folder);
}

function headText(head: Head): string {
  return `${JSON.stringify(head, null, 2)}\n`;
}

function readRows(folder: string): readonly Row[] {
  const path = join(folder, "rows.jsonl");
  if (!existsSync(path)) return [];
  // A run that was broken off may have left half a line.
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as Row];
      } catch {
        return [];
      }
    });
}

function merge(args: Arguments, io: Io): ExitCode {
  const dirs = args.texts("dirs");
  if (dirs.length === 0)
    throw new UsageError("expected folders of results", "ksim bench merge DIR…");
  const rows = new Map<string, Row>();
  let head: Head | undefined;
  for (const dir of dirs) {
    const folder = resolve(io.cwd, dir);
    const path = join(folder, "experiment.json");
    if (!existsSync(path)) throw new UsageError(`${dir} holds no results of an experiment`);
    const found = JSON.parse(readFileSync(path, "utf8")) as Head;
    if (head !== undefined && headText(head) !== headText(found))
      throw new UsageError(`${dir} holds results of another experiment`);
    head = found;
    for (const row of readRows(folder)) rows.set(cellKey(row), row);
  }
  if (head === undefined) return Exit.usage;
  const out = args.text("out");
  const folder = out === undefined ? undefined : resolve(io.cwd, out);
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const merged = [...rows.values()].sort((a, b) => a.index - b.index);
  if (folder !== undefined) {
    writeFileSync(join(folder, "experiment.json"), headText(head));
    writeFileSync(
      join(folder, "rows.jsonl"),
      merged.map((row) => `${JSON.stringify(row)}\n`).join(""),
    );
  }
  if (merged.length < head.cells && !args.has("quiet"))
    io.err(`${merged.length} of ${head.cells} runs are there\n`);
  finish(head, merged, folder, args, io);
  return Exit.fine;
}

function finish(
  head: Head,
  rows: readonly Row[],
  folder: string | undefined,
  args: Arguments,
  io: Io,
): void {
  const ordered = [...rows].sort((a, b) => a.index - b.index);
  const result: BenchResult = {
    apiVersion: "ksim.dev/v1",
    kind: "BenchResult",
    experiment: head.name,
    version: version(),
    baseline: head.baseline ?? null,
    confidence: head.confidence,
    rows: ordered,
    summary: summarize(ordered, head.baseline, head.confidence),
  };
  if (folder !== undefined) {
    writeFileSync(join(folder, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
    writeFileSync(join(folder, "result.csv"), csvText(result));
    writeFileSync(join(folder, "report.html"), htmlText(result));
  }
  const format = args.text("output") ?? "table";
  if (format === "json") io.out(`${JSON.stringify(result, null, 2)}\n`);
  else if (format === "yaml") io.out(stringify(result));
  else if (format === "csv") io.out(csvText(result));
  else if (format === "jsonl") io.out(ordered.map((row) => `${JSON.stringify(row)}\n`).join(""));
  else io.out(tableText(result, styleFor(args, io)));
}
