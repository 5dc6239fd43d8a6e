import { parseTimestamp } from "../../api/meta/time.ts";
import type { ContainerStatus, Pod } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { readySince } from "../runtime/pods.ts";

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
/** What is unsure goes before what runs, and what waits before both. */
const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** What the choice of a victim looks at, read once per pod. */
interface Candidate {
  readonly pod: Pod;
  readonly assigned: boolean;
  readonly phase: number;
  readonly readyAt: Micros | undefined;
  readonly cost: number;
  /** Active pods of the same application on its node. */
  readonly siblings: number;
  /** Most restarts of a container, and of a sidecar. */
  readonly restarts: number;
  readonly sidecarRestarts: number;
  readonly createdAt: Micros;
}

/**
 * The pods to delete when there are too many: unassigned, then Pending, then not ready, then cheaper to delete, then
 * with more siblings on their node, then ready for a shorter time, then with more restarts (of sidecars last), then
 * newer. Times are compared by the power of two of their age, so that age alone does not always hit the youngest.
 */
export function chooseVictims(
  pods: readonly Pod[],
  related: Iterable<Pod>,
  count: number,
  now: Micros,
): readonly Pod[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const { spec } of related) {
    const node = spec?.nodeName ?? "";
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const candidates = pods.map((pod) => candidateOf(pod, perNode));
  candidates.sort((a, b) => compare(a, b, now));
  return candidates.slice(0, count).map(({ pod }) => pod);
}

/** All pods in the order in which a Job gives them up: as above by state, then the younger first; costs and siblings do not count. */
export function surplusOrder(pods: readonly Pod[]): readonly Pod[] {
  const candidates = pods.map((pod) => candidateOf(pod, new Map()));
  candidates.sort(
    (a, b) =>
      compareState(a, b) ||
      (b.readyAt ?? 0) - (a.readyAt ?? 0) ||
      byRestarts(a, b) ||
      b.createdAt - a.createdAt,
  );
  return candidates.map(({ pod }) => pod);
}

function candidateOf(pod: Pod, perNode: ReadonlyMap<string, number>): Candidate {
  const node = pod.spec?.nodeName ?? "";
  return {
    pod,
    assigned: node !== "",
    phase: PHASE_ORDER[pod.status?.phase ?? ""] ?? 0,
    readyAt: readySince(pod),
    cost: deletionCost(pod),
    siblings: node === "" ? 0 : (perNode.get(node) ?? 0),
    restarts: mostRestarts(pod.status?.containerStatuses),
    sidecarRestarts: mostRestarts(sidecarStatuses(pod)),
    createdAt: parseTimestamp(pod.metadata.creationTimestamp) ?? 0,
  };
}

function deletionCost({ metadata }: Pod): number {
  const text = metadata.annotations?.[DELETION_COST];
  return text !== undefined && /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

function mostRestarts(statuses: readonly ContainerStatus[] = []): number {
  let most = 0;
  for (const { restartCount } of statuses) most = Math.max(most, restartCount);
  return most;
}

function sidecarStatuses({ spec, status }: Pod): readonly ContainerStatus[] | undefined {
  const sidecars = spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === "Always");
  if (sidecars === undefined || sidecars.length === 0) return undefined;
  const names = new Set(sidecars.map(({ name }) => name));
  return status?.initContainerStatuses?.filter(({ name }) => names.has(name));
}

function byRestarts(a: Candidate, b: Candidate): number {
  return b.restarts - a.restarts || b.sidecarRestarts - a.sidecarRestarts;
}

/** Negative when `a` is to go first. */
function compare(a: Candidate, b: Candidate, now: Micros): number {
  const byState = compareState(a, b);
  if (byState !== 0) return byState;
  if (a.cost !== b.cost) return a.cost - b.cost;
  if (a.siblings !== b.siblings) return b.siblings - a.siblings;
  if (a.readyAt !== undefined && b.readyAt !== undefined && a.readyAt !== b.readyAt)
    return byAge(a, b, now - a.readyAt, now - b.readyAt);
  const restarts = byRestarts(a, b);
  if (restarts !== 0) return restarts;
  if (a.createdAt !== b.createdAt) return byAge(a, b, now - a.createdAt, now - b.createdAt);
  return 0;
}

function compareState(a: Candidate, b: Candidate): number {
  if (a.assigned !== b.assigned) return a.assigned ? 1 : -1;
  if (a.phase !== b.phase) return a.phase - b.phase;
  const ready = a.readyAt !== undefined;
  return ready === (b.readyAt !== undefined) ? 0 : ready ? 1 : -1;
}

function byAge(a: Candidate, b: Candidate, ageOfA: Micros, ageOfB: Micros): number {
  const difference = magnitude(ageOfA) - magnitude(ageOfB);
  if (difference !== 0) return difference;
  return a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1;
}

/** Whole part of the binary logarithm of an age in nanoseconds; −1 for none (upstream `logarithmicRankDiff`). */
function magnitude(age: Micros): number {
  const nanoseconds = age * 1000;
  if (nanoseconds <= 0) return -1;
  const high = Math.floor(nanoseconds / 4_294_967_296);
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(nanoseconds >>> 0);
}
