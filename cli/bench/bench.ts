import { resolve } from "node:path";
import { stringify } from "yaml";
import { cellsCsv, summaryCsv } from "../../report/csv.ts";
import { experimentHtml } from "../../report/experiment-html.ts";
import { type Cell, shardOf } from "../../sim/experiment/plan.ts";
import { assemble, type CellResult, type ExperimentResult } from "../../sim/experiment/result.ts";
import type { Arguments } from "../command.ts";
import { readInput } from "../files/read.ts";
import { readSets } from "../files/scenario-file.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { styleFor } from "../print/style.ts";
import { commandLine } from "../report-error.ts";
import { version } from "../version.ts";
import { CellStore, type Head } from "./cell-store.ts";
import { type Experiment, readExperiment } from "./experiment-file.ts";
import type { Overrides } from "./overrides.ts";
import { runInProcesses } from "./pool.ts";
import { resultText } from "./print-result.ts";
import { runCell } from "./run-cell.ts";

/** Runs an experiment, a part of one, or puts parts together. */
export async function bench(args: Arguments, io: Io): Promise<ExitCode> {
  const given = args.text("file") ?? "";
  if (given === "merge") return merge(args, io);
  const [extra] = args.texts("dirs");
  if (extra !== undefined)
    throw new UsageError(
      `unexpected argument ${JSON.stringify(extra)}`,
      "Folders go with `ksim bench merge`.",
    );
  const input = readInput(given, io);
  const overrides = overridesOf(args, io);
  const experiment = readExperiment(input, overrides);
  const store = storeOf(args, io);
  store?.open(headOf(experiment));
  const wanted = cellsToRun(experiment, args);
  const found = new Map<number, CellResult>();
  for (const cell of experiment.cells) {
    const known = store?.get(experiment.keyOf(cell));
    if (known !== undefined) found.set(cell.index, known);
  }
  const left = wanted.filter(({ index }) => !found.has(index));
  const progress = progressOf(wanted.length, wanted.length - left.length, args, io);
  const keep = (cell: Cell, result: CellResult): void => {
    found.set(cell.index, result);
    store?.put(experiment.keyOf(cell), result);
    progress();
  };
  const jobs = wholeNumber(args.text("jobs"), "--jobs") ?? 1;
  if (jobs > 1 && left.length > 1)
    await runInProcesses(left, jobs, { type: "setup", input, overrides }, keep);
  else for (const cell of left) keep(cell, runCell(experiment, cell));
  const shown = store === undefined || args.text("shard") === undefined ? experiment.cells : wanted;
  const code = finish(headOf(experiment), results(shown, found), found.size, store, args, io);
  if (code === Exit.failed) tellRepeat(experiment, results(shown, found), args, io);
  return code;
}

