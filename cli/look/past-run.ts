import { watchInvariant } from "../../sim/check/registry.ts";
import type { JournalDetail } from "../../sim/engine/journal.ts";
import { formatSpan, type Micros, parseSpan } from "../../sim/engine/time.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";
import type { Arguments } from "../command.ts";
import { readInput } from "../files/read.ts";
import { scenarioGiven } from "../files/scenario-file.ts";
import { type Io, UsageError } from "../io.ts";
import { schedulerName } from "../modules/given.ts";
import { DivergenceError } from "../report-error.ts";
import { openRecording } from "../run/recording.ts";
import { version } from "../version.ts";

/** A scenario or recording that a command looks back at. */
export interface Past {
  readonly scenario: Scenario;
  readonly run: ScenarioRun;
  /** Digest that the end of the run must have: of a recording. */
  readonly digest: string | undefined;
  readonly recordedBy: string | undefined;
}

/** Prepares the run of a file; nothing has happened in it yet. */
export function openPast(args: Arguments, io: Io, detail: JournalDetail): Past {
  const given = args.text("file") ?? "";
  const input = readInput(given, io);
  const recording = openRecording(input);
  const scenario = recording?.scenario ?? scenarioGiven(input, args, io);
  const seed = args.text("seed");
  const scheduler = schedulerName(args);
  const run = new ScenarioRun(scenario, {
    ...(seed === undefined ? {} : { seed }),
    ...(scheduler === undefined ? {} : { scheduler }),
    ...recording?.options,
    detail,
    version: version(),
    invariants: watchInvariant,
  });
  return { scenario, run, digest: recording?.digest, recordedBy: recording?.version };
}

/** Compares the digest of a finished run with that of the recording. Throws `DivergenceError`. */
export function checkDigest({ run, digest, recordedBy }: Past): void {
  const actual = run.result().digest;
  if (digest === undefined || digest === actual) return;
  const by =
    recordedBy === undefined || recordedBy === version()
      ? ""
      : ` It was recorded by version ${recordedBy}, this is ${version()}.`;
  throw new DivergenceError(
    `the replay diverges from the recording: digest ${actual.slice(0, 16)}, recorded ${digest.slice(0, 16)}, seed ${run.seed}.${by}`,
  );
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
