import type { Command } from "../command.ts";

/** `ksim new` */
export const command: Command = {
  name: "new",
  positionals: [
    { name: "name", describe: "Name of the scenario; NAME.yaml is written here", required: true },
  ],
  options: [{ name: "force", kind: "switch", describe: "Overwrite a file of this name" }],
  examples: [["ksim new my-first", "writes my-first.yaml"]],
  run: async (args, io) => (await import("../authoring/new.ts")).create(args, io),
};
