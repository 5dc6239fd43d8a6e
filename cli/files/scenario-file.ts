import { invariantNames } from "../../sim/check/registry.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import type { Arguments } from "../command.ts";
import { type Io, UsageError } from "../io.ts";
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
  });
}

/** Reads a scenario that a command line names. */
export function readScenario(given: string, args: Arguments, io: Io): Scenario {
  return scenarioOf(readInput(given, io), readSets(args));
}
