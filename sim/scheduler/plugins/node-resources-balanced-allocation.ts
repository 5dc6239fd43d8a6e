import { argsRecord } from "../framework/args.ts";
import type { NodeScore, PluginFactory } from "../framework/plugin.ts";
import { MAX_NODE_SCORE } from "../framework/status.ts";
import { type ResourceColumn, ROW } from "../snapshot/node-columns.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import { requestOf } from "../snapshot/pod-info.ts";
import {
  type DeviceTotals,
  deviceTotals,
  totalsVersion,
} from "./dynamic-resources/device-totals.ts";
import { deviceNames } from "./dynamic-resources/extended-resources.ts";
import { PendingClaims } from "./dynamic-resources/pending-claims.ts";
import { isScalar } from "./node-resources-fit.ts";
import { weightedResources } from "./resource-scoring.ts";

const NAME = "NodeResourcesBalancedAllocation";

/** Balance of the used shares (each 0..1): 100 when all are equal, less the further they spread. */
export function balanceOf(fractions: ArrayLike<number>, count: number): number {
  let deviation = 0;
  if (count === 2) deviation = Math.abs(((fractions[0] ?? 0) - (fractions[1] ?? 0)) / 2);
  else if (count > 2) {
    let total = 0;
    for (let at = 0; at < count; at++) total += fractions[at] ?? 0;
    const mean = total / count;
    let squares = 0;
    for (let at = 0; at < count; at++) {
      const off = (fractions[at] ?? 0) - mean;
      squares += off * off;
    }
    deviation = Math.sqrt(squares / count);
  }
  return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
}

/** Since v1.35 a node is judged by what the pod changes: 75 when it leaves the balance as it was. */
export function balanceGain(before: number, after: number): number {
  return 50 + Math.trunc((50 + after - before) / 2);
}

/** One resource of the balance. */
interface Part {
  readonly name: string;
  readonly amount: number;
  readonly column: ResourceColumn;
  /** What nodes that offer none of it have in devices. */
  readonly devices: ((node: NodeIndex) => DeviceTotals) | undefined;
}

const NO_DEVICES: DeviceTotals = { capacity: 0, allocated: 0 };

function gain(parts: readonly Part[]): NodeScore {
  const before = new Float64Array(parts.length);
  const after = new Float64Array(parts.length);
  return (node) => {
    let count = 0;
    for (let at = 0; at < parts.length; at++) {
      const { amount, column, devices } = parts[at] as Part;
      const { values, stride, allocatable, requested } = column;
      let capacity = values[node * stride + allocatable] as number;
      let held = values[node * stride + requested] as number;
      if (capacity === 0) ({ capacity, allocated: held } = devices?.(node) ?? NO_DEVICES);
      if (capacity === 0) continue;
      before[count] = Math.min(1, held / capacity);
      after[count] = Math.min(1, (held + amount) / capacity);
      count++;
    }
    return balanceGain(balanceOf(before, count), balanceOf(after, count));
  };
}

function isUsual(parts: readonly Part[]): parts is readonly [Part, Part] {
  return parts.length === 2 && parts[0]?.name === "cpu" && parts[1]?.name === "memory";
}

/** `gain` written out for CPU and memory: the default, and a hot path. */
function usualGain(parts: readonly [Part, Part]): NodeScore {
  const general = gain(parts);
  const [{ amount: cpu, column: of }, { amount: memory, column: from }] = parts;
  const rows = of.values;
  const { allocatable: cpuAt, requested: cpuHeld } = of;
  const { allocatable: memoryAt, requested: memoryHeld } = from;
  return (node) => {
    const row = node * ROW;
    const milliCpu = rows[row + cpuAt] as number;
    const bytes = rows[row + memoryAt] as number;
    const heldCpu = rows[row + cpuHeld] as number;
    const heldMemory = rows[row + memoryHeld] as number;
    // Over-committed nodes, and those that lack one of the two, are rare.
    if (milliCpu < heldCpu + cpu || bytes < heldMemory + memory || milliCpu === 0 || bytes === 0)
      return general(node);
    const before = Math.abs((heldCpu / milliCpu - heldMemory / bytes) / 2);
    const after = Math.abs(((heldCpu + cpu) / milliCpu - (heldMemory + memory) / bytes) / 2);
    return balanceGain(
      Math.trunc((1 - before) * MAX_NODE_SCORE),
      Math.trunc((1 - after) * MAX_NODE_SCORE),
    );
  };
}

/** Prefers nodes whose resources would be used more evenly with the pod than without it. */
export const nodeResourcesBalancedAllocation: PluginFactory = {
  name: NAME,
  create: (args, context) => {
    const resources = weightedResources(argsRecord(args, NAME, ["resources"]), NAME);
    const pending = PendingClaims.shared(context);
    const scoresScalars = resources.some(({ name }) => isScalar(name));
    return {
      name: NAME,
      version: ({ traits }, snapshot) =>
        scoresScalars && deviceNames(traits, snapshot).length > 0
          ? totalsVersion(snapshot, pending)
          : 0,
      score: {
        dependsOn: "node-pods",
        readsSpecAlone: true,
        score: ({ traits }, snapshot): NodeScore | "skip" => {
          const scored = resources.map(({ name }): Part => {
            const id = snapshot.resources.idOf(name);
            const amount = requestOf(traits, id);
            const devices = deviceTotals(name, snapshot, pending);
            return { name, amount, column: snapshot.columns.of(id), devices };
          });
          if (scored.every(({ amount }) => amount === 0)) return "skip";
          // A scalar resource the pod does not ask for says nothing about where it should go.
          const parts = scored.filter(({ name, amount }) => amount !== 0 || !isScalar(name));
          return isUsual(parts) ? usualGain(parts) : gain(parts);
        },
      },
    };
  },
};
