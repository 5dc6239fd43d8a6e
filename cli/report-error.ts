import { EngineError } from "../sim/engine/engine.ts";
import { formatProblem, InputError } from "../sim/scenario/problem.ts";
import { Exit, type ExitCode, type Io, UsageError } from "./io.ts";

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
  const cause = error instanceof EngineError ? (error.cause ?? error) : error;
  const text = error instanceof Error ? error.message : String(error);
  io.err(`ksim: internal error: ${text}\n`);
  if (cause instanceof Error && cause.stack !== undefined) io.err(`${cause.stack}\n`);
  io.err(`This is a mistake in ksim. It repeats with: ${commandLine(argv)}\n`);
  return Exit.internal;
}

/** A command line that a shell reads as it was given. */
export function commandLine(argv: readonly string[]): string {
  return ["ksim", ...argv]
    .map((word) => (/^[\w./:=@,%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
