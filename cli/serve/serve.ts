import type { RunningServer } from "../../server/main.ts";
import { watchInvariant } from "../../sim/check/registry.ts";
import { type Cluster, createCluster } from "../../sim/cluster.ts";
import { HOUR } from "../../sim/engine/time.ts";
import { DEFAULT_NODES } from "../../sim/scenario/read-cluster.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";
import type { StepRecord } from "../../sim/scenario/run/step-record.ts";
import type { Arguments } from "../command.ts";
import { readScenario } from "../files/scenario-file.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { version } from "../version.ts";

/** Serves a simulated cluster until it is interrupted. */
export async function serveCommand(args: Arguments, io: Io): Promise<ExitCode> {
  const cluster = clusterOf(args, io);
  const { serve } = await import("../../server/main.ts");
  const port = number(args.text("port"), "--port", 0, 65_535);
  const host = args.text("address");
  const pace = args.text("pace");
  const kubeconfig = args.text("kubeconfig");
  const token = args.text("token");
  let running: RunningServer;
  try {
    running = await serve({
      cluster,
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
    if (error instanceof RangeError) throw new UsageError(error.message);
    const { code } = error as { code?: string };
    if (code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL")
      throw new UsageError(
        `cannot listen on ${host ?? "127.0.0.1"}:${port ?? 0}: ${code}`,
        "Give another --port, or none.",
      );
    throw error;
  }
  // The server runs until the process is told to end.
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  await running.close();
  return Exit.fine;
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

/** The cluster of a scenario with its steps still to come, or a fresh one. */
function clusterOf(args: Arguments, io: Io): Cluster {
  const file = args.text("file");
  const seed = args.text("seed");
  if (file === undefined) {
    const count = number(args.text("nodes"), "--nodes", 0, 100_000);
    const nodes =
      count === undefined
        ? DEFAULT_NODES
        : DEFAULT_NODES.map((template) => ({ ...template, count }));
    return createCluster({ seed: seed ?? "1", detail: "digest", nodes });
  }
  const scenario = readScenario(file, args, io);
  const run = new ScenarioRun(scenario, {
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
  return run.cluster;
}
