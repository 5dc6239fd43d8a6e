import type { Command } from "../command.ts";

/** `ksim schema` */
export const command: Command = {
  name: "schema",
  positionals: [{ name: "kind", describe: "Scenario (when absent) or Experiment" }],
  options: [],
  examples: [["ksim schema > scenario.schema.json", "for an editor"]],
  run: async (args, io) => (await import("../authoring/schema.ts")).schema(args, io),
};
