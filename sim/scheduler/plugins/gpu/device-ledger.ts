import type { PluginState } from "../../framework/plugin.ts";
import type { NodeIndex } from "../../snapshot/node-index.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import { CPU, podAmounts } from "../../snapshot/resources.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { freeDevices, type GpuNode, type GpuPod, tightestDevice, WHOLE_GPU } from "./gpu-node.ts";
import { classOf } from "./gpu-policy.ts";

/** Resource of nodes (1000 a device) and pods (all devices together). */
export const GPU_MILLI = "alibabacloud.com/gpu-milli";
/** Annotation of a bound pod: its devices, with `-` between. */
export const INDEX_ANNOTATION = "alibabacloud.com/gpu-index";
const MODEL_LABEL = "alibabacloud.com/gpu-card-model";

/** What a total of thousandths means: a share of one device or some whole ones; `undefined` when neither. */
export function gpuPodOf(milliCpu: number, gpuMilli: number): GpuPod | undefined {
  if (gpuMilli >= 0 && gpuMilli < WHOLE_GPU)
    return { milliCpu, gpus: gpuMilli === 0 ? 0 : 1, gpuMilli };
  if (!(gpuMilli > 0) || gpuMilli % WHOLE_GPU !== 0) return undefined;
  return { milliCpu, gpus: gpuMilli / WHOLE_GPU, gpuMilli: WHOLE_GPU };
}

const milliByTraits = new WeakMap<PodInfo["traits"], number>();

/** Which pod is on which device: from the pods' annotations, and from what was decided and not written yet. */
export class DeviceLedger implements PluginState {
  private assumed = new Map<
    string,
    { readonly pod: PodInfo; readonly devices: readonly number[] }
  >();

  /** Thousandths of GPU a pod requests. */
  static milliOf({ pod, traits }: PodInfo): number {
    const known = milliByTraits.get(traits);
    if (known !== undefined) return known;
    const milli = podAmounts(pod).get(GPU_MILLI) ?? 0;
    milliByTraits.set(traits, milli);
    return milli;
  }

  /** The node with what its pods leave free. */
  nodeOf(node: NodeIndex, snapshot: Snapshot): GpuNode {
    const gpu = snapshot.columns.of(snapshot.resources.idOf(GPU_MILLI));
    const cpu = snapshot.columns.of(CPU);
    const row = node * cpu.stride;
    const total = gpu.values[node * gpu.stride + gpu.allocatable] as number;
    const left = new Array<number>(Math.floor(total / WHOLE_GPU)).fill(WHOLE_GPU);
    const place: GpuNode = {
      model: snapshot.labelsOf(node)?.[MODEL_LABEL] ?? "",
      milliCpu:
        (cpu.values[row + cpu.allocatable] as number) - (cpu.values[row + cpu.requested] as number),
      left,
    };
    const strays: PodInfo[] = [];
    for (const pod of snapshot.podsOn[node] ?? []) {
      if (DeviceLedger.milliOf(pod) === 0) continue;
      const devices = this.devicesOf(pod);
      if (devices === undefined) strays.push(pod);
      else take(left, devices, pod);
    }
    // Bound by somebody who knows nothing of devices: they take the tightest, in an order of their own.
    for (const pod of strays.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const wanted = gpuPodOf(0, DeviceLedger.milliOf(pod));
      if (wanted === undefined) continue;
      const whole = wanted.gpuMilli === WHOLE_GPU;
      take(
        left,
        whole ? freeDevices(place, wanted.gpus) : [tightestDevice(place, wanted.gpuMilli)],
        pod,
      );
    }
    return place;
  }

  /** Classes of GPU pods on a node, with their numbers. */
  hostedOn(node: NodeIndex, snapshot: Snapshot): ReadonlyMap<string, number> {
    const hosted = new Map<string, number>();
    for (const pod of snapshot.podsOn[node] ?? []) {
      const wanted = gpuPodOf(0, DeviceLedger.milliOf(pod));
      const kind = wanted === undefined ? undefined : classOf(wanted);
      if (kind !== undefined) hosted.set(kind, (hosted.get(kind) ?? 0) + 1);
    }
    return hosted;
  }

  /** Sets devices aside for a pod. */
  assume(pod: PodInfo, devices: readonly number[]): void {
    this.assumed.set(pod.id, { pod, devices });
  }

  /** Devices set aside for a pod. */
  assumedFor(pod: PodInfo): readonly number[] | undefined {
    return this.assumed.get(pod.id)?.devices;
  }

  /** Gives a pod's devices back. */
  forget(pod: PodInfo): void {
    this.assumed.delete(pod.id);
  }

  /** Drops what the pods' annotations say by now, and pods that are gone. */
  forgetSettled(snapshot: Snapshot): void {
    for (const [id, { pod }] of this.assumed) {
      const node = snapshot.nodeOf(pod.pod);
      const now =
        node === undefined ? undefined : snapshot.podsOn[node]?.find((each) => each.id === id);
      if (now === undefined || written(now) !== undefined) this.assumed.delete(id);
    }
  }

  save(): unknown {
    return [...this.assumed];
  }

  load(saved: unknown): void {
    this.assumed = new Map(saved as typeof this.assumed);
  }

  private devicesOf(pod: PodInfo): readonly number[] | undefined {
    return written(pod) ?? this.assumed.get(pod.id)?.devices;
  }
}

function written({ pod }: PodInfo): readonly number[] | undefined {
  const text = pod.metadata.annotations?.[INDEX_ANNOTATION];
  return text === undefined || text === "" ? undefined : text.split("-").map(Number);
}

function take(left: number[], devices: readonly number[], pod: PodInfo): void {
  const wanted = gpuPodOf(0, DeviceLedger.milliOf(pod));
  for (const device of devices)
    if (device >= 0 && device < left.length)
      left[device] = (left[device] as number) - (wanted?.gpuMilli ?? 0);
}
