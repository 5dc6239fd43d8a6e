import { fragmentation, logisticPercent, type TypicalPod } from "./fragmentation.ts";
import {
  freeDevices,
  freeMilli,
  type GpuNode,
  type GpuPod,
  tightestDevice,
  WHOLE_GPU,
  withPod,
} from "./gpu-node.ts";

/** A node's answer: score, and the devices the pod would get. */
export interface GpuPlacement {
  /** An integer; higher is better. */
  readonly score: number;
  readonly devices: readonly number[];
}

/** How many pods of each class (`share`, `1`, `2`, … GPUs) a node hosts. */
export type HostedClasses = ReadonlyMap<string, number>;

/** What policies may know beside node and pod. */
export interface GpuWorkload {
  readonly typical: readonly TypicalPod[];
}

/** Scores nodes for pods that share GPUs. The pod fits the node. */
export interface GpuPolicy {
  readonly name: string;
  place(node: GpuNode, pod: GpuPod, hosted: HostedClasses, workload: GpuWorkload): GpuPlacement;
  /** Whether scores are spread over 0..100 before they are compared. */
  readonly spread: boolean;
}

/** Most CPU and GPU of any node of the published cluster, in thousandths: what free room is measured against. */
const MOST_CPU = 128_000;
const MOST_GPU = 8_000;

/** Class of a GPU pod for clustering: those that share a device, and each number of whole devices. */
export function classOf({ gpus, gpuMilli }: GpuPod): string | undefined {
  if (gpus === 0) return undefined;
  return gpuMilli < WHOLE_GPU ? "share" : String(gpus);
}

/** Devices a pod gets when the policy does not choose: the tightest for a share, else the first free ones. */
export function usualDevices(node: GpuNode, pod: GpuPod): readonly number[] {
  if (pod.gpus === 0) return [];
  if (pod.gpuMilli >= WHOLE_GPU) return freeDevices(node, pod.gpus);
  return [tightestDevice(node, pod.gpuMilli)];
}

/** Devices in the order of their room, smallest first, as many as the pod needs; none when it needs no GPU. */
function fillingSmallestFirst({ left }: GpuNode, { gpus, gpuMilli }: GpuPod): readonly number[] {
  const order = left.map((_, at) => at).filter((at) => (left[at] as number) >= gpuMilli);
  order.sort((a, b) => (left[a] as number) - (left[b] as number) || a - b);
  return order.slice(0, gpus);
}

/**
 * FGD, fragmentation gradient descent: the node whose fragmentation grows least (Weng et al., USENIX ATC 2023).
 * A share goes to the device that is best by the same measure.
 */
export const fgd: GpuPolicy = {
  name: "FGD",
  spread: false,
  place: (node, pod, _hosted, { typical }) => {
    const before = fragmentation(node, typical);
    const gain = (devices: readonly number[]) =>
      logisticPercent((before - fragmentation(withPod(node, pod, devices), typical)) / 1000);
    if (pod.gpus !== 1 || pod.gpuMilli >= WHOLE_GPU) {
      const devices = usualDevices(node, pod);
      return { score: gain(devices), devices };
    }
    let best: GpuPlacement = { score: Number.NEGATIVE_INFINITY, devices: [] };
    const seen = new Set<number>();
    node.left.forEach((room, device) => {
      // Equally full devices score alike, and the first one wins.
      if (room < pod.gpuMilli || seen.has(room)) return;
      seen.add(room);
      const score = gain([device]);
      if (score > best.score) best = { score, devices: [device] };
    });
    return best;
  },
};

/** Best fit: the node with the least CPU and GPU left after placing the pod. */
export const bestFit: GpuPolicy = {
  name: "BestFit",
  spread: true,
  place: (node, pod) => {
    const cpu = (node.milliCpu - pod.milliCpu) / MOST_CPU;
    const gpu = (freeMilli(node) - pod.gpus * pod.gpuMilli) / MOST_GPU;
    return {
      score: Math.trunc(100 * (1 - 0.5 * cpu - 0.5 * gpu)),
      devices: usualDevices(node, pod),
    };
  },
};

/** DotProd: the node whose free room is least aligned with the demand (Grandl et al., Tetris, SIGCOMM 2014). */
export const dotProd: GpuPolicy = {
  name: "DotProd",
  spread: false,
  place: (node, pod) => {
    const cpu = (node.milliCpu / MOST_CPU) * (pod.milliCpu / MOST_CPU);
    const gpu = (freeMilli(node) / MOST_GPU) * ((pod.gpus * pod.gpuMilli) / MOST_GPU);
    return {
      score: Math.trunc(100 * (1 - 0.5 * (cpu + gpu))),
      devices: usualDevices(node, pod),
    };
  },
};

/** GpuPacking: partly used devices first, then free devices of used nodes, then idle nodes (MLaaS, NSDI 2022). */
export const gpuPacking: GpuPolicy = {
  name: "GpuPacking",
  spread: false,
  place: (node, pod) => {
    const devices = usualDevices(node, pod);
    if (pod.gpus === 0) return { score: 0, devices };
    const { left } = node;
    if (left.every((room) => room === WHOLE_GPU))
      return { score: Math.max(33 - left.length, left.length), devices };
    const used = fillingSmallestFirst(node, pod).map((device) => left[device] as number);
    const opened = used.filter((room) => room === WHOLE_GPU).length;
    if (opened > 0) return { score: Math.max(50 - opened, 33), devices };
    let percent = 0;
    for (const room of used) percent += Math.trunc((room * 100) / WHOLE_GPU);
    return { score: Math.max(100 - Math.trunc(percent / 10), 50), devices };
  },
};

/** GpuClustering: nodes that host pods of the same size, the fuller the better (Xiao et al., Gandiva, OSDI 2018). */
export const gpuClustering: GpuPolicy = {
  name: "GpuClustering",
  spread: false,
  place: (node, pod, hosted) => {
    const devices = usualDevices(node, pod);
    const own = classOf(pod);
    if (own === undefined) return { score: 0, devices };
    const fullness = Math.trunc((25 * (MOST_GPU - freeMilli(node))) / MOST_GPU);
    if (hosted.size === 0) return { score: fullness + 25, devices };
    if (!hosted.has(own)) return { score: fullness, devices };
    return { score: fullness + (hosted.size === 1 ? 75 : 50), devices };
  },
};

/** Every policy that needs no chance. */
export const gpuPolicies: readonly GpuPolicy[] = [fgd, bestFit, dotProd, gpuPacking, gpuClustering];
