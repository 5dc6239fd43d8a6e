import { formatProblem, InputError, type Problem } from "../../sim/scenario/problem.ts";
import type { Arguments } from "../command.ts";
import { filesOf, isFolder, readInput } from "../files/read.ts";
import { readSets, scenarioOf } from "../files/scenario-file.ts";
import { isScenario } from "../files/select.ts";
import { Exit, type ExitCode, type Io } from "../io.ts";

/** Checks scenario files without running them. */
export function lint(args: Arguments, io: Io): ExitCode {
  const problems: Problem[] = [];
  let checked = 0;
  for (const given of args.texts("file")) {
    const files = isFolder(given, io)
      ? filesOf(given, io).filter((file) => isScenario(file, io))
      : [given];
    for (const file of files) {
      checked++;
      try {
        scenarioOf(readInput(file, io), readSets(args));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        problems.push(...error.problems);
      }
    }
  }
  if (problems.length > 0) {
    io.err(`${problems.map(formatProblem).join("\n")}\n`);
    return Exit.input;
  }
  if (!args.has("quiet")) io.out(`${checked} file${checked === 1 ? "" : "s"} fine\n`);
  return Exit.fine;
}
