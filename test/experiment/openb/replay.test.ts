import { describe, expect, test } from "vitest";
import { arrivals } from "../../../sim/experiment/openb/arrivals.ts";
import { GoRandom } from "../../../sim/experiment/openb/go-random.ts";
import { replay } from "../../../sim/experiment/openb/replay.ts";
import { parseTracePods } from "../../../sim/experiment/openb/trace.ts";
import { typicalPods } from "../../../sim/scheduler/plugins/gpu/fragmentation.ts";
import { deviations, hasTrace, publishedRuns, readTrace } from "./published.ts";

const decimal = ([high, low]: readonly [number, number]): string =>
  ((BigInt(high) << 32n) | BigInt(low)).toString();

describe("Go's generator", () => {
  test("draws what Go draws from the same seed", () => {
    expect(decimal(new GoRandom(1).int63())).toBe("5577006791947779410");
    const random = new GoRandom(42);
    expect([1, 2, 3].map(() => decimal(random.int63()))).toEqual([
      "3440579354231278675",
      "608747136543856411",
      "5571782338101878760",
    ]);
  });

  test("permutes without losing anything", () => {
    expect([...new GoRandom(7).perm(1213)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1213 }, (_, at) => at),
    );
  });
});

describe("a trace file", () => {
  test("may leave out the columns after gpu_milli", () => {
    const [pod] = parseTracePods("name,cpu_milli,memory_mib,num_gpu,gpu_milli\np,1000,2,1,460\n");
    expect(pod).toEqual({ name: "p", milliCpu: 1000, memoryMib: 2, gpus: 1, gpuMilli: 460 });
  });

  test("with a malformed number is refused by row and column", () => {
    expect(() => parseTracePods("name\np,many,2,1,460\n")).toThrow(
      'p: cpu_milli: expected an integer, got "many"',
    );
  });
});

describe("an unknown policy", () => {
  test("is refused with the ones there are", () => {
    expect(() => replay({ nodes: [], pods: [] }, "fastest", 1)).toThrow(/unknown policy: fastest/);
  });
});

// The trace is not part of the repository; without it beside the repository these tests have nothing to read.
describe.runIf(hasTrace)("the published experiment", () => {
  test("arrives in the published order for seed 42", () => {
    const { nodes, pods } = readTrace("default");
    const arriving = arrivals(nodes, pods, 42).pods;
    expect(arriving.length).toBe(10_866);
    const numbers = (from: number, to: number) =>
      arriving.slice(from, to).map(({ name }) => name.slice("openb-pod-".length));
    expect(numbers(0, 8)).toEqual(["0255", "1685", "6784", "4463", "0602", "1564", "3882", "7257"]);
    expect(numbers(8152, 8157)).toEqual(["3888", "5689", "2936", "0788", "5416"]);
    expect(typicalPods(pods).length).toBe(35);
  });

  for (const [policy, failed, usedMilli] of [
    ["BestFit", 2676, 5_785_450],
    ["GpuPacking", 2794, 5_688_580],
    ["GpuClustering", 2797, 5_686_120],
    ["DotProd", 2874, 5_624_470],
    ["FGD", 2532, 5_919_410],
  ] as const)
    test(`${policy} leaves out and places the published pods`, () => {
      const result = replay(readTrace("default"), policy, 42);
      expect(result).toMatchObject({ failed, usedMilli, arrivedMilli: 8_075_080 });
    });

  test("BestFit matches the published curves at every point", () => {
    const run = publishedRuns().find(
      ({ trace, policy, seed }) => trace === "gpuspec33" && policy === "BestFit" && seed === 42,
    );
    expect(run === undefined ? ["no such run"] : deviations(run)).toEqual([]);
  });
});
