import type { Pod } from "../sim/api/types.gen.ts";
import type { JournalEntry } from "../sim/engine/journal.ts";
import type { Micros } from "../sim/engine/time.ts";

/** What a pod is doing, as a reader tells it apart. */
export type PodState =
  | "pending"
  | "starting"
  | "running"
  | "ready"
  | "failing"
  | "stopping"
  | "done"
  | "failed";

/** The states in the order of a life. */
export const POD_STATES: readonly (readonly [state: PodState, meaning: string])[] = [
  ["pending", "waits for a node"],
  ["starting", "starts"],
  ["running", "runs, not Ready"],
  ["ready", "Ready"],
  ["failing", "fails: back-off"],
  ["stopping", "is being stopped"],
  ["done", "has succeeded"],
  ["failed", "has failed"],
];

/** A part of a pod's life in one state. */
export interface Span {
  readonly state: PodState;
  readonly from: Micros;
  to: Micros;
}

/** The life of a pod: the instants that matter, where they happened, and what it did in between. */
export interface PodLife {
  readonly key: string;
  readonly uid: string;
  /** Node it was bound to; empty when it never was. */
  node: string;
  readonly created: Micros;
  bound: Micros | undefined;
  ready: Micros | undefined;
  /** When it ended: its phase became final, or the object was gone. */
  ended: Micros | undefined;
  phase: string;
  restarts: number;
  readonly spans: Span[];
}

/** The lives of all pods of a run, in the order of their creation. */
export function podLives(entries: readonly JournalEntry[], end: Micros): readonly PodLife[] {
  const lives = new Map<string, PodLife>();
  const open = new Map<string, PodLife>();
  for (const entry of entries) {
    if (entry.kind !== "change" || entry.collection !== "Pod") continue;
    const pod = (entry.after ?? entry.before) as Pod;
    const { uid } = pod.metadata;
    const life = lives.get(uid) ?? fresh(entry.key, uid, entry.time);
    lives.set(uid, life);
    open.set(uid, life);
    if (entry.after !== undefined) follow(life, pod, entry.time);
    else {
      life.ended ??= entry.time;
      close(life, entry.time);
      open.delete(uid);
    }
  }
  for (const life of open.values()) close(life, end);
  return [...lives.values()];
}

function fresh(key: string, uid: string, created: Micros): PodLife {
  return {
    key,
    uid,
    node: "",
    created,
    bound: undefined,
    ready: undefined,
    ended: undefined,
    phase: "Pending",
    restarts: 0,
    spans: [],
  };
}

function follow(life: PodLife, pod: Pod, now: Micros): void {
  const { spec, status } = pod;
  if (life.node === "" && (spec?.nodeName ?? "") !== "") {
    life.node = spec?.nodeName ?? "";
    life.bound = now;
  }
  const state = stateOf(pod);
  if (state === "ready") life.ready ??= now;
  life.phase = status?.phase ?? "Pending";
  if (life.phase === "Succeeded" || life.phase === "Failed") life.ended ??= now;
  life.restarts = (status?.containerStatuses ?? []).reduce(
    (sum, { restartCount }) => sum + restartCount,
    0,
  );
  if (life.spans.at(-1)?.state === state) return;
  close(life, now);
  life.spans.push({ state, from: now, to: now });
}

function close({ spans }: PodLife, now: Micros): void {
  const last = spans.at(-1);
  if (last !== undefined) last.to = now;
  // What lasted no time was never seen.
  if (last !== undefined && last.from === last.to) spans.pop();
}

function stateOf({ metadata, spec, status }: Pod): PodState {
  if (status?.phase === "Succeeded") return "done";
  if (status?.phase === "Failed") return "failed";
  if (metadata.deletionTimestamp !== undefined) return "stopping";
  if ((spec?.nodeName ?? "") === "") return "pending";
  const isReady = status?.conditions?.some(
    ({ type, status: value }) => type === "Ready" && value === "True",
  );
  if (isReady === true) return "ready";
  const waiting = (status?.containerStatuses ?? []).some(({ state }) =>
    /BackOff|^Err|Error$|InvalidImageName/.test(state?.waiting?.reason ?? ""),
  );
  if (waiting) return "failing";
  return status?.phase === "Running" ? "running" : "starting";
}
