import type { Command } from "../command.ts";

/** `ksim lint` */
export const command: Command = {
  name: "lint",
  positionals: [
    {
      name: "file",
      describe: "Files of scenarios or experiments, or folders",
      required: true,
      many: true,
    },
  ],
  options: [
    { name: "set", kind: "texts", describe: "Value of a parameter, k=v", placeholder: "k=v" },
  ],
  examples: [["ksim lint scenarios/", "every scenario of a folder"]],
  load: async () => (await import("../lint/lint.ts")).lint,
};
