import { ksimKind } from "../../sim/scenario/parse.ts";
import { formatProblem, InputError, type Problem } from "../../sim/scenario/problem.ts";
import { SourceFile } from "../../sim/scenario/source-file.ts";
import { readExperiment } from "../bench/experiment-file.ts";
import type { Arguments } from "../command.ts";
import { filesOf, isFolder, type NamedText, readInput } from "../files/read.ts";
import { readSets, scenarioOf } from "../files/scenario-file.ts";
import { isKsimFile } from "../files/select.ts";
import { Exit, type ExitCode, type Io } from "../io.ts";
import { version } from "../version.ts";

/** Checks scenarios and experiments without running them. */
export function lint(args: Arguments, io: Io): ExitCode {
  const problems: Problem[] = [];
  let checked = 0;
  for (const given of args.texts("file")) {
    const files = isFolder(given, io)
      ? filesOf(given, io).filter((file) => isKsimFile(file, io))
      : [given];
    for (const file of files) {
      checked++;
      try {
        checkFile(readInput(file, io), args, io);
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

function checkFile(input: NamedText, args: Arguments, io: Io): void {
  const set = readSets(args);
  if (ksimKind(new SourceFile(input.name, input.text)) === "Experiment")
    readExperiment(input, { set, version: version(), cwd: io.cwd });
  else scenarioOf(input, set);
}