function overridesOf(args: Arguments, io: Io): Overrides {
  const schedulers = args
    .text("schedulers")
    ?.split(",")
    .map((name) => name.trim());
  const seeds = wholeNumber(args.text("seeds"), "--seeds");
  const seed = args.text("seed");
  return {
    set: readSets(args),
    version: version(),
    cwd: io.cwd,
    ...(schedulers === undefined ? {} : { schedulers }),
    ...(seeds === undefined ? {} : { seeds }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function headOf(experiment: Experiment): Head {
  return {
    plan: experiment.plan,
    notes: experiment.notes ?? null,
    keys: experiment.cells.map((cell) => experiment.keyOf(cell)),
  };
}

function storeOf(args: Arguments, io: Io): CellStore | undefined {
  const out = args.text("out");
  return out === undefined ? undefined : new CellStore(resolve(io.cwd, out));
}

function results(
  cells: readonly Cell[],
  found: ReadonlyMap<number, CellResult>,
): readonly CellResult[] {
  return cells.flatMap(({ index }) => found.get(index) ?? []);
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
  const [, shard = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (shard < 1 || shard > of)
    throw new UsageError(`--shard: expected i/n like 1/4, got ${JSON.stringify(text)}`);
  return shardOf(cells, shard, of);
}

function progressOf(all: number, before: number, args: Arguments, io: Io): () => void {
  let done = before;
  if (!io.errIsTerminal || args.has("quiet")) return () => {};
  if (before > 0) io.err(`${before} of ${all} runs are there already\n`);
  return () => {
    done++;
    io.err(`run ${done} of ${all}${done === all ? "\n" : "\r"}`);
  };
}

/** Puts shards together: the same result as from one run. */
function merge(args: Arguments, io: Io): ExitCode {
  const dirs = args.texts("dirs");
  if (dirs.length === 0)
    throw new UsageError("expected folders of results", "ksim bench merge DIR…");
  const stores = dirs.map((dir) => new CellStore(resolve(io.cwd, dir)));
  let head: Head | undefined;
  stores.forEach((store, at) => {
    const own = store.head();
    if (own === undefined) throw new UsageError(`${dirs[at]} holds no results of an experiment`);
    if (head !== undefined && head.plan.inputs !== own.plan.inputs)
      throw new UsageError(
        `${dirs[at]} holds results of another experiment than ${dirs[0]}`,
        "Shards must come from the same version, file and options.",
      );
    head = own;
  });
  if (head === undefined) return Exit.usage;
  const { keys } = head;
  const out = storeOf(args, io);
  out?.open(head);
  const found = new Map<string, CellResult>();
  for (const key of keys) {
    const result = stores.map((store) => store.get(key)).find((one) => one !== undefined);
    if (result === undefined) continue;
    found.set(key, result);
    out?.put(key, result);
  }
  const cells = keys.flatMap((key) => found.get(key) ?? []);
  const code = finish(head, cells, cells.length, out, args, io);
  if (cells.length === keys.length) return code;
  io.err(`${keys.length - cells.length} of ${keys.length} runs are missing\n`);
  return Exit.failed;
}

/** Prints the result; a folder gets the files when everything is there. */
function finish(
  head: Head,
  cells: readonly CellResult[],
  known: number,
  store: CellStore | undefined,
  args: Arguments,
  io: Io,
): ExitCode {
  const result = assemble(head.plan, cells);
  if (store !== undefined && known === head.keys.length) {
    store.write("result.json", `${JSON.stringify(result, null, 2)}\n`);
    store.write("cells.csv", cellsCsv(result));
    store.write("summary.csv", summaryCsv(result));
    store.write("report.html", experimentHtml(result, head.notes ?? undefined));
    if (!args.has("quiet")) io.err(`${args.text("out")}/report.html\n`);
  } else if (known < head.keys.length && !args.has("quiet"))
    io.err(`${known} of ${head.keys.length} runs are done\n`);
  print(result, args, io);
  return cells.some(({ failures }) => failures.length > 0) ? Exit.failed : Exit.fine;
}

function print(result: ExperimentResult, args: Arguments, io: Io): void {
  io.out(printed(result, args.text("output"), args, io));
}

function printed(
  result: ExperimentResult,
  format: string | undefined,
  args: Arguments,
  io: Io,
): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(result, null, 2)}\n`;
    case "yaml":
      return stringify(result, { aliasDuplicateObjects: false });
    case "csv":
      return cellsCsv(result);
    case "jsonl":
      return result.cells.map((cell) => `${JSON.stringify(cell)}\n`).join("");
    default:
      return resultText(result, styleFor(args, io), io.columns, format === "wide");
  }
}

/** The command that repeats the first run that failed: of a plain scenario the run itself, else its part of the experiment. */
function tellRepeat(
  { isScenario }: Experiment,
  cells: readonly CellResult[],
  args: Arguments,
  io: Io,
): void {
  const failed = cells.find(({ failures }) => failures.length > 0);
  if (failed === undefined) return;
  const { scheduler, seed } = failed;
  const file = args.text("file") ?? "";
  const sets = args.texts("set").flatMap((set) => ["--set", set]);
  const words = isScenario
    ? [
        "run",
        file,
        ...sets,
        ...(args.text("schedulers") === undefined ? [] : ["--scheduler", scheduler]),
        "--seed",
        seed,
      ]
    : ["bench", file, ...sets, "--schedulers", scheduler, "--seed", seed];
  io.err(`Failed with seed ${seed}. Repeat: ${commandLine(words)}\n`);
}
