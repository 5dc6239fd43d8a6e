import {
  type Command,
  controllerOption,
  schedulerOption,
  seedOption,
  setOption,
} from "../command.ts";

/** `ksim export` */
export const command: Command = {
  name: "export",
  positionals: [{ name: "file", describe: "A scenario or a recording", required: true }],
  options: [
    seedOption,
    setOption,
    controllerOption,
    schedulerOption,
    ...["html", "svg", "cast", "perfetto", "openmetrics", "csv", "parquet"].map((name) => ({
      name,
      kind: "switch" as const,
      describe: `Write ${name}`,
    })),
    {
      name: "out",
      kind: "text",
      describe: "File to write; standard output when absent",
      placeholder: "FILE",
    },
  ],
  examples: [
    ["ksim export tour --csv > pods.csv", "a row per pod"],
    ["ksim export tour --html --out tour.html", "a page with plots"],
    ["ksim export tour --cast --out tour.cast", "for asciinema play"],
    ["ksim export tour --perfetto --out trace.json", "for ui.perfetto.dev"],
  ],
  load: async () => (await import("../trace/export.ts")).exportRun,
};
