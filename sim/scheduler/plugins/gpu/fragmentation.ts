import { naturalLog } from "../../framework/logarithm.ts";
import { acceptsModel, freeMilli, type GpuNode, type GpuPod, gpusFit } from "./gpu-node.ts";

/** A kind of pod the cluster usually sees, with its share of all pods. */
export interface TypicalPod extends GpuPod {
  readonly share: number;
}

/** Share of the workload that the typical pods stand for, in percent. */
const COVERAGE = 95;

function compareKinds(a: GpuPod, b: GpuPod): number {
  if (a.milliCpu !== b.milliCpu) return b.milliCpu - a.milliCpu;
  if (a.gpuMilli !== b.gpuMilli) return b.gpuMilli - a.gpuMilli;
  if (a.gpus !== b.gpus) return b.gpus - a.gpus;
  const [first, second] = [(a.models ?? []).join("|"), (b.models ?? []).join("|")];
  return first === second ? 0 : first < second ? 1 : -1;
}

/**
 * The most frequent kinds of pods that together make up 95 % of the workload (Weng et al., "Beware of
 * Fragmentation", USENIX ATC 2023).
 */
export function typicalPods(pods: readonly GpuPod[]): readonly TypicalPod[] {
  const kinds = new Map<string, { readonly pod: GpuPod; count: number }>();
  for (const pod of pods) {
    const key = `${pod.milliCpu} ${pod.gpuMilli} ${pod.gpus} ${(pod.models ?? []).join("|")}`;
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { pod, count: 1 });
    else kind.count++;
  }
  const sorted = [...kinds.values()].sort(
    (a, b) => b.count - a.count || compareKinds(a.pod, b.pod),
  );
  let covered = 0;
  const chosen = sorted.filter(({ count }) => {
    if (covered >= (COVERAGE * pods.length) / 100) return false;
    covered += count;
    return true;
  });
  // Two divisions, not one: the published shares are rounded twice, and truncated scores show it.
  const total = pods.length;
  return chosen.map(({ pod, count }) => ({ ...pod, share: count / total / (covered / total) }));
}

/**
 * Thousandths of GPU on a node that a typical pod is expected not to be able to use. The sums are kept apart by
 * cause and added up in a fixed order: scores are truncated, so the last bit counts.
 */
export function fragmentation(node: GpuNode, typical: readonly TypicalPod[]): number {
  const free = freeMilli(node);
  let lackBoth = 0;
  let lackGpu = 0;
  let lackCpu = 0;
  let cpuPodFits = 0;
  let cpuPodLacks = 0;
  let noAccess = 0;
  for (let at = 0; at < typical.length; at++) {
    const pod = typical[at] as TypicalPod;
    const all = pod.share * free;
    const cpuFits = node.milliCpu >= pod.milliCpu;
    if (pod.gpus === 0) {
      if (cpuFits) cpuPodFits += all;
      else cpuPodLacks += all;
    } else if (!acceptsModel(pod, node.model)) noAccess += all;
    else if (!gpusFit(pod, node)) {
      if (cpuFits) lackGpu += all;
      else lackBoth += all;
    } else if (!cpuFits) lackCpu += all;
    else lackGpu += pod.share * slivers(node, pod.gpuMilli);
  }
  return lackBoth + lackGpu + lackCpu + cpuPodFits + cpuPodLacks + noAccess;
}

/** Room on devices that have less left than the pod wants of one. */
function slivers({ left }: GpuNode, gpuMilli: number): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) {
    const room = left[at] as number;
    if (room < gpuMilli) sum += room;
  }
  return sum;
}

/** Smallest x with 100·σ(x) ≥ k, for k = 51…99: ln(k / (100 − k)). */
const STEPS: readonly number[] = Array.from(
  { length: 49 },
  (_, at) => naturalLog(51 + at) - naturalLog(49 - at),
);

/** Below this 1 + (1 − x) decides; the curvature of e^x is beneath the last bit there. */
const STRAIGHT = 1e-8;

/**
 * ⌊100 · σ(x)⌋ with the logistic function σ, without an exponential: engines differ in its last bit, a comparison
 * with fixed steps cannot.
 */
export function logisticPercent(x: number): number {
  if (x < STRAIGHT && x > -STRAIGHT) return Math.floor(100 * (1 / (1 + (1 - x))));
  const size = x < 0 ? -x : x;
  let passed = 0;
  while (passed < STEPS.length && (STEPS[passed] as number) <= size) passed++;
  return x > 0 ? 50 + passed : 49 - passed;
}
