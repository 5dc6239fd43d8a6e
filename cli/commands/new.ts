import type { Command } from "../command.ts";

/** `ksim new` */
export const command: Command = {
  name: "new",
  positionals: [
    {
      name: "kind",
      describe: "scenario, controller, scheduler or invariant; scenario when absent",
    },
    { name: "name", describe: "Name of what is begun, and of its files", required: true },
  ],
  options: [{ name: "force", kind: "switch", describe: "Overwrite files of these names" }],
  examples: [
    ["ksim new my-first", "writes the scenario my-first.yaml"],
    [
      "ksim new controller my-shop",
      "a custom kind, its controller, a scenario and a property test",
    ],
    ["ksim new scheduler my-scheduler", "a scheduler and a scenario for it"],
    ["ksim new invariant my-law", "a law and a scenario that is held to it"],
  ],
  load: async () => (await import("../authoring/new.ts")).create,
};
