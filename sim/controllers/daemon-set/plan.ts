import type { DaemonSet, Pod } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { countOf } from "../runtime/int-or-percent.ts";
import { hasEnded, isAvailable, isReady, isTerminating } from "../runtime/pods.ts";
import type { Fit } from "./node-fit.ts";
import { byAge, isUpdated } from "./pod.ts";

/** A node with what it is to a DaemonSet, and the daemon pods on it or meant for it. */
export interface DaemonNode {
  readonly name: string;
  readonly fit: Fit;
  readonly pods: readonly Pod[];
}

/** Nodes that need a pod and pods that must go. */
export interface DaemonPlan {
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
}

/** What plans are made from. */
export interface DaemonView {
  readonly set: DaemonSet;
  /** Hash of the newest template. */
  readonly hash: string;
  readonly now: Micros;
}

/** How many pods a rolling update may add beside old ones, and how many may be unavailable. */
export interface DaemonFences {
  readonly surge: number;
  readonly unavailable: number;
}

/** Both round up; when neither allows anything, one may be unavailable. */
export function daemonFences({ spec }: DaemonSet, desired: number): DaemonFences {
  const { maxSurge = 0, maxUnavailable = 1 } = spec.updateStrategy?.rollingUpdate ?? {};
  const surge = countOf(maxSurge, desired, "up");
  const unavailable = countOf(maxUnavailable, desired, "up");
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function allowsSurge({ spec }: DaemonSet): boolean {
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  return type !== "OnDelete" && countOf(rollingUpdate?.maxSurge, 100, "up") > 0;
}

/** What a node needs regardless of updates: a pod where there is none, and only one where there are more. */
export function nodePlan(node: DaemonNode, view: DaemonView): DaemonPlan {
  const { shouldRun, mayStay } = node.fit;
  if (shouldRun && node.pods.length === 0) return { create: [node.name], remove: [] };
  if (!mayStay) return { create: [], remove: node.pods.filter((pod) => !isTerminating(pod)) };
  const ended = node.pods.filter((pod) => !isTerminating(pod) && hasEnded(pod));
  const running = node.pods.filter((pod) => !isTerminating(pod) && !hasEnded(pod)).sort(byAge);
  if (!allowsSurge(view.set)) return { create: [], remove: [...ended, ...running.slice(1)] };
  if (running.length === 0) return { create: shouldRun ? [node.name] : [], remove: ended };
  return { create: [], remove: [...ended, ...surplusOf(running, view)] };
}

/** Of two running pods both stay only while the new one is not available and the old one is ready. */
function surplusOf(running: readonly Pod[], { set, hash, now }: DaemonView): readonly Pod[] {
  if (running.length <= 1) return [];
  const isNew = (pod: Pod) => isUpdated(pod, set, hash);
  const newest = running.find(isNew);
  const old = running.find((pod) => !isNew(pod));
  const surplus = running.filter((pod) => pod !== newest && pod !== old);
  if (newest === undefined || old === undefined) return surplus;
  const replaced = !isReady(old) || isAvailable(newest, set.spec.minReadySeconds ?? 0, now);
  return replaced ? [...surplus, old] : surplus;
}

/** What a rolling update does now over the nodes that should run a pod, or have one. */
export function updatePlan(nodes: readonly DaemonNode[], view: DaemonView): DaemonPlan {
  const desired = nodes.filter(({ fit }) => fit.shouldRun).length;
  const fences = daemonFences(view.set, desired);
  const concerned = nodes.filter(({ fit, pods }) => fit.shouldRun || pods.length > 0);
  return fences.surge === 0
    ? deleteToUpdate(concerned, fences.unavailable, view)
    : surgeToUpdate(concerned, fences.surge, desired, view);
}

interface Pair {
  readonly current: Pod | undefined;
  readonly old: Pod | undefined;
}

/** The new and the old pod of a node; `undefined` when there are several of a kind, which is not the update's business. */
function pairOf(pods: readonly Pod[], { set, hash }: DaemonView): Pair | undefined {
  let current: Pod | undefined;
  let old: Pod | undefined;
  for (const pod of pods) {
    if (isTerminating(pod)) continue;
    if (isUpdated(pod, set, hash)) {
      if (current !== undefined) return undefined;
      current = pod;
    } else {
      if (old !== undefined) return undefined;
      old = pod;
    }
  }
  return { current, old };
}

function deleteToUpdate(nodes: readonly DaemonNode[], limit: number, view: DaemonView): DaemonPlan {
  const { set, now } = view;
  const isUp = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { pods } of nodes) {
    const pair = pairOf(pods, view);
    if (pair === undefined || (pair.current === undefined) === (pair.old === undefined))
      unavailable++;
    else if (pair.current !== undefined) unavailable += isUp(pair.current) ? 0 : 1;
    else if (pair.old !== undefined) (isUp(pair.old) ? candidates : broken).push(pair.old);
  }
  // Old pods that are not available count against the limit although they go anyway.
  unavailable += broken.length;
  const allowed = Math.max(0, limit - unavailable);
  return { create: [], remove: [...broken, ...candidates.slice(0, allowed)] };
}

function surgeToUpdate(
  nodes: readonly DaemonNode[],
  limit: number,
  desired: number,
  view: DaemonView,
): DaemonPlan {
  const { set, now } = view;
  const isUp = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  let surging = 0;
  let available = 0;
  const remove: Pod[] = [];
  const sunset: Pod[] = [];
  const broken: string[] = [];
  const candidates: string[] = [];
  for (const { name, fit, pods } of nodes) {
    const pair = pairOf(pods, view);
    if (pair === undefined) {
      surging++;
      continue;
    }
    const { current, old } = pair;
    const counted = old ?? current;
    if (counted !== undefined && isUp(counted)) available++;
    if (old === undefined) continue;
    if (current !== undefined) {
      if (isUp(current)) remove.push(old);
      else surging++;
    } else if (!fit.shouldRun) (isUp(old) ? sunset : remove).push(old);
    else (isUp(old) ? candidates : broken).push(name);
  }
  // A good pod on a node that is not to have one any more goes only when as many are available as are wanted without it.
  remove.push(...sunset.slice(0, Math.max(0, available - desired)));
  const allowed = Math.max(0, limit - surging);
  return { create: [...broken, ...candidates.slice(0, allowed)], remove };
}
