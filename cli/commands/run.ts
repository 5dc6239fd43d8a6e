import {
  type Command,
  controllerOption,
  outputOption,
  schedulerOption,
  seedOption,
  setOption,
} from "../command.ts";

/** `ksim run` */
export const command: Command = {
  name: "run",
  positionals: [
    {
      name: "file",
      describe:
        "A scenario, a recording, Kubernetes manifests (a file, a folder, - for stdin), or a name of `ksim list scenarios`",
      required: true,
    },
  ],
  options: [
    seedOption,
    setOption,
    schedulerOption,
    controllerOption,
    { name: "until", kind: "text", describe: "End of the run, like 5m", placeholder: "T" },
    {
      name: "nodes",
      kind: "text",
      describe: "Nodes of the cluster for plain manifests; 3 when absent",
      placeholder: "N",
    },
    {
      name: "cluster",
      kind: "text",
      describe: "File with the cluster for plain manifests: a scenario, or a list of nodes",
      placeholder: "FILE",
    },
    { name: "record", kind: "text", describe: "Write a recording", placeholder: "F.ksim" },
    {
      name: "journal",
      kind: "text",
      describe: "Write the journal, a JSON object a line",
      placeholder: "F.jsonl",
    },
    outputOption("table", "wide", "json", "yaml", "jsonl", "name"),
  ],
  examples: [
    ["ksim run tour", "the first look"],
    ["ksim run scenarios/node-failure.yaml --seed 7", "another run of the same"],
    ["ksim run shop.yaml --set replicas=5 -o json", "one RunResult"],
    ["ksim run manifests/ --nodes 5", "what becomes of plain manifests"],
    ["ksim run shop.yaml --controller ./my-controller.ts", "with a controller of your own"],
  ],
  load: async () => (await import("../run/run.ts")).run,
};
