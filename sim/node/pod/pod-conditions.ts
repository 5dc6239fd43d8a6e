import { timestamp } from "../../api/meta/time.ts";
import type { PodCondition } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import type { ContainerRun, PodRun } from "./pod-run.ts";

interface Verdict {
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
}

const TRUE: Verdict = { status: "True" };
const FALSE: Verdict = { status: "False" };
const NONE: readonly PodCondition[] = [];

/** The kubelet's own conditions that every pod has, in its order. */
const OWN = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"] as const;

/**
 * A pod's conditions: the kubelet's own in its order, before those of others; what did not change keeps its transition,
 * and is the same object.
 */
export function podConditions(
  run: PodRun,
  before: readonly PodCondition[] = NONE,
  phase: string,
  now: Micros,
): readonly PodCondition[] {
  const containersReady = containersVerdict(run, phase);
  const verdicts: Verdict[] = [
    sandboxVerdict(run, now),
    initializedVerdict(run, phase),
    readyVerdict(run, phase, containersReady, before),
    containersReady,
  ];
  const types = addOthers(OWN, verdicts, run);
  const kept =
    run.resize === undefined && before.some(isResizePending)
      ? before.filter((condition) => !isResizePending(condition))
      : before;
  return mergeConditions(kept, types, verdicts, run.pod.metadata.generation, now);
}

function isResizePending({ type }: PodCondition): boolean {
  return type === "PodResizePending";
}

/** Puts verdicts in place of the conditions they renew, and those that are new before all others. */
function mergeConditions(
  before: readonly PodCondition[],
  types: readonly string[],
  verdicts: readonly Verdict[],
  generation: number | undefined,
  now: Micros,
): readonly PodCondition[] {
  let merged: PodCondition[] | undefined;
  /** Types that are there, as bits. */
  let present = 0;
  for (let at = 0; at < before.length; at++) {
    const condition = before[at] as PodCondition;
    const place = types.indexOf(condition.type);
    if (place < 0) continue;
    present |= 1 << place;
    const renewed = renew(condition, verdicts[place] as Verdict, generation, now);
    if (renewed === condition) continue;
    merged ??= before.slice();
    merged[at] = renewed;
  }
  if (present === (1 << types.length) - 1) return merged ?? before;
  const first: PodCondition[] = [];
  for (let place = 0; place < types.length; place++) {
    if ((present & (1 << place)) !== 0) continue;
    const type = types[place] as string;
    first.push(compose(type, verdicts[place] as Verdict, timestamp(now), generation));
  }
  return first.concat(merged ?? before);
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

/** Adds verdicts on what is there only at times: an eviction, a resize. Answers the types of all verdicts. */
function addOthers(
  types: readonly string[],
  verdicts: Verdict[],
  { stop, resize }: PodRun,
): readonly string[] {
  let all = types;
  if (stop?.reason === "Evicted") {
    all = [...all, "DisruptionTarget"];
    const message = stop.message ?? "";
    verdicts.push({ status: "True", reason: "TerminationByKubelet", message });
  }
  if (resize !== undefined) {
    all = [...all, "PodResizePending"];
    verdicts.push({ status: "True", reason: resize.reason, message: resize.message });
  }
  return all;
}

function names(containers: readonly ContainerRun[]): string {
  return `[${containers.map((container) => container.name).join(" ")}]`;
}
