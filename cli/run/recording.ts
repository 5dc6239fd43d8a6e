import type { OutsideInput } from "../../server/outside-input.ts";
import { invariantNames } from "../../sim/check/registry.ts";
import type { Micros } from "../../sim/engine/time.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { InputError } from "../../sim/scenario/problem.ts";
import type { RunResult } from "../../sim/scenario/run/run-result.ts";
import type { RunOptions } from "../../sim/scenario/run/scenario-run.ts";
import type { Arguments } from "../command.ts";
import type { NamedText } from "../files/read.ts";
import { UsageError } from "../io.ts";
import { type GivenModules, withModules } from "../modules/given.ts";
import { moduleLoader } from "../modules/module-loader.ts";
import { withRecordedModules } from "../modules/recorded.ts";
import { DivergenceError } from "../report-error.ts";
import { version } from "../version.ts";
import { outsideActs } from "./outside.ts";

interface RecordedFile {
  readonly name: string;
  readonly text: string;
}

/** What a run depended on, and its digest: all that is needed to have it again. */
interface RecordingFile {
  readonly apiVersion: "ksim.dev/v1";
  readonly kind: "Recording";
  readonly version: string;
  readonly scenario: string;
  readonly seed: string;
  readonly scheduler: string | object | null;
  /** End of the run in microseconds, where it is not the scenario's. */
  readonly until: Micros | null;
  readonly set: Readonly<Record<string, string>>;
  /** Modules that the command line named; their texts are among the files. */
  readonly modules?: GivenModules;
  /** Every file that the scenario is made of, the scenario first. */
  readonly files: readonly RecordedFile[];
  /** What a live session added: requests from outside with their times. */
  readonly inputs?: readonly OutsideInput[];
  readonly digest: string;
}

/** A recording, opened: the scenario and how to run it to get the digest. */
export interface Recording {
  readonly scenario: Scenario;
  readonly options: RunOptions;
  readonly digest: string;
  readonly version: string;
}

/** The text of a recording. */
export function recordingText(
  scenario: Scenario,
  options: RunOptions,
  result: Pick<RunResult, "seed" | "digest">,
  set: Readonly<Record<string, string>>,
  modules: GivenModules,
  inputs: readonly OutsideInput[] = [],
): string {
  const file: RecordingFile = {
    apiVersion: "ksim.dev/v1",
    kind: "Recording",
    version: version(),
    scenario: scenario.name,
    seed: result.seed,
    scheduler: options.scheduler ?? null,
    until: options.until ?? null,
    set,
    ...(modules.controllers.length === 0 && modules.scheduler === undefined ? {} : { modules }),
    files: [...scenario.files].map(([name, text], at) => ({
      name: at === 0 ? baseName(name) : name,
      text,
    })),
    ...(inputs.length === 0 ? {} : { inputs }),
    digest: result.digest,
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** No path of a machine goes into a recording. */
function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Without its digest nobody could say whether a replay is what was recorded. */
function demandWhole(file: RecordingFile, { name }: NamedText): void {
  const { digest, seed, set, files } = file;
  const areTexts = (texts: readonly unknown[]): boolean =>
    texts.every((text) => typeof text === "string");
  const lacks = !areTexts([digest])
    ? "digest"
    : !areTexts([seed])
      ? "seed"
      : typeof set !== "object" || set === null || !areTexts(Object.values(set))
        ? "set"
        : !Array.isArray(files) ||
            files.length === 0 ||
            !files.every((one) => areTexts([one?.name, one?.text]))
          ? "files"
          : undefined;
  if (lacks === undefined) return;
  const message = `expected a recording as ksim writes it, its "${lacks}" is not that`;
  throw new InputError([{ file: name, line: 1, column: 1, path: "", message }]);
}

/** What a recording says by itself: options that say it again are not passed over in silence. */
const SAID = ["seed", "set", "scheduler", "controller", "until", "record"] as const;

/** Opens a recording that a command line names; `undefined` when the text is none. Throws `InputError` and `UsageError`. */
export function openRecording(input: NamedText, args: Arguments): Recording | undefined {
  const { text } = input;
  if (!text.startsWith("{") || !text.includes('"Recording"')) return undefined;
  let file: RecordingFile;
  try {
    file = JSON.parse(text) as RecordingFile;
  } catch {
    return undefined;
  }
  if (file.kind !== "Recording") return undefined;
  const given = SAID.find((name) => args.texts(name).length > 0);
  if (given !== undefined)
    throw new UsageError(
      `--${given} goes with scenarios`,
      "A recording says itself how it is run.",
    );
  demandWhole(file, input);
  const [first, ...others] = file.files as readonly [RecordedFile, ...RecordedFile[]];
  const texts = new Map(others.map((other) => [other.name, other.text]));
  const scenario = withRecordedModules(texts, (folder) => {
    const read = parseScenario(first.name, first.text, {
      read: (name) => texts.get(name),
      set: file.set,
      invariants: invariantNames,
      modules: moduleLoader(folder),
    });
    return file.modules === undefined ? read : withModules(read, file.modules, folder, "");
  });
  return {
    scenario,
    digest: file.digest,
    version: file.version,
    options: {
      seed: file.seed,
      ...(file.scheduler === null ? {} : { scheduler: file.scheduler }),
      ...(file.until === null ? {} : { until: file.until }),
      ...(file.inputs === undefined ? {} : { outside: outsideActs(file.inputs) }),
    },
  };
}

/** Compares what a replay came to with what was recorded. Throws `DivergenceError`. */
export function demandDigest(
  recording: Recording,
  { digest, seed }: Pick<RunResult, "digest" | "seed">,
): void {
  if (digest === recording.digest) return;
  const by =
    recording.version === version()
      ? ""
      : ` It was recorded by version ${recording.version}, this is ${version()}.`;
  throw new DivergenceError(
    `the replay diverges from the recording: digest ${digest.slice(0, 16)}, recorded ${recording.digest.slice(0, 16)}, seed ${seed}.${by}`,
  );
}
