/** Thousandths of a GPU: a whole device. */
export const WHOLE_GPU = 1000;

/** What a pod asks of GPUs. */
export interface GpuPod {
  readonly milliCpu: number;
  /** Devices; 0 for a pod that needs none. */
  readonly gpus: number;
  /** Thousandths of each device. Below 1000 only with one device. */
  readonly gpuMilli: number;
  /** Models it accepts; absent when any will do. */
  readonly models?: readonly string[];
}

/** A node's free CPU and GPUs. */
export interface GpuNode {
  readonly model: string;
  readonly milliCpu: number;
  /** Free thousandths of each device. */
  readonly left: readonly number[];
}

/** Free thousandths of all devices together. */
export function freeMilli({ left }: GpuNode): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += left[at] as number;
  return sum;
}

/** Whether the node's model is one the pod accepts. */
export function acceptsModel({ models }: GpuPod, model: string): boolean {
  return models === undefined || models.includes(model);
}

/** Whether enough devices have enough left. */
export function gpusFit({ gpus, gpuMilli }: GpuPod, { left }: GpuNode): boolean {
  let wanted = gpus;
  for (let at = 0; at < left.length && wanted > 0; at++)
    if ((left[at] as number) >= gpuMilli) wanted--;
  return wanted <= 0;
}

/** The first devices that are completely free: where a pod of whole GPUs goes. */
export function freeDevices({ left }: GpuNode, count: number): readonly number[] {
  const devices: number[] = [];
  for (let at = 0; at < left.length && devices.length < count; at++)
    if (left[at] === WHOLE_GPU) devices.push(at);
  return devices;
}

/** The device with the least sufficient room, the first of equals; -1 when none has enough. */
export function tightestDevice({ left }: GpuNode, gpuMilli: number): number {
  let best = -1;
  for (let at = 0; at < left.length; at++) {
    const room = left[at] as number;
    if (room >= gpuMilli && (best < 0 || room < (left[best] as number))) best = at;
  }
  return best;
}

/** The node with a pod on these devices. */
export function withPod(node: GpuNode, pod: GpuPod, devices: readonly number[]): GpuNode {
  const left = [...node.left];
  for (const device of devices) left[device] = (left[device] as number) - pod.gpuMilli;
  return { ...node, milliCpu: node.milliCpu - pod.milliCpu, left };
}
