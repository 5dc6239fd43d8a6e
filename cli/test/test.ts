import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { watchInvariant } from "../../sim/check/registry.ts";
import { formatProblem, InputError } from "../../sim/scenario/problem.ts";
import { isFine, type RunResult } from "../../sim/scenario/run/run-result.ts";
import { runScenario } from "../../sim/scenario/run/scenario-run.ts";
import type { Arguments } from "../command.ts";
import { filesOf, find, isFolder } from "../files/read.ts";
import { readScenario } from "../files/scenario-file.ts";
import { isScenario } from "../files/select.ts";
import { placeOf, writeWhole } from "../files/write.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { givenWords, hasOwnModules, schedulerName } from "../modules/given.ts";
import { styleFor } from "../print/style.ts";
import { version } from "../version.ts";
import { jsonReport, junitReport, tapReport, textReport } from "./reports.ts";
import type { TestCase } from "./test-case.ts";

type Golden = Record<string, { readonly seed: string; readonly digest: string }>;

/** Options that make other runs of scenarios than are written. */
const ALTERING = ["set", "controller", "scheduler"];

/** Runs scenarios as tests: their expectations, and their digests against golden ones. */
export function test(args: Arguments, io: Io): ExitCode {
  const files = args
    .texts("path")
    .flatMap((path) =>
      isFolder(path, io) ? filesOf(path, io).filter((file) => isScenario(file, io)) : [path],
    );
  if (files.length === 0)
    throw new UsageError(
      `there is no scenario in ${args.texts("path").join(" ")}`,
      "A scenario is a YAML file with kind: Scenario.",
    );
  const altered = ALTERING.find((name) => args.texts(name).length > 0);
  if (args.has("update") && altered !== undefined)
    throw new UsageError(
      `--update goes without --${altered}`,
      "Golden digests are of runs as they are written.",
    );
  const junit = placeOf(args, "junit", io);
  const books = new Map<string, Golden>();
  const cases = files.map((file) => {
    const found = runCase(file, args, io, books);
    if (io.errIsTerminal && !args.has("quiet"))
      io.err(`${found.problems.length === 0 ? "✓" : "✗"} ${file}\n`);
    return found;
  });
  if (args.has("update"))
    for (const [path, golden] of books)
      writeWhole(path, `${JSON.stringify(sorted(golden), null, 2)}\n`);
  if (junit !== undefined) writeWhole(junit, junitReport(cases));
  const format = args.text("output") ?? "table";
  io.out(
    format === "tap"
      ? tapReport(cases)
      : format === "junit"
        ? junitReport(cases)
        : format === "json"
          ? jsonReport(cases)
          : textReport(cases, styleFor(args, io)),
  );
  if (cases.some(({ invalid }) => invalid)) return Exit.input;
  return cases.every(({ problems }) => problems.length === 0) ? Exit.fine : Exit.failed;
}

function runCase(file: string, args: Arguments, io: Io, books: Map<string, Golden>): TestCase {
  const scheduler = schedulerName(args);
  const options = givenWords(args);
  try {
    const scenario = readScenario(file, args, io);
    const once = (): RunResult =>
      runScenario(scenario, {
        detail: "digest",
        invariants: watchInvariant,
        version: version(),
        ...(scheduler === undefined ? {} : { scheduler }),
      });
    const result = once();
    const problems = [...failures(result)];
    if (hasOwnModules(scenario)) problems.push(...differences(result, once()));
    const path = goldenPath(file, args, io);
    const golden = bookOf(path, books);
    if (args.has("update")) golden[scenario.name] = { seed: result.seed, digest: result.digest };
    else {
      const known = golden[scenario.name];
      if (
        known !== undefined &&
        known.seed === result.seed &&
        known.digest !== result.digest &&
        ALTERING.every((name) => args.texts(name).length === 0)
      )
        problems.push(
          `digest ${result.digest.slice(0, 16)} is not the golden ${known.digest.slice(0, 16)}; when the change is wanted: ksim test ${file} --update`,
        );
    }
    const { seed } = result;
    return { file, name: scenario.name, seed, options, result, problems, invalid: false };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return {
      file,
      name: file,
      seed: "",
      options,
      result: undefined,
      problems: error.problems.map(formatProblem),
      invalid: true,
    };
  }
}

/** What a module of the user's own must not depend on shows when the run is done again. */
function* differences(first: RunResult, second: RunResult): IterableIterator<string> {
  if (first.digest === second.digest) return;
  yield `two runs with one seed differ (digests ${first.digest.slice(0, 16)} and ${second.digest.slice(0, 16)}): a module of your own depends on the outside. Likely causes: Date.now() or new Date() (use context.now), Math.random() (use context.random), state kept between runs in the module (use context.memory), or an order that comes from there`;
}

function* failures(result: RunResult): IterableIterator<string> {
  if (isFine(result)) return;
  for (const { name, passed, message } of result.expectations)
    if (!passed) yield `${name}: ${message}`;
  for (const { name, passed, value, threshold } of result.measures)
    if (!passed) yield `${name}: ${value}, expected ${threshold}`;
  yield* result.violations;
}

function goldenPath(file: string, args: Arguments, io: Io): string {
  const given = args.text("golden");
  return given === undefined
    ? join(dirname(find(file, io) ?? file), "golden.json")
    : resolve(io.cwd, given);
}

function bookOf(path: string, books: Map<string, Golden>): Golden {
  const known = books.get(path);
  if (known !== undefined) return known;
  const golden = existsSync(path) ? goldenIn(path) : {};
  books.set(path, golden);
  return golden;
}

function goldenIn(path: string): Golden {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Golden;
  } catch {
    throw new UsageError(
      `${path} holds no golden digests`,
      "ksim test PATH --update writes such a file.",
    );
  }
}

function sorted(golden: Golden): Golden {
  return Object.fromEntries(Object.entries(golden).sort(([a], [b]) => (a < b ? -1 : 1)));
}
