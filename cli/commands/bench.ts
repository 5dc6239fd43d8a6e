import { type Command, outputOption, seedOption } from "../command.ts";

/** `ksim bench` */
export const command: Command = {
  name: "bench",
  positionals: [
    {
      name: "file",
      describe: "An Experiment, or a scenario; `merge` puts shards together",
      required: true,
    },
    { name: "dirs", describe: "Folders of shards, behind `merge`", many: true },
  ],
  options: [
    {
      name: "jobs",
      kind: "text",
      describe: "Processes that work side by side; 1 when absent",
      placeholder: "N",
    },
    { name: "shard", kind: "text", describe: "Do only the i-th of n parts", placeholder: "i/n" },
    {
      name: "out",
      kind: "text",
      describe: "Folder for results; a run that was broken off goes on there",
      placeholder: "DIR",
    },
    {
      name: "schedulers",
      alias: "scheduler",
      kind: "text",
      describe: "Schedulers to compare, with commas between them",
      placeholder: "A,B",
    },
    { ...seedOption, describe: "Only this seed" },
    { name: "seeds", kind: "text", describe: "How many seeds", placeholder: "N" },
    { name: "set", kind: "texts", describe: "Value of a parameter, k=v", placeholder: "k=v" },
    outputOption("table", "wide", "json", "csv", "jsonl", "yaml"),
  ],
  examples: [
    ["ksim bench experiment.yaml --out results", "table, CSV, JSON and HTML"],
    ["ksim bench merge shard-1 shard-2 --out all", "the same result as in one go"],
  ],
  load: async () => (await import("../bench/bench.ts")).bench,
};
