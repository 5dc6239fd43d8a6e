/**
 * What programs import from ksim: a cluster, scenarios, the past of a run, and what authors of controllers and schedulers build on.
 */
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
export type { Pace } from "./sim/api/pace.ts";
export type * from "./sim/api/types.gen.ts";
export {
  Cluster,
  type ClusterCheckpoint,
  type ClusterConfig,
  createCluster,
} from "./sim/cluster.ts";
export type { ControllerEntry } from "./sim/controllers/registry.ts";
export type {
  Controller,
  ReconcileContext,
  ReconcileResult,
  Watch,
} from "./sim/controllers/runtime/controller.ts";
export type { ControllerServices } from "./sim/controllers/runtime/services.ts";
export { Engine, EngineError, type SimEvent } from "./sim/engine/engine.ts";
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
export { History } from "./sim/history/history.ts";
export { why } from "./sim/history/why.ts";
export { decide } from "./sim/scheduler/decide.ts";
export type { ClusterEvent } from "./sim/scheduler/framework/cluster-event.ts";
export type {
  FilterPoint,
  NodeFilter,
  NodeScore,
  Normalize,
  Plugin,
  PluginFactory,
  ScorePoint,
} from "./sim/scheduler/framework/plugin.ts";
export { unresolvable, unschedulable } from "./sim/scheduler/framework/status.ts";
export type { PodInfo } from "./sim/scheduler/snapshot/pod-info.ts";
export type { NodeIndex, Snapshot } from "./sim/scheduler/snapshot/snapshot.ts";
export type { Strategy } from "./sim/scheduler/strategies/strategy.ts";
