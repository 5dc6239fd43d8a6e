import {
  acceptsModel,
  type GpuNode,
  type GpuPod,
  gpusFit,
  WHOLE_GPU,
} from "../../scheduler/plugins/gpu/gpu-node.ts";
import { classOf } from "../../scheduler/plugins/gpu/gpu-policy.ts";
import type { TraceNode, TracePod } from "./trace.ts";

/** Pods a node of the experiment takes. */
const MOST_PODS = 1001;

/** A node of a replay, changed in place. */
export class ReplayNode implements GpuNode {
  readonly model: string;
  milliCpu: number;
  memoryMib: number;
  readonly left: number[];
  /** Kinds of GPU pods here, with their numbers. */
  readonly hosted = new Map<string, number>();
  /** Fragmentation of the node as it stands. */
  fragmented = 0;
  private pods = 0;

  constructor({ milliCpu, memoryMib, gpus, model }: TraceNode) {
    this.model = model;
    this.milliCpu = milliCpu;
    this.memoryMib = memoryMib;
    this.left = new Array<number>(gpus).fill(WHOLE_GPU);
  }

  fits(pod: TracePod): boolean {
    return (
      this.milliCpu >= pod.milliCpu &&
      this.memoryMib >= pod.memoryMib &&
      this.pods < MOST_PODS &&
      (pod.gpus === 0 || (acceptsModel(pod, this.model) && gpusFit(pod, this)))
    );
  }

  take(pod: TracePod, devices: readonly number[]): void {
    this.milliCpu -= pod.milliCpu;
    this.memoryMib -= pod.memoryMib;
    this.pods++;
    for (const device of devices) this.left[device] = (this.left[device] as number) - pod.gpuMilli;
    const kind = classOf(pod satisfies GpuPod);
    if (kind !== undefined) this.hosted.set(kind, (this.hosted.get(kind) ?? 0) + 1);
  }
}
