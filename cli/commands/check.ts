import {
  type Command,
  controllerOption,
  outputOption,
  schedulerOption,
  seedOption,
  setOption,
} from "../command.ts";

/** `ksim check` */
export const command: Command = {
  name: "check",
  positionals: [
    { name: "file", describe: "A scenario, or a name of `ksim list scenarios`", required: true },
  ],
  options: [
    seedOption,
    setOption,
    controllerOption,
    schedulerOption,
    { name: "runs", kind: "text", describe: "How many runs; 20 when absent", placeholder: "N" },
    {
      name: "budget",
      kind: "text",
      describe: "Stop after this much real time, like 30s",
      placeholder: "T",
    },
    {
      name: "exhaustive",
      kind: "switch",
      describe: "Every single fault at every instant of interest, instead of random ones",
    },
    {
      name: "invariants",
      kind: "text",
      describe: "Invariants to check, with commas between them; all when absent",
      placeholder: "A,B",
    },
    {
      name: "out",
      kind: "text",
      describe: "File for the shrunk scenario; NAME-shrunk.yaml when absent",
      placeholder: "FILE",
    },
    outputOption("table", "json"),
  ],
  examples: [
    ["ksim check scenarios/tour.yaml --runs 50", "fifty runs with random faults"],
    ["ksim check tour --runs 1 --seed 1-17", "one of them again"],
  ],
  load: async () => (await import("../check/check.ts")).check,
};
