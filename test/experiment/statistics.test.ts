import { describe, expect, test } from "vitest";
import { randomFrom } from "../../sim/engine/random.ts";
import {
  ascending,
  bootstrapInterval,
  quantile,
  summarize,
  tInterval,
} from "../../sim/experiment/statistics.ts";
import { studentProbability, studentQuantile } from "../../sim/experiment/student.ts";

describe("Student's t", () => {
  test.each([
    [0.9, 1, 6.3138],
    [0.95, 1, 12.7062],
    [0.95, 2, 4.3027],
    [0.95, 4, 2.7764],
    [0.95, 10, 2.2281],
    [0.99, 9, 3.2498],
    [0.99, 30, 2.75],
    [0.95, 120, 1.9799],
    [0.5, 5, 0.7267],
    [0.9999, 3, 28.0001],
  ])("at %s with %i degrees of freedom is the tables' %s", (confidence, freedom, wanted) => {
    expect(studentQuantile(confidence, freedom)).toBeCloseTo(wanted, 3);
  });

  test("a quantile's probability is the confidence", () => {
    for (let freedom = 1; freedom < 60; freedom++)
      expect(studentProbability(studentQuantile(0.95, freedom), freedom)).toBeCloseTo(0.95, 10);
  });
});

describe("summaries", () => {
  test("nothing has no summary, one value no spread", () => {
    expect(summarize([])).toBeUndefined();
    expect(summarize([3])).toEqual({ n: 1, mean: 3, sd: 0, min: 3, median: 3, max: 3 });
  });

  test("quantiles lie between neighbours", () => {
    const sorted = ascending([4, 1, 3, 2]);
    expect([0, 0.25, 0.5, 1].map((share) => quantile(sorted, share))).toEqual([1, 1.75, 2.5, 4]);
  });

  test("an interval needs two values", () => {
    expect(tInterval([1], 0.95)).toBeUndefined();
    expect(bootstrapInterval([1], 0.95, randomFrom("1"))).toBeUndefined();
  });

  test("the t interval is the textbook's", () => {
    const interval = tInterval([5.1, 4.9, 5.6, 5.8, 5.2], 0.95);
    expect(interval?.mean).toBeCloseTo(5.32, 10);
    expect(interval?.low).toBeCloseTo(4.8604, 3);
    expect(interval?.high).toBeCloseTo(5.7796, 3);
  });

  test("the bootstrap gives the same interval for the same stream, near the t interval", () => {
    const values = Array.from({ length: 40 }, (_, at) => ((at * 37) % 41) / 4);
    const [once, again] = ["s", "s"].map((seed) =>
      bootstrapInterval(values, 0.9, randomFrom(seed)),
    );
    const plain = tInterval(values, 0.9);
    expect(once).toEqual(again);
    expect(once?.low).toBeCloseTo(plain?.low ?? 0, 0);
    expect(once?.high).toBeCloseTo(plain?.high ?? 0, 0);
  });
});
