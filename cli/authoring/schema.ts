import { nearest } from "../../sim/scenario/schema/distance.ts";
import { editorSchema } from "../../sim/scenario/schema/editor-schema.ts";
import { experimentSchema } from "../../sim/scenario/schema/experiment.ts";
import { scenarioSchema } from "../../sim/scenario/schema/scenario.ts";
import type { Arguments } from "../command.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";

const kinds = { Scenario: scenarioSchema, Experiment: experimentSchema } as const;

/** Prints the JSON Schema of a kind of file. */
export function schema(args: Arguments, io: Io): ExitCode {
  const given = args.text("kind") ?? "Scenario";
  const kind = Object.keys(kinds).find((name) => name.toLowerCase() === given.toLowerCase());
  if (kind === undefined) {
    const near = nearest(given, Object.keys(kinds));
    throw new UsageError(
      `unknown kind ${JSON.stringify(given)}`,
      near === undefined ? "There are Scenario and Experiment." : `Did you mean ${near}?`,
    );
  }
  io.out(
    `${JSON.stringify(editorSchema(kind, kinds[kind as keyof typeof kinds].json), null, 2)}\n`,
  );
  return Exit.fine;
}
