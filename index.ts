/**
 * ksim as a library: run scenarios and clusters from a program, look at their past, and write controllers, schedulers
 * and invariants of your own. Modules named in a scenario import the same things from "ksim".
 */

// Objects of the API
export type { AdmissionPlugin } from "./sim/api/admission/plugin.ts";
export { ApiError, isApiError } from "./sim/api/api-error.ts";
export type { ApiServer, DeleteOptions, WriteOptions } from "./sim/api/api-server.ts";
export type { Client, ObjectOf } from "./sim/api/client.ts";
export type { EventRecorder } from "./sim/api/event-recorder.ts";
export type { KindMap, KindName } from "./sim/api/kinds/kind-map.ts";
export {
  canonicalQuantity,
  milliValue,
  parseQuantity,
  wholeValue,
} from "./sim/api/meta/quantity.ts";
export { labelsInclude, matchesSelector, parseSelector } from "./sim/api/meta/selector.ts";
export { microTimestamp, parseTimestamp, timestamp } from "./sim/api/meta/time.ts";
export {
  type Key,
  type KubeObject,
  keyOf,
  type Manifest,
  makeKey,
  splitKey,
} from "./sim/api/object.ts";
export { NO_PART, Part, type Parts } from "./sim/api/object-parts.ts";
export type { Pace } from "./sim/api/pace.ts";
export type * from "./sim/api/types.gen.ts";
// Invariants
export type { Invariant, Monitor } from "./sim/check/invariant.ts";
export { Monitors } from "./sim/check/monitors.ts";
export { invariantNames, watchInvariant } from "./sim/check/registry.ts";
// Clusters
export {
  Cluster,
  type ClusterCheckpoint,
  type ClusterConfig,
  createCluster,
} from "./sim/cluster.ts";
// Controllers
export type { OwnController } from "./sim/controllers/own-controllers.ts";
export type { ControllerEntry } from "./sim/controllers/registry.ts";
export type {
  Controller,
  ReconcileContext,
  ReconcileResult,
  Watch,
} from "./sim/controllers/runtime/controller.ts";
export { OwnControllerError } from "./sim/controllers/runtime/own-controller.ts";
export type { ControllerServices } from "./sim/controllers/runtime/services.ts";
// Time and chance
export { Engine, EngineError, type SimEvent } from "./sim/engine/engine.ts";
// The past of a run
export type { JournalDetail, JournalEntry } from "./sim/engine/journal.ts";
export { type Random, randomFrom } from "./sim/engine/random.ts";
export {
  formatSpan,
  HOUR,
  MILLISECOND,
  MINUTE,
  type Micros,
  parseSpan,
  SECOND,
} from "./sim/engine/time.ts";
export type { FaultSpec } from "./sim/faults/fault.ts";
export { type Frame, FrameCursor, formatFrame } from "./sim/history/frame.ts";
export { History } from "./sim/history/history.ts";
export { why } from "./sim/history/why.ts";
export type { NodeTemplate } from "./sim/node/machine/node-template.ts";
export { applyManifests } from "./sim/scenario/apply-manifests.ts";
// Scenarios
export type { Scenario } from "./sim/scenario/model.ts";
export { type ParseOptions, parseScenario } from "./sim/scenario/parse.ts";
export { InputError, type Problem } from "./sim/scenario/problem.ts";
export type { ModuleLoader } from "./sim/scenario/read-cluster.ts";
export { isFine, type RunResult } from "./sim/scenario/run/run-result.ts";
export { type RunOptions, runScenario, ScenarioRun } from "./sim/scenario/run/scenario-run.ts";
// Schedulers
export { type DecideInput, decide } from "./sim/scheduler/decide.ts";
export type { ClusterEvent } from "./sim/scheduler/framework/cluster-event.ts";
export { SchedulerError } from "./sim/scheduler/framework/error.ts";
export type {
  DomainFilter,
  DomainScore,
  FilterPoint,
  NodeFilter,
  NodeScore,
  Normalize,
  Plugin,
  PluginFactory,
  ScorePoint,
} from "./sim/scheduler/framework/plugin.ts";
export { type Rejection, unresolvable, unschedulable } from "./sim/scheduler/framework/status.ts";
export type { NodeIndex } from "./sim/scheduler/snapshot/node-index.ts";
export type { PodInfo } from "./sim/scheduler/snapshot/pod-info.ts";
export type { Snapshot } from "./sim/scheduler/snapshot/snapshot.ts";
export type { ClusterView } from "./sim/scheduler/strategies/cluster-view.ts";
export type { OwnDecision, OwnScheduler } from "./sim/scheduler/strategies/own-scheduler.ts";
export type { Strategy } from "./sim/scheduler/strategies/strategy.ts";
