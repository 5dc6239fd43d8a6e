import { WHOLE_GPU } from "../../scheduler/plugins/gpu/gpu-node.ts";
import {
  type GpuPlacement,
  type GpuPolicy,
  type GpuWorkload,
  usualDevices,
} from "../../scheduler/plugins/gpu/gpu-policy.ts";
import type { GoRandom } from "./go-random.ts";
import type { ReplayNode } from "./replay-node.ts";
import type { TracePod } from "./trace.ts";

/** Where a pod goes. */
export interface Placing {
  readonly node: ReplayNode;
  readonly devices: readonly number[];
}

/** Answers of all nodes about one kind of pod, as of a position in the log of placements. */
interface Answers {
  readonly scores: Float64Array;
  position: number;
}

/** Score of a node that does not take the pod. */
const REFUSED = Number.NEGATIVE_INFINITY;

/** Chooses nodes. Equal pods get equal answers, so only nodes that changed since are asked again. */
export class Asked {
  readonly nodes: readonly ReplayNode[];
  private readonly policy: GpuPolicy | undefined;
  private readonly workload: GpuWorkload;
  private readonly random: GoRandom;
  private readonly kinds = new Map<string, Answers>();
  /** Nodes in the order in which they took pods. */
  private readonly log: number[] = [];

  /** `policy` absent: any node that takes the pod, each equally likely. */
  constructor(
    nodes: readonly ReplayNode[],
    policy: GpuPolicy | undefined,
    workload: GpuWorkload,
    random: GoRandom,
  ) {
    this.nodes = nodes;
    this.policy = policy;
    this.workload = workload;
    this.random = random;
  }

  /** The node for a pod, the first of equally good ones; the caller places it there. `undefined` when it fits nowhere. */
  place(pod: TracePod): Placing | undefined {
    const { scores } = this.answersFor(pod);
    const chosen = this.policy === undefined ? this.draw(scores) : best(scores, this.policy.spread);
    if (chosen < 0) return undefined;
    this.log.push(chosen);
    const node = this.nodes[chosen] as ReplayNode;
    return { node, devices: this.devicesOn(node, pod) };
  }

  private answersFor(pod: TracePod): Answers {
    const { milliCpu, memoryMib, gpus, gpuMilli, models } = pod;
    const key = `${milliCpu} ${memoryMib} ${gpus} ${gpuMilli} ${(models ?? []).join("|")}`;
    let answers = this.kinds.get(key);
    if (answers === undefined) {
      answers = { scores: new Float64Array(this.nodes.length), position: 0 };
      this.kinds.set(key, answers);
      for (let at = 0; at < this.nodes.length; at++) answers.scores[at] = this.ask(at, pod);
    } else {
      const changed = new Set(this.log.slice(answers.position));
      for (const at of changed) answers.scores[at] = this.ask(at, pod);
    }
    answers.position = this.log.length;
    return answers;
  }

  private ask(at: number, pod: TracePod): number {
    const node = this.nodes[at] as ReplayNode;
    if (!node.fits(pod)) return REFUSED;
    return this.placement(node, pod)?.score ?? 0;
  }

  private placement(node: ReplayNode, pod: TracePod): GpuPlacement | undefined {
    return this.policy?.place(node, pod, node.hosted, this.workload);
  }

  private devicesOn(node: ReplayNode, pod: TracePod): readonly number[] {
    const placement = this.placement(node, pod);
    if (placement !== undefined) return placement.devices;
    if (pod.gpus === 0 || pod.gpuMilli >= WHOLE_GPU) return usualDevices(node, pod);
    const room = node.left.map((_, at) => at).filter((at) => (node.left[at] ?? 0) >= pod.gpuMilli);
    return [room[this.random.int(room.length)] as number];
  }

  private draw(scores: Float64Array): number {
    let feasible = 0;
    for (const score of scores) if (score !== REFUSED) feasible++;
    if (feasible === 0) return -1;
    let left = this.random.int(feasible);
    return scores.findIndex((score) => score !== REFUSED && left-- === 0);
  }
}

/** Position of the first of the highest scores; spreading them over 0..100 must not make others equal to it. */
function best(scores: Float64Array, spread: boolean): number {
  let highest = REFUSED;
  let lowest = Number.POSITIVE_INFINITY;
  for (const score of scores) {
    if (score > highest) highest = score;
    if (score !== REFUSED && score < lowest) lowest = score;
  }
  if (highest === REFUSED) return -1;
  const span = highest - lowest;
  if (!spread || span <= 100) return scores.indexOf(highest);
  return scores.findIndex((score) => Math.trunc(((score - lowest) * 100) / span) === 100);
}
