import { stringify } from "yaml";
import { descriptorOf } from "../../sim/api/kinds/registry.ts";
import { applyDefaults } from "../../sim/api/kinds/strategy.ts";
import type { Pod } from "../../sim/api/types.gen.ts";
import { InputError } from "../../sim/scenario/problem.ts";
import { type DecideInput, decide } from "../../sim/scheduler/decide.ts";
import { SchedulerError } from "../../sim/scheduler/framework/error.ts";
import type { DecisionRecord } from "../../sim/scheduler/framework/record.ts";
import type { Arguments } from "../command.ts";
import { readInput } from "../files/read.ts";
import { type ConfigFile, readConfigFile } from "../files/scheduler-config.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { recordText } from "../print/decision.ts";
import { styleFor } from "../print/style.ts";
import { clusterInput } from "./cluster-input.ts";

interface Case {
  readonly name: string | undefined;
  readonly input: DecideInput;
}

/** Answers scheduling questions: cases from a file or stdin, or one pod against the dump of a cluster. */
export function decideCommand(args: Arguments, io: Io): ExitCode {
  const cluster = args.text("cluster");
  const pod = args.text("pod");
  if ((cluster === undefined) !== (pod === undefined))
    throw new UsageError("--cluster and --pod go together");
  const config = readConfig(args, io);
  if (cluster !== undefined && pod !== undefined) {
    const input = clusterInput(readInput(cluster, io), readInput(pod, io));
    return answerOne(input, config, args, io);
  }
  return answerAll(args, config, io);
}

function readConfig(args: Arguments, io: Io): ConfigFile | undefined {
  const file = args.text("config");
  return file === undefined ? undefined : readConfigFile(readInput(file, io));
}

/** One line in, one line out; blank lines are passed over. */
function answerAll(args: Arguments, config: ConfigFile | undefined, io: Io): ExitCode {
  const format = args.text("output") ?? "jsonl";
  if (format !== "jsonl")
    throw new UsageError(
      `-o ${format} goes with --cluster and --pod`,
      "Cases are answered with a JSON object a line.",
    );
  const source = readInput(args.text("file") ?? "-", io);
  let waiting = "";
  let line = 0;
  let asked = 0;
  for (const text of source.text.split("\n")) {
    line++;
    if (text.trim() === "") continue;
    asked++;
    const { name, input } = readCase(text, source.name, line);
    const decision = attempt(input, config, source.name, line);
    waiting += `${JSON.stringify({ ...(name === undefined ? {} : { name }), decision })}\n`;
    if (waiting.length > 1 << 16) {
      io.out(waiting);
      waiting = "";
    }
  }
  io.out(waiting);
  if (asked === 0)
    throw new InputError([
      {
        file: source.name,
        line: 1,
        column: 1,
        path: "",
        message: "expected cases, a JSON object a line, got an empty file",
      },
    ]);
  return Exit.fine;
}

function readCase(text: string, file: string, line: number): Case {
  const fail = (message: string, column = 1): never => {
    throw new InputError([{ file, line, column, path: "", message, source: text.slice(0, 200) }]);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const column = Number(/position (\d+)/.exec((error as Error).message)?.[1] ?? 0) + 1;
    return fail("expected a JSON object a line", column);
  }
  const { name, input: inner } = (value ?? {}) as { name?: string; input?: unknown };
  const input = inner ?? value;
  const lacks = lackOf((input ?? {}) as Partial<DecideInput>);
  if (lacks !== undefined) return fail(lacks);
  return { name: inner === undefined ? undefined : name, input: input as DecideInput };
}

/** What a question lacks to be one; the scheduler takes the objects in it at their word. */
function lackOf({ nodes, pending, pods, objects }: Partial<DecideInput>): string | undefined {
  if (!isListOf(nodes, isNode)) return 'expected "nodes", a list of Nodes';
  if (!isPod(pending)) return 'expected "pending", a Pod';
  if (pods != null && !isListOf(pods, isPod)) return 'expected "pods", a list of Pods';
  const lists: unknown = objects ?? {};
  return isRecord(lists) &&
    Object.values(lists).every((list) => list == null || isListOf(list, isRecord))
    ? undefined
    : 'expected "objects", lists by the plurals of their kinds';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, of: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(of);
}

function isNode(value: unknown): boolean {
  return isRecord(value) && isRecord(value["metadata"]);
}

function isPod(value: unknown): boolean {
  if (!isNode(value)) return false;
  const { spec } = value as { spec?: unknown };
  return isRecord(spec) && isListOf(spec["containers"], isRecord);
}

/** Asks the scheduler. Pods get the API's defaults where the question says that they lack them. */
function ask(input: DecideInput, config: unknown): DecisionRecord {
  const complete = (pod: Pod): Pod =>
    input.defaults === true ? (applyDefaults(descriptorOf("Pod"), pod) as Pod) : pod;
  const chosen = input.config ?? config;
  return decide({
    ...input,
    ...(chosen === undefined ? {} : { config: chosen }),
    pending: complete(input.pending),
    ...(input.pods === undefined ? {} : { pods: input.pods.map(complete) }),
  });
}

/** The decision; a mistake is told where it is: in the configuration's file, or in that of the question. */
function attempt(
  input: DecideInput,
  config: ConfigFile | undefined,
  file: string,
  line: number,
): DecisionRecord {
  try {
    return ask(input, config?.value);
  } catch (error) {
    if (!(error instanceof SchedulerError) && !(error instanceof RangeError)) throw error;
    if (config !== undefined && input.config === undefined && error instanceof SchedulerError)
      throw new InputError([config.problem(error)]);
    throw new InputError([{ file, line, column: 1, path: "", message: error.message }]);
  }
}

function answerOne(
  input: DecideInput,
  config: ConfigFile | undefined,
  args: Arguments,
  io: Io,
): ExitCode {
  const decision = attempt(input, config, args.text("pod") ?? "", 1);
  const format = args.text("output") ?? "table";
  const name = `Pod/${input.pending.metadata.namespace ?? "default"}/${input.pending.metadata.name}`;
  if (format === "json" || format === "jsonl")
    io.out(`${JSON.stringify({ name, decision }, null, format === "json" ? 2 : 0)}\n`);
  else if (format === "yaml") io.out(stringify({ name, decision }));
  else io.out(recordText(name, decision, styleFor(args, io), format === "wide"));
  return Exit.fine;
}
