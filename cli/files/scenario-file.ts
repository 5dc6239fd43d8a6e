import { invariantNames } from "../../sim/check/registry.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import type { Arguments } from "../command.ts";
import { type Io, UsageError } from "../io.ts";
import { withGivenModules } from "../modules/given.ts";
import { moduleLoader } from "../modules/module-loader.ts";
import { type NamedText, readerIn, readInput } from "./read.ts";

/** Values of `--set k=v`. */
export function readSets(args: Arguments): Readonly<Record<string, string>> {
  return Object.fromEntries(
    args.texts("set").map((given) => {
      const equals = given.indexOf("=");
      if (equals <= 0) throw new UsageError(`--set: expected k=v, got ${JSON.stringify(given)}`);
      return [given.slice(0, equals), given.slice(equals + 1)];
    }),
  );
}

/** Reads a scenario with the parameters that the command line sets. Throws `InputError`. */
export function scenarioOf(input: NamedText, set: Readonly<Record<string, string>>): Scenario {
  return parseScenario(input.name, input.text, {
    read: readerIn(input.folder),
    set,
    invariants: invariantNames,
    modules: moduleLoader(input.folder),
  });
}

/** Reads a scenario that a command line names, with the parameters and the modules that it gives. */
export function readScenario(given: string, args: Arguments, io: Io): Scenario {
  return scenarioGiven(readInput(given, io), args, io);
}

/** A scenario with the parameters and the modules that the command line gives. */
export function scenarioGiven(input: NamedText, args: Arguments, io: Io): Scenario {
  return withGivenModules(scenarioOf(input, readSets(args)), args, io);
}
