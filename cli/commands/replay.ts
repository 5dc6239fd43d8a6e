import {
  type Command,
  controllerOption,
  schedulerOption,
  seedOption,
  setOption,
} from "../command.ts";

/** `ksim replay` */
export const command: Command = {
  name: "replay",
  positionals: [
    {
      name: "file",
      describe: "A recording, a scenario, or a name of `ksim list scenarios`",
      required: true,
    },
  ],
  options: [
    seedOption,
    setOption,
    controllerOption,
    schedulerOption,
    { name: "until", kind: "text", describe: "End of the run, like 5m", placeholder: "T" },
    {
      name: "frames",
      kind: "switch",
      describe: "Print frames as text instead of opening the terminal UI",
    },
    {
      name: "every",
      kind: "text",
      describe: "Distance of printed frames; every change of phase when absent",
      placeholder: "T",
    },
  ],
  examples: [
    ["ksim replay tour", "opens the terminal UI"],
    ["ksim replay run.ksim --frames | less", "frames as text"],
  ],
  load: async () => (await import("../replay/replay.ts")).replay,
};
