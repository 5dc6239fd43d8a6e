import { describe, expect, it } from "vitest";
import {
  fencesOf,
  newSize,
  proportionalSizes,
  shrinkOld,
} from "../../../sim/controllers/deployment/arithmetic.ts";

const deployment = (replicas: number, rollingUpdate: object = {}) =>
  ({ spec: { replicas, strategy: { type: "RollingUpdate", rollingUpdate } } }) as never;

describe("the fences of a rolling update", () => {
  it.each([
    [1, {}, 1, 0],
    [3, {}, 1, 0],
    [4, {}, 1, 1],
    [10, {}, 3, 2],
    [10, { maxSurge: 0, maxUnavailable: 0 }, 0, 1],
    [10, { maxSurge: "0%", maxUnavailable: "5%" }, 0, 1],
    [7, { maxSurge: "50%", maxUnavailable: "50%" }, 4, 3],
    [5, { maxSurge: 2, maxUnavailable: 1 }, 2, 1],
  ])("of %i replicas with %o are %i more and %i fewer", (replicas, rolling, surge, unavailable) => {
    expect(fencesOf(deployment(replicas, rolling))).toEqual({ surge, unavailable });
  });

  it("of Recreate are none", () => {
    const recreate = { spec: { replicas: 4, strategy: { type: "Recreate" } } } as never;
    expect(fencesOf(recreate)).toEqual({ surge: 0, unavailable: 0 });
  });
});

describe("the new ReplicaSet", () => {
  it.each([
    { wanted: 10, surge: 3, ofNew: 0, ofAll: 10, size: 3 },
    { wanted: 10, surge: 3, ofNew: 3, ofAll: 11, size: 5 },
    { wanted: 10, surge: 3, ofNew: 3, ofAll: 13, size: 3 },
    { wanted: 3, surge: 1, ofNew: 2, ofAll: 2, size: 3 },
    { wanted: 1, surge: 1, ofNew: 0, ofAll: 0, size: 1 },
  ])("grows to $size for $wanted + $surge with $ofNew of $ofAll", ({ size, ...given }) => {
    expect(newSize(given.wanted, given.surge, given.ofNew, given.ofAll)).toBe(size);
  });
});

describe("old ReplicaSets", () => {
  const size = (replicas: number, available = replicas) => ({ replicas, available });

  it.each([
    ["the first step of ten", 10, 2, size(3, 0), [size(10)], [{ at: 0, to: 8 }]],
    ["nothing while the new pods are not up", 10, 2, size(5, 0), [size(8)], []],
    ["as many as came up", 10, 2, size(5, 2), [size(8)], [{ at: 0, to: 6 }]],
    ["unhealthy pods first", 4, 1, size(1, 0), [size(4, 2)], [{ at: 0, to: 3 }]],
    [
      "the oldest first",
      4,
      1,
      size(3, 3),
      [size(1), size(1)],
      [
        { at: 0, to: 0 },
        { at: 1, to: 0 },
      ],
    ],
    ["nothing when none is left", 4, 1, size(4, 4), [], []],
  ] as const)("give up %s", (_what, wanted, unavailable, ofNew, old, steps) => {
    expect(shrinkOld(wanted, unavailable, ofNew, old)).toEqual(steps);
  });

  it("wait when a status is older than the last scaling", () => {
    expect(shrinkOld(6, 1, size(4, 0), [size(5, 11)])).toEqual([]);
    expect(shrinkOld(6, 3, size(4, 0), [size(5, 11)])).toBeUndefined();
  });
});

describe("proportional scaling", () => {
  const share = (replicas: number, maxBefore: number) => ({ replicas, maxBefore });

  it.each([
    ["10 to 15 in mid-rollout", 15, 3, [share(8, 13), share(5, 13)], [11, 7]],
    ["15 down to 6", 6, 3, [share(11, 18), share(7, 18)], [5, 4]],
    ["to nothing", 0, 0, [share(8, 13), share(5, 13)], [0, 0]],
    ["by nothing", 10, 3, [share(8, 13), share(5, 13)], [8, 5]],
    ["with the rest to the largest", 4, 0, [share(1, 3), share(1, 3), share(1, 3)], [2, 1, 1]],
  ])("from %s", (_what, wanted, surge, shares, sizes) => {
    expect(proportionalSizes(wanted, surge, shares)).toEqual(sizes);
  });
});
