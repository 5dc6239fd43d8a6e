import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { type CommandEntry, commandTable } from "./command-table.ts";
import { Exit, type ExitCode, type Io, UsageError } from "./io.ts";
import { processIo } from "./process-io.ts";
import { isInterrupt, stoppable } from "./stoppable.ts";

/** How a command's work is called. */
type Call = <T>(work: () => T) => T;

/**
 * Runs a command line in a world and answers its exit code. Never throws for a user's mistake. `call` lets the work be
 * ended by an interrupt.
 */
export async function main(
  argv: readonly string[],
  io: Io,
  call: Call = (work) => work(),
): Promise<ExitCode> {
  try {
    return await dispatch(argv, io, call);
  } catch (error) {
    if (isInterrupt(error)) return Exit.interrupted;
    const { report } = await import("./report-error.ts");
    return report(error, argv, io);
  }
}

async function dispatch(argv: readonly string[], io: Io, call: Call): Promise<ExitCode> {
  const [name, ...words] = argv;
  if (
    name === undefined ||
    name === "--help" ||
    name === "-h" ||
    (name === "help" && words.length === 0)
  ) {
    const { generalHelp } = await import("./help.ts");
    (name === undefined ? io.err : io.out)(generalHelp());
    return name === undefined ? Exit.usage : Exit.fine;
  }
  if (name === "--version" || name === "-v" || name === "version") {
    const { version } = await import("./version.ts");
    io.out(`${version()}\n`);
    return Exit.fine;
  }
  if (name === "--completion" || name === "completion") {
    const { completionScript } = await import("./completion.ts");
    io.out(completionScript(io.env["SHELL"] ?? ""));
    return Exit.fine;
  }
  if (name === "--get-completions") {
    const { completions } = await import("./completion.ts");
    io.out((await completions(words)).map((word) => `${word}\n`).join(""));
    return Exit.fine;
  }
  const [asked, rest] = name === "help" ? [words[0] ?? "", ["--help"]] : [name, words];
  const entry = commandTable.find((candidate) => candidate.name === asked);
  if (entry === undefined) return unknownCommand(asked);
  return runCommand(entry, rest, io, call);
}

/** Options without a command. */
const OPTIONS: readonly string[] = ["--help", "--version", "--completion"];

async function unknownCommand(name: string): Promise<never> {
  const { nearest } = await import("../sim/scenario/schema/distance.ts");
  const what = name.startsWith("-") ? "option" : "command";
  const near = nearest(
    name,
    what === "option"
      ? OPTIONS
      : ["help", "version", "completion", ...commandTable.map((entry) => entry.name)],
  );
  throw new UsageError(
    `unknown ${what} ${name}`,
    near === undefined ? "See: ksim --help" : `Did you mean ksim ${near}?`,
  );
}

async function runCommand(
  entry: CommandEntry,
  words: readonly string[],
  io: Io,
  call: Call,
): Promise<ExitCode> {
  const { command } = await entry.load();
  const end = words.indexOf("--");
  const flags = end < 0 ? words : words.slice(0, end);
  if (flags.includes("--help") || flags.includes("-h")) {
    const { commandHelp } = await import("./help.ts");
    io.out(commandHelp(entry, command));
    return Exit.fine;
  }
  const { readArguments } = await import("./command-line.ts");
  const args = readArguments(entry.name, command, words);
  const work = await command.load();
  // An interrupt that came while the modules were loaded is heard when the loop turns, and not again.
  await setImmediate();
  await setImmediate();
  return call(() => work(args, io));
}

/** The program: sets the exit code and lets the process end by itself, so that pipes are read to their end. */
export async function start(argv: readonly string[]): Promise<void> {
  process.on("SIGINT", () => process.exit(Exit.interrupted));
  process.exitCode = await main(argv, processIo(), (work) =>
    stoppable(work, { breakOnSigint: true }),
  );
}
