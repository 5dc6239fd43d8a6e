import { isOnNode, requestOf } from "../../api/kinds/pod/room.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { milliValue, wholeValue } from "../../api/meta/quantity.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import type { JournalEntry } from "../../engine/journal.ts";
import type { Micros } from "../../engine/time.ts";
import {
  GPU_MILLI,
  gpuPodOf,
  INDEX_ANNOTATION,
} from "../../scheduler/plugins/gpu/device-ledger.ts";
import {
  fragmentation,
  type TypicalPod,
  typicalPods,
} from "../../scheduler/plugins/gpu/fragmentation.ts";
import {
  freeDevices,
  freeMilli,
  type GpuPod,
  tightestDevice,
  WHOLE_GPU,
} from "../../scheduler/plugins/gpu/gpu-node.ts";
import { Level } from "./level.ts";
import type { Metric, Sample } from "./metric.ts";

/** A pod took room on a node, or gave it back. */
interface Move {
  readonly time: Micros;
  readonly node: string;
  readonly pod: GpuPod;
  readonly uid: string;
  /** Devices that the pod's annotation names. */
  readonly devices: readonly number[] | undefined;
  readonly by: 1 | -1;
}

/** What a node offers. */
interface Offer {
  readonly model: string;
  readonly milliCpu: number;
  readonly gpus: number;
}

/** A node came, offers something else, or went. */
interface NodeChange {
  readonly time: Micros;
  readonly node: string;
  readonly offer: Offer | undefined;
}

/** A machine, as its pods leave it. */
interface Machine {
  offer: Offer;
  model: string;
  milliCpu: number;
  readonly left: number[];
  readonly held: Map<string, readonly number[]>;
  /** Thousandths of GPU that the workload's pods are expected not to be able to use. */
  unusable: number;
}

/** What the journal says of GPUs: machines and pods, who came and went. Typical pods are known at the end alone. */
class GpuMoves {
  readonly #offers = new Map<string, Offer>();
  readonly #moves: (Move | NodeChange)[] = [];
  readonly #seen: GpuPod[] = [];

  take(entry: JournalEntry): void {
    if (entry.kind !== "change") return;
    if (entry.collection === "Node")
      this.#takeNode(entry.key, entry.after as Node | undefined, entry.time);
    if (entry.collection !== "Pod") return;
    const [before, after] = [entry.before as Pod | undefined, entry.after as Pod | undefined];
    if (before === undefined && after !== undefined) this.#seen.push(gpuPod(after));
    this.#move(before, -1, entry.time, after);
    this.#move(after, 1, entry.time, before);
  }

  /** Replays the moves; `value` is asked for the machines that there are, and its answer after each move among them. */
  samples(
    end: Micros,
    value: (machines: readonly Machine[]) => (changed: Machine) => number,
  ): readonly Sample[] {
    const level = new Level();
    const machines = new Map<string, Machine>();
    let ask: ((changed: Machine) => number) | undefined;
    let changed: Micros | undefined;
    // Machines that come together are looked at together.
    const lookAnew = () => {
      if (changed === undefined) return;
      const all = [...machines.values()];
      const [first] = all;
      ask = first === undefined || total(all) === 0 ? undefined : value(all);
      level.set(changed, first && ask?.(first));
      changed = undefined;
    };
    for (const move of this.#moves) {
      if (changed !== undefined && move.time > changed) lookAnew();
      const machine = machines.get(move.node);
      if ("offer" in move) {
        if (move.offer === undefined) machines.delete(move.node);
        else if (machine === undefined) machines.set(move.node, newMachine(move.offer));
        else reshape(machine, move.offer);
        changed = move.time;
      } else if (machine !== undefined) {
        play(move, machine);
        if (changed === undefined && ask !== undefined) level.set(move.time, ask(machine));
      }
    }
    lookAnew();
    return level.samples(end);
  }

  typical(): readonly TypicalPod[] {
    return typicalPods(this.#seen);
  }

  #takeNode(name: string, node: Node | undefined, time: Micros): void {
    const before = this.#offers.get(name);
    const offer = node && offerOf(node);
    if (deepEqual(before, offer)) return;
    if (offer === undefined) this.#offers.delete(name);
    else this.#offers.set(name, offer);
    this.#moves.push({ time, node: name, offer });
  }

