import { type Command, outputOption } from "../command.ts";

/** `ksim decide` */
export const command: Command = {
  name: "decide",
  positionals: [
    { name: "file", describe: "Cases, a JSON object a line; standard input when absent" },
  ],
  options: [
    {
      name: "config",
      kind: "text",
      describe: "Profile or KubeSchedulerConfiguration for cases that have none",
      placeholder: "F",
    },
    {
      name: "cluster",
      kind: "text",
      describe: "`kubectl get … -o json` of a real cluster",
      placeholder: "DUMP",
    },
    { name: "pod", kind: "text", describe: "The pod that is to be placed", placeholder: "F" },
    outputOption("table", "wide", "json", "jsonl", "yaml"),
  ],
  examples: [
    ["ksim decide < cases.jsonl > decisions.jsonl", "one decision a line"],
    ["ksim decide --cluster dump.json --pod pod.yaml", "a table of nodes and plugins"],
  ],
  load: async () => (await import("../decide/decide.ts")).decideCommand,
};
