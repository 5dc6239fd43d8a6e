import { stringify } from "yaml";
import type { JournalEntry } from "../../sim/engine/journal.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { ksimKind } from "../../sim/scenario/parse.ts";
import { isFine, type RunResult } from "../../sim/scenario/run/run-result.ts";
import { runScenario } from "../../sim/scenario/run/scenario-run.ts";
import { SourceFile } from "../../sim/scenario/source-file.ts";
import type { Arguments } from "../command.ts";
import { isFolder, type NamedText, readInput } from "../files/read.ts";
import { readSets, scenarioGiven } from "../files/scenario-file.ts";
import { placeOf, writeWhole } from "../files/write.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { givenModules } from "../modules/given.ts";
import { styleFor } from "../print/style.ts";
import { Timeline } from "../print/timeline.ts";
import { verdictText } from "../print/verdict.ts";
import { commandLine } from "../report-error.ts";
import { JournalFile } from "./journal-file.ts";
import { runManifests } from "./manifests.ts";
import { demandDigest, openRecording, type Recording, recordingText } from "./recording.ts";
import { runOptions } from "./run-options.ts";

/** Runs what a command line names: a scenario, a recording or plain manifests. */
export function run(args: Arguments, io: Io): ExitCode {
  const given = args.text("file") ?? "";
  if (isFolder(given, io)) return runPlain(args, io, undefined);
  const input = readInput(given, io);
  const recording = openRecording(input, args);
  if (recording !== undefined) refuse(args, FOR_MANIFESTS, "goes with plain manifests");
  if (recording !== undefined) return tell(recording.scenario, recording, args, io);
  const source = new SourceFile(input.name, input.text);
  const kind = ksimKind(source);
  const plain = kind === undefined && looksLikeManifests(source);
  if (plain) return runPlain(args, io, input);
  refuse(args, FOR_MANIFESTS, "goes with plain manifests");
  const scenario = scenarioGiven(input, args, io);
  return tell(scenario, undefined, args, io);
}

const FOR_MANIFESTS = ["nodes", "cluster"];
const FOR_SCENARIOS = ["record", "journal", "set", "controller"];

/** Options that this input cannot heed are not passed over in silence. */
function refuse(args: Arguments, options: readonly string[], why: string): void {
  const given = options.find((name) => args.texts(name).length > 0);
  if (given === undefined) return;
  throw new UsageError(
    `--${given} ${why}`,
    options === FOR_MANIFESTS
      ? "A scenario says under spec.cluster what it runs on."
      : "A scenario applies manifests by apply: {file: …}; `ksim new NAME` writes one to start from.",
  );
}

function runPlain(args: Arguments, io: Io, input: NamedText | undefined): ExitCode {
  refuse(args, FOR_SCENARIOS, "goes with scenarios");
  return runManifests(args, io, input);
}

/** Whether a file holds Kubernetes objects rather than a scenario with a mistake in its head. */
function looksLikeManifests({ documents }: SourceFile): boolean {
  return documents.some(({ value }) => {
    const { apiVersion, kind } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown };
    return (
      typeof apiVersion === "string" &&
      typeof kind === "string" &&
      kind !== "Scenario" &&
      !apiVersion.startsWith("ksim")
    );
  });
}

function tell(
  scenario: Scenario,
  recording: Recording | undefined,
  args: Arguments,
  io: Io,
): ExitCode {
  const options = { ...runOptions(args), ...recording?.options };
  const format = args.text("output") ?? "table";
  const style = styleFor(args, io);
  const people = format === "table" || format === "wide";
  const timeline =
    people && !args.has("quiet")
      ? new Timeline((line) => io.out(`${line}\n`), style, io.columns)
      : undefined;
  const record = placeOf(args, "record", io);
  const path = placeOf(args, "journal", io);
  const journal = path === undefined ? undefined : new JournalFile(path);
  const lines = format === "jsonl" ? new JournalFile(undefined, (text) => io.out(text)) : undefined;
  if (timeline !== undefined) io.out(`${style.bold(scenario.title)}\n`);
  const result = runScenario(scenario, {
    ...options,
    observer: observers(timeline, journal, lines),
  });
  timeline?.flush();
  journal?.close();
  lines?.close();
  if (record !== undefined)
    writeWhole(
      record,
      recordingText(scenario, options, result, readSets(args), givenModules(args)),
    );
  io.out(resultText(result, format, style));
  if (recording !== undefined) demandDigest(recording, result);
  if (isFine(result)) return Exit.fine;
  const again =
    recording === undefined ? repeat(args, result.seed) : commandLine(["run", ...args.line]);
  io.err(`Failed with seed ${result.seed}. Repeat: ${again}\n`);
  return Exit.failed;
}

function observers(
  ...takers: ({ take(entry: JournalEntry): void } | undefined)[]
): (entry: JournalEntry) => void {
  const present = takers.filter((taker) => taker !== undefined);
  return (entry) => {
    for (const taker of present) taker.take(entry);
  };
}

/** The command line that repeats a run. */
function repeat(args: Arguments, seed: string): string {
  const words = args.line.filter(
    (word, at) =>
      word !== "--seed" && args.line[at - 1] !== "--seed" && !word.startsWith("--seed="),
  );
  return commandLine(["run", ...words, "--seed", seed]);
}

function resultText(result: RunResult, format: string, style: ReturnType<typeof styleFor>): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(result, null, 2)}\n`;
    case "yaml":
      return stringify(result);
    case "jsonl":
      return `${JSON.stringify(result)}\n`;
    case "name":
      return `scenario/${result.scenario}\n`;
    default:
      return verdictText(result, style);
  }
}
