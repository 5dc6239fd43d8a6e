import { type Command, outputOption } from "../command.ts";

/** `ksim list` */
export const command: Command = {
  name: "list",
  positionals: [
    {
      name: "what",
      describe:
        "scenarios, schedulers, controllers, faults, invariants, metrics, verbs or functions",
      required: true,
    },
  ],
  options: [outputOption("table", "wide", "json", "yaml", "jsonl", "name")],
  examples: [
    ["ksim list scenarios", "what comes with ksim"],
    ["ksim list faults -o json", "with their parameters"],
  ],
  load: async () => (await import("../authoring/list.ts")).list,
};
