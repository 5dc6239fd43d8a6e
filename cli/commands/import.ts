import type { Command } from "../command.ts";

/** `ksim import` */
export const command: Command = {
  name: "import",
  positionals: [
    { name: "format", describe: "openb, simkube, swf, csv or cluster-dump", required: true },
    { name: "files", describe: "Files of the trace", required: true, many: true },
  ],
  options: [
    {
      name: "out",
      kind: "text",
      describe: "File to write; standard output when absent",
      placeholder: "FILE",
    },
    { name: "limit", kind: "text", describe: "At most this many pods", placeholder: "N" },
  ],
  examples: [
    ["ksim import openb nodes.csv pods.csv --out workload.json", "a workload for an Experiment"],
  ],
  load: async () => (await import("../trace/import.ts")).importTrace,
};
