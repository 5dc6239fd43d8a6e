import type { Command } from "../command.ts";

/** `ksim schema` */
export const command: Command = {
  name: "schema",
  positionals: [{ name: "kind", describe: "Scenario (when absent) or Experiment" }],
  options: [],
  examples: [["ksim schema > scenario.schema.json", "for an editor"]],
  load: async () => (await import("../authoring/schema.ts")).schema,
};
