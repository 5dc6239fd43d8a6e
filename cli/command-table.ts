import type { Command } from "./command.ts";

/** One line about each command, and how to load it. Loading is what costs time, so help does not. */
export interface CommandEntry {
  readonly name: string;
  readonly usage: string;
  readonly describe: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Every command, in the order in which help tells of them. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: "run",
    usage: "run FILE",
    describe: "Run a scenario, or plain Kubernetes manifests",
    load: () => import("./commands/run.ts"),
  },
  {
    name: "replay",
    usage: "replay FILE",
    describe: "Replay a recording or a scenario with time travel",
    load: () => import("./commands/replay.ts"),
  },
  {
    name: "why",
    usage: "why REF FILE",
    describe: "Tell the chain of causes behind an object, a field or a decision",
    load: () => import("./commands/why.ts"),
  },
  {
    name: "get",
    usage: "get KIND [NAME] FILE",
    describe: "Show objects at any instant",
    load: () => import("./commands/get.ts"),
  },
  {
    name: "diff",
    usage: "diff T1 T2 FILE",
    describe: "Show what changed between two instants",
    load: () => import("./commands/diff.ts"),
  },
  {
    name: "test",
    usage: "test PATH..",
    describe: "Run scenarios as tests",
    load: () => import("./commands/test.ts"),
  },
  {
    name: "decide",
    usage: "decide [FILE]",
    describe: "Ask the scheduler where a pod would go, and why",
    load: () => import("./commands/decide.ts"),
  },
  {
    name: "bench",
    usage: "bench FILE",
    describe: "Compare schedulers over workloads and seeds",
    load: () => import("./commands/bench.ts"),
  },
  {
    name: "check",
    usage: "check FILE",
    describe: "Inject random faults and check the invariants",
    load: () => import("./commands/check.ts"),
  },
  {
    name: "serve",
    usage: "serve [FILE]",
    describe: "Serve the simulated cluster to kubectl",
    load: () => import("./commands/serve.ts"),
  },
  {
    name: "import",
    usage: "import FORMAT FILE",
    describe: "Turn a foreign trace into a workload file",
    load: () => import("./commands/import.ts"),
  },
  {
    name: "export",
    usage: "export FILE",
    describe: "Turn a run into files of other tools",
    load: () => import("./commands/export.ts"),
  },
  {
    name: "lint",
    usage: "lint FILE..",
    describe: "Check scenarios and experiments without running them",
    load: () => import("./commands/lint.ts"),
  },
  {
    name: "new",
    usage: "new [KIND] NAME",
    describe: "Write a scenario, a controller, a scheduler or an invariant to start from",
    load: () => import("./commands/new.ts"),
  },
  {
    name: "schema",
    usage: "schema [KIND]",
    describe: "Print the JSON Schema of scenario files",
    load: () => import("./commands/schema.ts"),
  },
  {
    name: "list",
    usage: "list WHAT",
    describe: "List scenarios, schedulers, faults, invariants or metrics",
    load: () => import("./commands/list.ts"),
  },
];
