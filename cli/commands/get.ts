import {
  type Command,
  controllerOption,
  outputOption,
  schedulerOption,
  seedOption,
  setOption,
} from "../command.ts";

/** `ksim get` */
export const command: Command = {
  name: "get",
  positionals: [
    {
      name: "kind",
      describe: "Kind of the objects: pods, deploy, nodes …; or kind/name",
      required: true,
    },
    { name: "name", describe: "Name of one object" },
    { name: "file", describe: "A scenario or a recording", required: true },
  ],
  options: [
    seedOption,
    setOption,
    controllerOption,
    schedulerOption,
    {
      name: "at",
      kind: "text",
      describe: "The instant, like 2m; the end when absent",
      placeholder: "T",
    },
    {
      name: "namespace",
      alias: "n",
      kind: "text",
      describe: "Namespace; default when absent",
      placeholder: "NS",
    },
    { name: "all-namespaces", alias: "A", kind: "switch", describe: "Objects of all namespaces" },
    { name: "selector", alias: "l", kind: "text", describe: "Label selector", placeholder: "SEL" },
    outputOption("table", "wide", "json", "yaml", "jsonl", "name"),
  ],
  examples: [
    ["ksim get pods --at 2m node-failure", "the pods after two minutes"],
    ["ksim get deploy web -o yaml tour", "one object"],
  ],
  load: async () => (await import("../look/get.ts")).get,
};