  #move(pod: Pod | undefined, by: 1 | -1, time: Micros, other: Pod | undefined): void {
    if (pod === undefined || !isOnNode(pod)) return;
    // Most changes of a pod leave its room alone.
    if (other !== undefined && isOnNode(other)) return;
    const written = pod.metadata.annotations?.[INDEX_ANNOTATION];
    this.#moves.push({
      time,
      node: pod.spec?.nodeName ?? "",
      pod: gpuPod(pod),
      uid: pod.metadata.uid,
      devices: written === undefined ? undefined : written.split("-").map(Number),
      by,
    });
  }
}

function offerOf({ metadata, status }: Node): Offer {
  const allocatable = (status?.allocatable ?? {}) as Readonly<Record<string, string>>;
  return {
    model: metadata.labels?.["alibabacloud.com/gpu-card-model"] ?? "",
    milliCpu: milliValue(allocatable["cpu"] ?? "0"),
    gpus: Math.floor(wholeValue(allocatable[GPU_MILLI] ?? "0") / WHOLE_GPU),
  };
}

function newMachine(offer: Offer): Machine {
  const { model, milliCpu, gpus } = offer;
  const left = new Array<number>(gpus).fill(WHOLE_GPU);
  return { offer, model, milliCpu, left, held: new Map(), unusable: 0 };
}

/** A machine offers something else from now on; its pods stay. */
function reshape(machine: Machine, offer: Offer): void {
  machine.milliCpu += offer.milliCpu - machine.offer.milliCpu;
  while (machine.left.length < offer.gpus) machine.left.push(WHOLE_GPU);
  machine.left.length = offer.gpus;
  machine.model = offer.model;
  machine.offer = offer;
}

function gpuPod(pod: Pod): GpuPod {
  const cpu = requestOf(pod, "cpu", milliValue);
  return (
    gpuPodOf(cpu, requestOf(pod, GPU_MILLI, wholeValue)) ?? { milliCpu: cpu, gpus: 0, gpuMilli: 0 }
  );
}

function play({ pod, uid, devices, by }: Move, machine: Machine): void {
  machine.milliCpu -= by * pod.milliCpu;
  if (pod.gpus === 0) return;
  const whole = pod.gpuMilli === WHOLE_GPU;
  const chosen =
    by < 0
      ? (machine.held.get(uid) ?? [])
      : (devices ??
        (whole ? freeDevices(machine, pod.gpus) : [tightestDevice(machine, pod.gpuMilli)]));
  for (const at of chosen) {
    const left = machine.left[at];
    if (left !== undefined) machine.left[at] = left - by * pod.gpuMilli;
  }
  if (by < 0) machine.held.delete(uid);
  else machine.held.set(uid, chosen);
}

function total(machines: readonly Machine[]): number {
  return machines.reduce((sum, { left }) => sum + left.length * WHOLE_GPU, 0);
}

/** GPUs given to pods. */
export const gpuUtilization: Metric = {
  name: "gpu_utilization",
  description:
    "Share of the nodes' GPUs (alibabacloud.com/gpu-milli) that bound pods hold, over time.",
  unit: "share",
  stat: "mean",
  collect: () => {
    const moves = new GpuMoves();
    return {
      take: (entry) => moves.take(entry),
      samples: (end) =>
        moves.samples(end, (machines) => {
          const all = total(machines);
          const free = new Map(machines.map((machine) => [machine, freeMilli(machine)]));
          let sum = machines.reduce((free, machine) => free + freeMilli(machine), 0);
          return (changed) => {
            const now = freeMilli(changed);
            sum += now - (free.get(changed) ?? 0);
            free.set(changed, now);
            return 1 - sum / all;
          };
        }),
    };
  },
};

/** Free GPUs that the workload cannot use (Weng et al., "Beware of Fragmentation", USENIX ATC 2023). */
export const gpuFragmentation: Metric = {
  name: "gpu_fragmentation",
  description:
    "Share of the nodes' GPUs that are free and that typical pods of the run could not use, over time.",
  unit: "share",
  stat: "mean",
  collect: () => {
    const moves = new GpuMoves();
    return {
      take: (entry) => moves.take(entry),
      samples: (end) =>
        moves.samples(end, (machines) => {
          const all = total(machines);
          const typical = moves.typical();
          let sum = 0;
          for (const machine of machines) {
            machine.unusable = fragmentation(machine, typical);
            sum += machine.unusable;
          }
          return (changed) => {
            sum -= changed.unusable;
            changed.unusable = fragmentation(changed, typical);
            sum += changed.unusable;
            return sum / all;
          };
        }),
    };
  },
};
