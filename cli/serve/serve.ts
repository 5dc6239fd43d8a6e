import { existsSync, readFileSync, statSync } from "node:fs";
import { isOwnKubeconfig } from "../../server/kubeconfig.ts";
import type { RunningServer } from "../../server/main.ts";
import type { OutsideInput } from "../../server/outside-input.ts";
import { watchInvariant } from "../../sim/check/registry.ts";
import { HOUR } from "../../sim/engine/time.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { DEFAULT_NODES } from "../../sim/scenario/read-cluster.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";
import type { StepRecord } from "../../sim/scenario/run/step-record.ts";
import type { Arguments } from "../command.ts";
import { readScenario, readSets } from "../files/scenario-file.ts";
import { placeOf, writeWhole } from "../files/write.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { givenModules } from "../modules/given.ts";
import { recordingText } from "../run/recording.ts";
import { version } from "../version.ts";

/** Serves a simulated cluster until it is interrupted. */
export async function serveCommand(args: Arguments, io: Io): Promise<ExitCode> {
  const record = placeOf(args, "record", io);
  const run = sessionRun(args, io);
  const inputs: OutsideInput[] = [];
  const { serve } = await import("../../server/main.ts");
  const port = number(args.text("port"), "--port", 0, 65_535);
  const host = args.text("address");
  const pace = args.text("pace");
  const kubeconfig = kubeconfigPlace(args.text("kubeconfig"));
  const token = args.text("token");
  let running: RunningServer;
  try {
    running = await serve({
      cluster: run.cluster,
      record: (input) => inputs.push(input),
      announce: (line) => io.err(`${line}\n`),
      ...(token === undefined ? {} : { token }),
      ...(args.has("tls") ? { tls: true } : {}),
      ...(args.has("log") ? { log: (line: string) => io.err(`${line}\n`) } : {}),
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      ...(pace === undefined ? {} : { pace }),
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
    });
    io.out(`${running.url}\n`);
    if (!args.has("quiet"))
      io.err(`Use it: kubectl --kubeconfig ${running.kubeconfig} get nodes\nCtrl-C ends it.\n`);
  } catch (error) {
    throw startFailure(error, `${host ?? "127.0.0.1"}:${port ?? 0}`);
  }
  try {
    await toldToEnd();
  } catch (error) {
    await running.close().catch(() => {});
    throw error;
  }
  await running.close();
  if (record !== undefined) writeRecording(run, inputs, record, args);
  return Exit.fine;
}

/** Where the kubeconfig goes. Throws `UsageError` for a file that holds something else: the whole file is written. */
function kubeconfigPlace(path: string | undefined): string | undefined {
  if (path === undefined || !existsSync(path) || !statSync(path).isFile()) return path;
  if (isOwnKubeconfig(readFileSync(path, "utf8"))) return path;
  throw new UsageError(
    `${path} holds something else than ksim's kubeconfig, and would be written over`,
    "Give another --kubeconfig, or none.",
  );
}

/** What the user is told of a server that cannot begin; other errors are mistakes of ours. */
function startFailure(error: unknown, address: string): unknown {
  if (error instanceof RangeError) return new UsageError(error.message);
  const { code, syscall, path } = error as { code?: string; syscall?: string; path?: string };
  if (code === undefined) return error;
  if (path !== undefined)
    return new UsageError(`cannot write ${path}: ${code}`, "Give another --kubeconfig, or none.");
  return syscall === "listen" || syscall === "bind" || syscall === "getaddrinfo"
    ? new UsageError(`cannot listen on ${address}: ${code}`, "Give another --port or --address.")
    : error;
}

/** How a server is told to end; the last one comes when its terminal is closed. */
const ENDINGS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Waits until the process is told to end. An interrupt is the ordinary end of a server, which closes and writes its
 * recording then; a second one ends at once. Throws what ends the simulation, whose events come from timers.
 */
async function toldToEnd(): Promise<void> {
  const hurried = process.listeners("SIGINT");
  process.removeAllListeners("SIGINT");
  await new Promise<void>((resolve, reject) => {
    for (const signal of ENDINGS) process.once(signal, () => resolve());
    process.once("uncaughtException", reject);
  });
  for (const listener of hurried) process.on("SIGINT", listener);
}

function number(
  text: string | undefined,
  name: string,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new UsageError(
      `${name}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`,
    );
  return value;
}

/** What was played live, so that it replays and time-travels like any run. */
function writeRecording(
  run: ScenarioRun,
  inputs: readonly OutsideInput[],
  path: string,
  args: Arguments,
): void {
  const { now, journal } = run.cluster.engine;
  const options = { seed: run.seed, until: now };
  const outcome = { seed: run.seed, digest: journal.digest() };
  writeWhole(
    path,
    recordingText(run.scenario, options, outcome, readSets(args), givenModules(args), inputs),
  );
}

/** A run of a scenario with its steps still to come, or of a fresh cluster without any. */
function sessionRun(args: Arguments, io: Io): ScenarioRun {
  const file = args.text("file");
  const seed = args.text("seed");
  const scenario = file === undefined ? emptyScenario(args) : readScenario(file, args, io);
  return new ScenarioRun(scenario, {
    detail: "digest",
    // The steps end by themselves; the server goes on.
    until: Math.max(scenario.duration, 24 * HOUR),
    version: version(),
    invariants: watchInvariant,
    ...(seed === undefined ? {} : { seed }),
    observer: (entry) => {
      if (entry.kind !== "step" || args.has("quiet")) return;
      const { id, text } = entry.step as StepRecord;
      io.err(`step ${id}: ${text}\n`);
    },
  });
}

/** A cluster with nodes and nothing to happen in it but what clients do. */
function emptyScenario(args: Arguments): Scenario {
  const count = number(args.text("nodes"), "--nodes", 0, 100_000);
  const nodes =
    count === undefined ? DEFAULT_NODES : DEFAULT_NODES.map((template) => ({ ...template, count }));
  const text = JSON.stringify({
    apiVersion: "ksim.dev/v1",
    kind: "Scenario",
    metadata: { name: "live-session" },
    spec: { title: "A live session", seed: "1", duration: "24h", cluster: { nodes }, steps: [] },
  });
  return parseScenario("live-session.yaml", text, {
    read: () => undefined,
    set: {},
    invariants: [],
  });
}
