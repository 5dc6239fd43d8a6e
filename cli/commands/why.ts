import {
  type Command,
  controllerOption,
  outputOption,
  schedulerOption,
  seedOption,
  setOption,
} from "../command.ts";

/** `ksim why` */
export const command: Command = {
  name: "why",
  positionals: [
    {
      name: "ref",
      describe:
        "What to explain: pod/web-1, node/node-2, deployment/web; a prefix of a name will do",
      required: true,
    },
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
      describe: "Explain its state at this time; the end when absent",
      placeholder: "T",
    },
    {
      name: "field",
      kind: "text",
      describe: "Explain the last change of this field, like spec.nodeName",
      placeholder: "PATH",
    },
    outputOption("table", "json", "yaml"),
  ],
  examples: [
    ["ksim why pod/web --at 7m node-failure", "why there is this pod"],
    ["ksim why pod/web --field spec.nodeName tour", "why it is on its node"],
  ],
  load: async () => (await import("../look/why.ts")).why,
};
