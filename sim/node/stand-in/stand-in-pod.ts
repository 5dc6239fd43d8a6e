import type { ApiServer } from "../../api/api-server.ts";
import type { Heartbeats } from "../../api/heartbeats.ts";
import type { Informers } from "../../api/informer.ts";
import type { Pod } from "../../api/types.gen.ts";
import type { Engine } from "../../engine/engine.ts";
import { MILLISECOND, type Micros, SECOND } from "../../engine/time.ts";
import type { StandInRules } from "./stand-in-rules.ts";

/** How long ErrImagePull stood before ImagePullBackOff. */
const PULL_ERROR_SHOWN: Micros = 3 * SECOND;
/** Between an exit and CrashLoopBackOff, and the first wait after it; each next one is twice as long. */
const RESTART_STEP: Micros = 500 * MILLISECOND;

/** Where a pod of the stand-in is. All its containers are always in the same state. */
export interface StandInPod {
  readonly key: string;
  readonly uid: string;
  readonly node: string;
  stage:
    | "bound"
    | "pull-error"
    | "pull-back-off"
    | "running"
    | "ready"
    | "exited"
    | "back-off"
    | "over";
  ip: string;
  startTime: Micros;
  startedAt: Micros;
  finishedAt: Micros;
  exitCode: number;
  restarts: number;
  /** Number among the pods of its owner, from 1. */
  ordinal: number;
  /** Phase it ended in, when it has. */
  phase: "Succeeded" | "Failed" | undefined;
  /** When it was seen to be deleted; what was planned before is void then. */
  deletedAt: Micros | undefined;
  timer: number | undefined;
}

/** A pod that was just bound. `ordinal` counts the pods of its owner. */
export function newStandInPod(pod: Pod, key: string, ordinal: number, now: Micros): StandInPod {
  return {
    key,
    uid: pod.metadata.uid,
    node: pod.spec?.nodeName ?? "",
    stage: "bound",
    ip: "",
    startTime: now,
    startedAt: now,
    finishedAt: now,
    exitCode: 0,
    restarts: 0,
    ordinal,
    phase: undefined,
    deletedAt: undefined,
    timer: undefined,
  };
}

/** What a pod does next by itself, and how long from now; `undefined` when it stays as it is. */
export function nextAlarm(
  run: StandInPod,
  rules: StandInRules,
): { readonly after: Micros; readonly type: string } | undefined {
  switch (run.stage) {
    case "bound":
      return { after: rules.startDelay, type: "container-started" };
    case "pull-error":
      return { after: PULL_ERROR_SHOWN, type: "pull-looked-at" };
    case "running":
      if (!rules.neverReady) return { after: rules.readyDelay, type: "container-ready" };
      return rules.runFor === undefined
        ? undefined
        : { after: rules.readyDelay + rules.runFor, type: "container-exited" };
    case "ready":
      return rules.runFor === undefined
        ? undefined
        : { after: rules.runFor, type: "container-exited" };
    case "exited":
      return { after: RESTART_STEP, type: "back-off" };
    case "back-off":
      return { after: RESTART_STEP * (1 << Math.min(run.restarts - 1, 9)), type: "restart" };
    default:
      return undefined;
  }
}

/** Whether the Ready condition no longer says what the readiness gates do. */
export function gatesMoved(pod: Pod): boolean {
  const conditions = pod.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === "Ready")?.status === "True";
  const open = (pod.spec?.readinessGates ?? []).every(
    ({ conditionType }) => conditions.find(({ type }) => type === conditionType)?.status === "True",
  );
  return ready !== open;
}

/** The stand-in as plain data. */
export interface StandInState {
  readonly nodes: readonly (readonly [name: string, address: string, paused: boolean])[];
  readonly pods: readonly StandInPod[];
  readonly owners: readonly (readonly [string, number])[];
  readonly brokenPulls: readonly string[];
  readonly addresses: number;
  readonly heartbeats: unknown;
}

/** What the stand-in is built with. */
export interface StandInConfig {
  readonly engine: Engine;
  readonly api: ApiServer;
  readonly informers: Informers;
  readonly heartbeats?: Heartbeats;
}
