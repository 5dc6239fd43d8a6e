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
  const given = value as { name?: string; input?: DecideInput };
  const input = given.input ?? (value as DecideInput);
  if (!Array.isArray(input.nodes)) return fail('expected "nodes", a list of Nodes');
  if (typeof input.pending !== "object" || input.pending === null)
    return fail('expected "pending", a Pod');
  return { name: given.input === undefined ? undefined : given.name, input };
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
