import {
  fragmentation,
  type TypicalPod,
  typicalPods,
} from "../../scheduler/plugins/gpu/fragmentation.ts";
import { type GpuPolicy, gpuPolicies } from "../../scheduler/plugins/gpu/gpu-policy.ts";
import { arrivals } from "./arrivals.ts";
import { Asked, type Placing } from "./asked.ts";
import { ReplayNode } from "./replay-node.ts";
import type { TraceNode, TracePod } from "./trace.ts";

/** One published run repeated. Percentages are of the cluster's GPUs; the index is the arrived demand in percent. */
export interface ReplayResult {
  readonly alloc: readonly number[];
  readonly frag: readonly number[];
  readonly failed: number;
  /** Thousandths of GPU given to pods. */
  readonly usedMilli: number;
  /** Thousandths of GPU asked for. */
  readonly arrivedMilli: number;
}

/** Names a replay may be asked for: the policies of the paper and `Random`. */
const replayPolicies: readonly string[] = [...gpuPolicies.map(({ name }) => name), "Random"];

/** Curves go from 0 to 130 % of demand. */
const LAST_CELL = 130;

/** Means of a measure by percent of demand. */
class Curve {
  private readonly sums: number[] = [];
  private readonly counts: number[] = [];

  add(cell: number, value: number): void {
    this.sums[cell] = (this.sums[cell] ?? 0) + value;
    this.counts[cell] = (this.counts[cell] ?? 0) + 1;
  }

  /** The means; a cell nothing fell into repeats the one before. */
  means(): readonly number[] {
    const means: number[] = [];
    for (let cell = 0; cell <= LAST_CELL; cell++) {
      const count = this.counts[cell] ?? 0;
      means.push(count === 0 ? (means[cell - 1] ?? 0) : (this.sums[cell] ?? 0) / count);
    }
    return means;
  }
}

/** The nearest integer, of two equally near ones the even one: how the published numbers were rounded. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** Policy of that name; `undefined` for `Random`. Throws for a name there is not. */
function policyOf(name: string): GpuPolicy | undefined {
  const policy = gpuPolicies.find((each) => each.name === name);
  if (policy === undefined && name !== "Random")
    throw new Error(`unknown policy: ${name}; there are ${replayPolicies.join(", ")}`);
  return policy;
}

/** A cluster that pods arrive in one after another; none ever leaves. */
class Replay {
  private readonly nodes: readonly ReplayNode[];
  private readonly typical: readonly TypicalPod[];
  private readonly asked: Asked;
  private readonly milli: number;
  private readonly alloc = new Curve();
  private readonly frag = new Curve();
  private fragmented = 0;
  private usedMilli = 0;
  private arrivedMilli = 0;
  private failed = 0;

  constructor(nodes: readonly TraceNode[], typical: readonly TypicalPod[], asked: Asked) {
    this.typical = typical;
    this.asked = asked;
    this.nodes = asked.nodes;
    let gpus = 0;
    for (const node of nodes) gpus += node.gpus;
    this.milli = gpus * 1000;
    for (const node of this.nodes) {
      node.fragmented = fragmentation(node, typical);
      this.fragmented += node.fragmented;
    }
  }

  arrive(pod: TracePod): void {
    const placing = this.asked.place(pod);
    this.arrivedMilli += pod.gpus * pod.gpuMilli;
    if (placing === undefined) this.failed++;
    else this.take(placing, pod);
    const cell = roundHalfEven((100 * this.arrivedMilli) / this.milli);
    this.alloc.add(cell, roundHalfEven((10_000 * this.usedMilli) / this.milli) / 100);
    this.frag.add(cell, (100 * this.fragmented) / this.milli);
  }

  result(): ReplayResult {
    const { failed, usedMilli, arrivedMilli } = this;
    return {
      alloc: this.alloc.means(),
      frag: this.frag.means(),
      failed,
      usedMilli,
      arrivedMilli,
    };
  }

  private take({ node, devices }: Placing, pod: TracePod): void {
    node.take(pod, devices);
    this.usedMilli += pod.gpus * pod.gpuMilli;
    this.fragmented -= node.fragmented;
    node.fragmented = fragmentation(node, this.typical);
    this.fragmented += node.fragmented;
  }
}

/**
 * Repeats a run of the GPU-fragmentation experiment (Weng et al., USENIX ATC 2023) on the openb trace: pods arrive
 * one after another, one attempt each, until they ask for 130 % of the GPUs. Throws for an unknown policy.
 */
export function replay(
  trace: { readonly nodes: readonly TraceNode[]; readonly pods: readonly TracePod[] },
  policy: string,
  seed: number,
): ReplayResult {
  const chosen = policyOf(policy);
  const typical = typicalPods(trace.pods);
  const { nodes, pods, random } = arrivals(trace.nodes, trace.pods, seed);
  const asked = new Asked(
    nodes.map((node) => new ReplayNode(node)),
    chosen,
    { typical },
    random,
  );
  const run = new Replay(nodes, typical, asked);
  for (const pod of pods) run.arrive(pod);
  return run.result();
}
