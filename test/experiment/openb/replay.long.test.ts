import { describe, expect, test } from "vitest";
import { replay } from "../../../sim/experiment/openb/replay.ts";
import { deviations, hasTrace, publishedRuns, readTrace } from "./published.ts";

// The trace is not part of the repository; without it beside the repository these tests have nothing to read.
describe.runIf(hasTrace)("every published run of a deterministic policy", () => {
  for (const run of hasTrace ? publishedRuns() : [])
    if (run.policy !== "Random")
      test(`${run.trace}, ${run.policy}, seed ${run.seed}: 131 points of both curves agree`, () => {
        expect(deviations(run)).toEqual([]);
      });
});

describe.runIf(hasTrace)("the published random policy", () => {
  test("allocates as much in the mean of ten seeds", () => {
    const trace = readTrace("default");
    let [at100, at130] = [0, 0];
    for (let seed = 42; seed < 52; seed++) {
      const { alloc } = replay(trace, "Random", seed);
      at100 += (alloc[100] ?? 0) / 10;
      at130 += (alloc[130] ?? 0) / 10;
    }
    // The spread of a mean of ten is about 0.15 points.
    expect(Math.abs(at100 - 86.3)).toBeLessThan(0.6);
    expect(Math.abs(at130 - 87.47)).toBeLessThan(0.6);
  });
});
