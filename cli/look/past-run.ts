import type { JournalDetail } from "../../sim/engine/journal.ts";
import { formatSpan, type Micros, parseSpan } from "../../sim/engine/time.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";
import type { Arguments } from "../command.ts";
import { readInput } from "../files/read.ts";
import { scenarioGiven } from "../files/scenario-file.ts";
import { type Io, UsageError } from "../io.ts";
import { demandDigest, openRecording, type Recording } from "../run/recording.ts";
import { runOptions } from "../run/run-options.ts";

/** A scenario or recording that a command looks back at. */
export interface Past {
  readonly scenario: Scenario;
  readonly run: ScenarioRun;
  /** What its end must come to. */
  readonly recording: Recording | undefined;
}

/** Prepares the run of a file; nothing has happened in it yet. */
export function openPast(args: Arguments, io: Io, detail: JournalDetail): Past {
  const given = args.text("file") ?? "";
  const input = readInput(given, io);
  const recording = openRecording(input, args);
  const scenario = recording?.scenario ?? scenarioGiven(input, args, io);
  const run = new ScenarioRun(scenario, { ...runOptions(args), ...recording?.options, detail });
  return { scenario, run, recording };
}

/** Runs a recording to its end and compares the digests. Throws `DivergenceError`. */
export function checkDigest({ run, recording }: Past): void {
  if (recording === undefined) return;
  run.advance(run.end);
  demandDigest(recording, run.result());
}

/** A time that an option or word gives. */
export function readTime(text: string | undefined, name: string, fallback: Micros): Micros {
  if (text === undefined) return fallback;
  const time = parseSpan(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text);
  if (time === undefined)
    throw new UsageError(`${name}: expected a time like 90s or 2m30s, got ${JSON.stringify(text)}`);
  return time;
}

/** An instant of a run that an option or word gives; of a later one its end, and the user is told. */
export function readInstant(
  text: string | undefined,
  name: string,
  fallback: Micros,
  { end }: ScenarioRun,
  io: Io,
): Micros {
  const time = readTime(text, name, fallback);
  if (time <= end) return time;
  io.err(`ksim: ${name} ${text}: the run ends at ${formatSpan(end)}, this is how it ends\n`);
  return end;
}
