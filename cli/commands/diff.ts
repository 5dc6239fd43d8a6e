import {
  type Command,
  controllerOption,
  outputOption,
  schedulerOption,
  seedOption,
  setOption,
} from "../command.ts";

/** `ksim diff` */
export const command: Command = {
  name: "diff",
  positionals: [
    { name: "from", describe: "First instant, like 1m", required: true },
    { name: "to", describe: "Second instant, like 2m", required: true },
    { name: "file", describe: "A scenario or a recording", required: true },
  ],
  options: [
    seedOption,
    setOption,
    controllerOption,
    schedulerOption,
    outputOption("table", "json", "yaml"),
  ],
  examples: [["ksim diff 1m 2m node-failure", "what changed in a minute"]],
  load: async () => (await import("../look/diff.ts")).diff,
};
