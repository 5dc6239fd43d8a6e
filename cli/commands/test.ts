import {
  type Command,
  controllerOption,
  outputOption,
  schedulerOption,
  setOption,
} from "../command.ts";

/** `ksim test` */
export const command: Command = {
  name: "test",
  positionals: [
    { name: "path", describe: "Scenario files or folders", required: true, many: true },
  ],
  options: [
    setOption,
    controllerOption,
    schedulerOption,
    {
      name: "update",
      kind: "switch",
      describe: "Write the digests of these runs as the golden ones",
    },
    {
      name: "golden",
      kind: "text",
      describe: "File of golden digests; golden.json beside the scenarios when absent",
      placeholder: "FILE",
    },
    { name: "junit", kind: "text", describe: "Write a JUnit report", placeholder: "FILE" },
    outputOption("table", "tap", "junit", "json"),
  ],
  examples: [
    ["ksim test scenarios/", "every scenario of a folder"],
    ["ksim test scenarios/ -o tap", "for a test harness"],
    ["ksim test scenarios/ --update", "after a wanted change of behaviour"],
  ],
  load: async () => (await import("../test/test.ts")).test,
};
