import { describe, expect, test } from "vitest";
import {
  fragmentation,
  logisticPercent,
  typicalPods,
} from "../../../sim/scheduler/plugins/gpu/fragmentation.ts";
import type { GpuNode, GpuPod } from "../../../sim/scheduler/plugins/gpu/gpu-node.ts";
import {
  bestFit,
  dotProd,
  fgd,
  gpuClustering,
  gpuPacking,
} from "../../../sim/scheduler/plugins/gpu/gpu-policy.ts";

const node = (left: readonly number[], milliCpu = 64_000, model = "T4"): GpuNode => ({
  left,
  milliCpu,
  model,
});
const pod = (gpus: number, gpuMilli = 1000, milliCpu = 1000): GpuPod => ({
  gpus,
  gpuMilli,
  milliCpu,
});
const empty = { typical: [] };

describe("GpuPacking", () => {
  for (const [left, asked, score, why] of [
    [[200, 1000, 1000, 500], pod(2), 48, "opens two free devices of a used node"],
    [[1000, 1000, 1000, 1000], pod(1), 29, "opens an idle node of four"],
    [Array(8).fill(1000), pod(1), 25, "opens an idle node of eight"],
    [[200, 1000, 1000, 500], pod(2, 200), 93, "fills used devices, smallest first"],
    [[200, 1000], pod(0), 0, "does not care about pods without GPU"],
  ] as const)
    test(`gives ${score} when the pod ${why}`, () => {
      expect(gpuPacking.place(node(left), asked, new Map(), empty).score).toBe(score);
    });
});

describe("fragmentation", () => {
  const typical = [{ ...pod(1, 465, 6000), share: 0.0933 }];

  test("counts all that is free when the CPU is short", () => {
    const value = fragmentation(node([200, 1000, 1000, 500], 1000), typical);
    expect(Math.round(value * 100) / 100).toBe(251.91);
  });

  test("counts only the slivers when the pod fits", () => {
    expect(fragmentation(node([200, 1000, 1000, 500]), typical)).toBeCloseTo(0.0933 * 200, 10);
  });

  test("counts all that is free for a model the pod does not take, and for pods without GPU", () => {
    const picky = [{ ...pod(1, 500), models: ["A10"], share: 0.5 }];
    expect(fragmentation(node([200, 300]), picky)).toBe(250);
    expect(fragmentation(node([200, 300]), [{ ...pod(0), share: 1 }])).toBe(500);
  });
});

describe("FGD", () => {
  test("scores no gain and no loss with 50, a loss with less", () => {
    expect([0, 1e-17, 0.5, -0.5, 3, -3].map(logisticPercent)).toEqual([50, 50, 62, 37, 95, 4]);
    expect(logisticPercent(-1e-15)).toBe(49);
  });

  test("puts a share where it leaves the rest usable", () => {
    const typical = typicalPods([pod(1, 500), pod(1, 500), pod(1, 1000)]);
    const placed = fgd.place(node([1000, 500]), pod(1, 500), new Map(), { typical });
    expect(placed.devices).toEqual([1]);
  });
});

describe("typical pods", () => {
  test("are the most frequent kinds that make up 95 %, their shares adding up to 1", () => {
    const many = (count: number, one: GpuPod) => Array<GpuPod>(count).fill(one);
    const typical = typicalPods([...many(60, pod(1)), ...many(36, pod(2)), ...many(4, pod(0))]);
    expect(typical.map(({ gpus, share }) => [gpus, share])).toEqual([
      [1, 0.625],
      [2, 0.375],
    ]);
  });
});

describe("a device", () => {
  test("is the tightest that has room for a share, the free ones in order for whole GPUs", () => {
    const place = (left: readonly number[], asked: GpuPod) =>
      bestFit.place(node(left), asked, new Map(), empty).devices;
    expect(place([900, 300, 400, 400], pod(1, 350))).toEqual([2]);
    expect(place([500, 1000, 1000, 1000], pod(2))).toEqual([1, 2]);
  });
});

describe("BestFit and DotProd", () => {
  test("measure free room against 128 CPUs and 8 GPUs", () => {
    const place = { left: [1000, 1000, 1000, 1000], milliCpu: 64_000, model: "" };
    expect(bestFit.place(place, pod(2, 1000, 32_000), new Map(), empty).score).toBe(75);
    expect(dotProd.place(place, pod(2, 1000, 32_000), new Map(), empty).score).toBe(87);
  });
});

describe("GpuClustering", () => {
  for (const [hosted, score] of [
    [[], 37],
    [["1"], 87],
    [["1", "2"], 62],
    [["2"], 12],
  ] as const)
    test(`gives ${score} to a half-full node that hosts ${hosted.join(" and ") || "nothing"}`, () => {
      const kinds = new Map(hosted.map((kind) => [kind, 1]));
      expect(gpuClustering.place(node([1000, 1000, 1000, 1000]), pod(1), kinds, empty).score).toBe(
        score,
      );
    });
});
