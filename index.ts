/** ksim as a library: run scenarios and clusters from a program. */
export { watchInvariant } from "./sim/check/registry.ts";
export {
  Cluster,
  type ClusterCheckpoint,
  type ClusterConfig,
  createCluster,
} from "./sim/cluster.ts";
export type { JournalDetail, JournalEntry } from "./sim/engine/journal.ts";
export { formatSpan, type Micros, parseSpan } from "./sim/engine/time.ts";
export { type Frame, FrameCursor, formatFrame } from "./sim/history/frame.ts";
export { History } from "./sim/history/history.ts";
export { why } from "./sim/history/why.ts";
export type { Scenario } from "./sim/scenario/model.ts";
export { type ParseOptions, parseScenario } from "./sim/scenario/parse.ts";
export { InputError, type Problem } from "./sim/scenario/problem.ts";
export type { RunResult } from "./sim/scenario/run/run-result.ts";
export { type RunOptions, runScenario, ScenarioRun } from "./sim/scenario/run/scenario-run.ts";
export { type DecideInput, decide } from "./sim/scheduler/decide.ts";
