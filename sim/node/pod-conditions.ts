import { timestamp } from "../api/meta/time.ts";
import type { PodCondition } from "../api/types.gen.ts";
import type { Micros } from "../engine/time.ts";
import type { ContainerRun, PodRun } from "./pod-run.ts";

interface Verdict {
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
}

const TRUE: Verdict = { status: "True" };
const FALSE: Verdict = { status: "False" };
const NONE: readonly PodCondition[] = [];

/** A pod's conditions: the kubelet's own in its order, before those of others; what did not change keeps its transition. */
export function podConditions(
  run: PodRun,
  before: readonly PodCondition[] = NONE,
  phase: string,
  now: Micros,
): readonly PodCondition[] {
  const containersReady = containersVerdict(run, phase);
  const own: [string, Verdict][] = [
    ["PodReadyToStartContainers", sandboxVerdict(run, now)],
    ["Initialized", initializedVerdict(run, phase)],
    ["Ready", readyVerdict(run, phase, containersReady, before)],
    ["ContainersReady", containersReady],
  ];
  addOthers(own, run);
  const kept =
    run.resize === undefined && before.some(isResizePending)
      ? before.filter((condition) => !isResizePending(condition))
      : before;
  return mergeConditions(kept, own, run.pod.metadata.generation, now);
}

function isResizePending({ type }: PodCondition): boolean {
  return type === "PodResizePending";
}

/** Puts verdicts in place of the conditions they renew, and those that are new before all others. */
function mergeConditions(
  before: readonly PodCondition[],
  own: readonly (readonly [string, Verdict])[],
  generation: number | undefined,
  now: Micros,
): readonly PodCondition[] {
  const merged = before.map((condition) => {
    const renewed = own.find(([type]) => type === condition.type);
    return renewed === undefined ? condition : renew(condition, renewed[1], generation, now);
  });
  const fresh = own.filter(([type]) => !before.some((condition) => condition.type === type));
  if (fresh.length === 0) return merged;
  const first = fresh.map(([type, verdict]) => compose(type, verdict, timestamp(now), generation));
  return [...first, ...merged];
}

function renew(
  before: PodCondition,
  verdict: Verdict,
  generation: number | undefined,
  now: Micros,
): PodCondition {
  const same = before.status === verdict.status;
  if (
    same &&
    before.reason === verdict.reason &&
    before.message === verdict.message &&
    before.observedGeneration === generation
  )
    return before;
  const transition = same ? (before.lastTransitionTime ?? timestamp(now)) : timestamp(now);
  return compose(before.type, verdict, transition, generation);
}

function compose(
  type: string,
  { status, reason, message }: Verdict,
  lastTransitionTime: string,
  observedGeneration: number | undefined,
): PodCondition {
  const condition: { -readonly [K in keyof PodCondition]: PodCondition[K] } =
    observedGeneration === undefined
      ? { type, status, lastTransitionTime }
      : { type, observedGeneration, status, lastTransitionTime };
  if (reason !== undefined) condition.reason = reason;
  if (message !== undefined) condition.message = message;
  return condition;
}

function sandboxVerdict(run: PodRun, now: Micros): Verdict {
  return !run.finished && now >= run.sandboxAt ? TRUE : FALSE;
}

function initializedVerdict(run: PodRun, phase: string): Verdict {
  if (phase === "Succeeded") return { status: "True", reason: "PodCompleted" };
  if (run.containers.every(isInitialized)) return TRUE;
  const incomplete = run.containers.filter((container) => !isInitialized(container));
  return {
    status: "False",
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: ${names(incomplete)}`,
  };
}

function isInitialized(container: ContainerRun): boolean {
  if (container.role === "init")
    return container.progress === "ended" && container.exit?.exitCode === 0;
  return container.role === "main" || container.started || container.runs > 1;
}

function containersVerdict(run: PodRun, phase: string): Verdict {
  if (phase === "Succeeded") return { status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { status: "False", reason: "PodFailed" };
  const unready = run.containers.filter(
    (container) => container.role !== "init" && !container.ready,
  );
  if (unready.length === 0) return TRUE;
  return {
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: ${names(unready)}`,
  };
}

/** Ready: all containers are, and every readiness gate of the spec is True. */
export function readyVerdict(
  run: { readonly pod: PodRun["pod"] },
  phase: string,
  containersReady: Verdict,
  before: readonly PodCondition[],
): Verdict {
  if (phase === "Succeeded" || phase === "Failed" || containersReady.status === "False")
    return containersReady;
  const unmet: string[] = [];
  for (const { conditionType } of run.pod.spec?.readinessGates ?? []) {
    const gate = before.find((condition) => condition.type === conditionType);
    if (gate === undefined)
      unmet.push(
        `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      );
    else if (gate.status !== "True")
      unmet.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`,
      );
  }
  if (unmet.length === 0) return TRUE;
  return { status: "False", reason: "ReadinessGatesNotReady", message: unmet.join(", ") };
}

/** Adds conditions that are there only at times: an eviction's, a resize's. */
function addOthers(own: [string, Verdict][], { stop, resize }: PodRun): void {
  if (stop?.reason === "Evicted")
    own.push([
      "DisruptionTarget",
      { status: "True", reason: "TerminationByKubelet", message: stop.message ?? "" },
    ]);
  if (resize !== undefined)
    own.push([
      "PodResizePending",
      { status: "True", reason: resize.reason, message: resize.message },
    ]);
}

function names(containers: readonly ContainerRun[]): string {
  return `[${containers.map((container) => container.name).join(" ")}]`;
}
