import { resolve } from "node:path";
import { type CampaignResult, type Failure, runCampaign } from "../../sim/check/campaign.ts";
import { invariantNames, watchInvariant } from "../../sim/check/registry.ts";
import { MINUTE, type Micros, parseSpan } from "../../sim/engine/time.ts";
import { clockText } from "../../sim/history/clock-text.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { runScenario } from "../../sim/scenario/run/scenario-run.ts";
import { nearest } from "../../sim/scenario/schema/distance.ts";
import type { Arguments } from "../command.ts";
import { type NamedText, readInput } from "../files/read.ts";
import { scenarioGiven } from "../files/scenario-file.ts";
import { placeOf, writeWhole } from "../files/write.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { givenWords, schedulerName } from "../modules/given.ts";
import { styleFor } from "../print/style.ts";
import { commandLine } from "../report-error.ts";
import { ownLaws } from "./own-expectations.ts";
import { shrunkFile } from "./shrunk-file.ts";
import { patientOf } from "./trial.ts";

/** Time for recovery after the last fault: an unreachable node's pods go after 355 s. */
const RECOVERY: Micros = 12 * MINUTE;

/** Runs a scenario with random faults, again and again, and checks the invariants. */
export function check(args: Arguments, io: Io): ExitCode {
  const given = args.text("file") ?? "";
  const input = readInput(given, io);
  const scenario = scenarioGiven(input, args, io);
  const runs = count(args.text("runs") ?? "20", "--runs");
  placeOf(args, "out", io);
  const seed = args.text("seed") ?? scenario.seed;
  const { controlPlane, ownControllers = [] } = scenario.cluster;
  const patient = withScheduler(scenario, schedulerName(args));
  const laws = wanted(args, scenario);
  if (!args.has("quiet")) tellOfUnmet(patient, given, args, io);
  const { trial, steps } = patientOf(patient, laws, scenario.duration + RECOVERY);
  const result = runCampaign(trial, {
    seed,
    runs,
    playground: {
      until: scenario.duration,
      replicas: controlPlane?.replicas ?? 1,
      controllers: ownControllers.map(({ name }) => name),
      steps,
    },
    goOn: budget(args.text("budget")),
    exhaustive: args.has("exhaustive"),
    progress: (run) => {
      if (io.errIsTerminal && !args.has("quiet")) io.err(`run ${run + 1}\r`);
    },
  });
  tell(result, input, args, io);
  return result.failure === undefined ? Exit.fine : Exit.failed;
}

/** What a scenario expects and does not keep without faults either, faults cannot be blamed for: it is not looked at. */
function tellOfUnmet(scenario: Scenario, file: string, args: Arguments, io: Io): void {
  const { expectations } = runScenario(scenario, { detail: "digest", invariants: watchInvariant });
  const unmet = expectations.filter(({ passed }) => !passed).map(({ name }) => name);
  if (unmet.length > 0)
    io.err(
      `Not kept without any fault, and not looked at: ${unmet.join(", ")}. See: ${commandLine(["run", file, ...givenWords(args)])}\n`,
    );
}

/** A scheduler that the command line names instead of the scenario's. */
function withScheduler(scenario: Scenario, scheduler: string | undefined): Scenario {
  if (scheduler === undefined) return scenario;
  return { ...scenario, cluster: { ...scenario.cluster, scheduler } };
}

function count(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${name}: expected a whole number from 1, got ${JSON.stringify(text)}`);
  return value;
}

function wanted(args: Arguments, scenario: Scenario): readonly string[] | undefined {
  const known = [...invariantNames, ...ownLaws(scenario, undefined).map(({ law }) => law)];
  const names = args
    .text("invariants")
    ?.split(",")
    .map((name) => name.trim());
  for (const name of names ?? []) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new UsageError(
      `unknown invariant ${JSON.stringify(name)}`,
      near === undefined ? "See: ksim list invariants" : `Did you mean ${near}?`,
    );
  }
  return names;
}

/** Real time that a campaign may take. The simulation itself knows of none. */
function budget(text: string | undefined): () => boolean {
  if (text === undefined) return () => true;
  const span = parseSpan(text);
  if (span === undefined || span <= 0)
    throw new UsageError(`--budget: expected a duration like 30s, got ${JSON.stringify(text)}`);
  const end = performance.now() + span / 1000;
  return () => performance.now() < end;
}

function tell(
  { runs, faults, failure }: CampaignResult,
  input: NamedText,
  args: Arguments,
  io: Io,
): void {
  const json = args.text("output") === "json";
  const saved = failure === undefined ? undefined : save(failure, input, args, io);
  if (json) {
    const found = failure === undefined ? null : { ...failure, file: saved };
    io.out(
      `${JSON.stringify({ apiVersion: "ksim.dev/v1", kind: "CheckResult", runs, faults, failure: found }, null, 2)}\n`,
    );
  }
  const { green, red, dim } = styleFor(args, io);
  if (failure === undefined) {
    if (!json)
      io.out(
        `${green("✓")} ${runs} run${runs === 1 ? "" : "s"} with ${faults} faults, no invariant broken\n`,
      );
    return;
  }
  const { breach, seed, drawn } = failure;
  if (!json) {
    io.out(
      `${red("✗")} ${breach.invariant} broken at ${clockText(breach.time)} in run ${runs}, seed ${seed}: ${breach.message}\n`,
    );
    io.out(
      `  ${failure.faults.length} of ${drawn} fault${drawn === 1 ? "" : "s"} ${failure.faults.length === 1 ? "is" : "are"} enough:\n`,
    );
    for (const { at, fault } of failure.faults)
      io.out(
        `  ${dim(clockText(at).padStart(9))} ${Object.entries(fault)
          .map(([key, value]) => (key === "type" ? value : `${key} ${wordsOf(value)}`))
          .join(", ")}\n`,
      );
  }
  const laws = args.texts("invariants").flatMap((names) => ["--invariants", names]);
  // An exhaustive campaign numbers its runs' seeds: it repeats as a whole, from the seed it was given.
  const again = args.has("exhaustive")
    ? ["--exhaustive", "--seed", seed.replace(/-\d+$/, "")]
    : ["--runs", "1", "--seed", seed];
  io.err(
    `Failed with seed ${seed}. Repeat: ${commandLine(["check", args.text("file") ?? "", ...givenWords(args), ...laws, ...again])}\n`,
  );
  if (saved !== undefined)
    io.err(`Shrunk to ${saved}. Run: ${commandLine(["run", saved, ...givenWords(args)])}\n`);
}

/** A parameter of a fault; a target's parts stand behind each other. */
function wordsOf(value: unknown): string {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flat().join(" ")
    : String(value);
}

function save(failure: Failure, input: NamedText, args: Arguments, io: Io): string {
  const name = input.name.slice(input.name.lastIndexOf("/") + 1).replace(/\.ya?ml$/, "");
  const out = args.text("out") ?? `${name}-shrunk.yaml`;
  writeWhole(resolve(io.cwd, out), shrunkFile(input, failure, resolve(io.cwd, out)));
  return out;
}
