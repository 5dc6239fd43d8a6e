import type { Node, Pod } from "../../../sim/api/types.gen.ts";
import { randomFrom } from "../../../sim/engine/random.ts";
import type {
  ScheduleResult,
  SchedulingCore,
} from "../../../sim/scheduler/cycle/scheduling-core.ts";
import { SchedulingQueue } from "../../../sim/scheduler/queue/scheduling-queue.ts";
import { makeSchedulingCore } from "../../../sim/scheduler/registry.ts";

/** A scheduling core with nodes, and pods placed one after another as its queue hands them out. */
export class Placing {
  readonly core: SchedulingCore;
  readonly placed = new Map<string, string>();
  /** Names of pods in the order in which they got a node. */
  readonly order: string[] = [];
  readonly refused = new Map<string, ScheduleResult>();
  private readonly queue: SchedulingQueue;
  private readonly explain: boolean;

  constructor(scheduler: string | object, nodes: readonly Node[], explain = false) {
    this.core = makeSchedulingCore(scheduler, randomFrom("placing"));
    this.queue = new SchedulingQueue((a, b) => this.core.compare(a, b), this.core.queueMoves);
    this.explain = explain;
    for (const each of nodes) this.core.snapshot.addNode(each);
  }

  /** Queues the pods and tries each once. */
  run(...pods: readonly Pod[]): this {
    for (const pod of pods) {
      this.core.snapshot.groups.put(pod);
      this.queue.add(pod, this.order.length, 0);
    }
    for (let next = this.queue.pop(); next !== undefined; next = this.queue.pop()) {
      const { pod } = next;
      const result = this.core.schedule(pod, { explain: this.explain });
      if (result.node === undefined) this.refused.set(pod.metadata.name, result);
      else {
        this.core.snapshot.addPod(pod, result.node);
        this.placed.set(pod.metadata.name, result.node);
        this.order.push(pod.metadata.name);
      }
    }
    return this;
  }

  /** Pods per node, in the order in which they came. */
  get bins(): Readonly<Record<string, readonly string[]>> {
    const bins: Record<string, string[]> = {};
    for (const [pod, node] of this.placed) bins[node] = [...(bins[node] ?? []), pod];
    return bins;
  }
}
