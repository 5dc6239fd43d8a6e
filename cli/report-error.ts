import { OwnControllerError } from "../sim/controllers/runtime/own-controller.ts";
import { EngineError } from "../sim/engine/engine.ts";
import { clockText } from "../sim/history/clock-text.ts";
import { formatProblem, InputError } from "../sim/scenario/problem.ts";
import { SchedulerError } from "../sim/scheduler/framework/error.ts";
import { Exit, type ExitCode, type Io, UsageError } from "./io.ts";
import { OwnModuleError } from "./modules/invariant-module.ts";
import { placeOf } from "./modules/load.ts";

/** Thrown when a recording does not replay to its digest: exit code 4. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError";
}

/** Tells of what went wrong and answers the exit code. Only our own mistakes come with a stack trace. */
export function report(error: unknown, argv: readonly string[], io: Io): ExitCode {
  if (error instanceof UsageError) {
    io.err(
      `ksim: ${error.message}\n${error.suggestion === undefined ? "" : `${error.suggestion}\n`}`,
    );
    return Exit.usage;
  }
  if (error instanceof InputError) {
    const { problems } = error;
    io.err(`${problems.slice(0, 20).map(formatProblem).join("\n")}\n`);
    if (problems.length > 20) io.err(`… and ${problems.length - 20} more\n`);
    return Exit.input;
  }
  if (error instanceof DivergenceError) {
    io.err(`ksim: ${error.message}\n`);
    return Exit.internal;
  }
  const stop = engineError(error);
  const cause = stop?.cause ?? error;
  if (isOwn(cause)) return reportOwnModule(cause, stop, argv, io);
  const text = error instanceof Error ? error.message : String(error);
  io.err(`ksim: internal error: ${text}\n`);
  if (cause instanceof Error && cause.stack !== undefined) io.err(`${cause.stack}\n`);
  io.err(`This is a mistake in ksim. It repeats with: ${commandLine(argv)}\n`);
  return Exit.internal;
}

function isOwn(cause: unknown): cause is Error {
  return (
    cause instanceof OwnControllerError ||
    cause instanceof SchedulerError ||
    cause instanceof OwnModuleError
  );
}

/** Whether a run was stopped by code or configuration of the user's own. */
export function isOwnMistake(error: unknown): boolean {
  return isOwn(engineError(error)?.cause ?? error);
}

/** What stopped a run, where an error tells of that. */
function engineError(error: unknown): EngineError | undefined {
  if (error instanceof EngineError) return error;
  return error instanceof Error ? engineError(error.cause) : undefined;
}

/** Code or configuration of the user's own broke: no stack trace, but the place in his file. */
function reportOwnModule(
  cause: Error,
  stop: EngineError | undefined,
  argv: readonly string[],
  io: Io,
): ExitCode {
  const place = placeOf(cause.cause);
  io.err(`ksim: ${cause.message}${place === undefined ? "" : ` (${place})`}\n`);
  // Before the run has begun it is the input that is wrong.
  if (stop === undefined) return cause instanceof OwnModuleError ? Exit.internal : Exit.input;
  const seed = argv.includes("--seed") || argv.some((word) => word.startsWith("--seed="));
  io.err(
    `The run stopped at ${clockText(stop.time)} with seed ${stop.seed}. Repeat: ${commandLine(seed ? argv : [...argv, "--seed", stop.seed])}\n`,
  );
  return Exit.internal;
}

/** A command line that a shell reads as it was given. */
export function commandLine(argv: readonly string[]): string {
  return ["ksim", ...argv]
    .map((word) => (/^[\w./:=@,%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
