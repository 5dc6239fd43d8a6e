import { describe, expect, test } from "vitest";
import {
  canonicalQuantity,
  milliValue,
  parseQuantity,
  wholeValue,
} from "../../../sim/api/meta/quantity.ts";

describe("quantities", () => {
  test.each([
    ["0.5", "500m"],
    ["1024Mi", "1Gi"],
    ["1500Mi", "1500Mi"],
    ["1000m", "1"],
    ["1000k", "1M"],
    ["1e3", "1e3"],
    ["1e10", "10e9"],
    ["0.001Gi", "1073741824m"],
    ["-1Gi", "-1Gi"],
    ["0", "0"],
    ["0Mi", "0"],
    ["1.5Gi", "1536Mi"],
    ["100n", "100n"],
    ["12E", "12E"],
  ])("%s is written %s", (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  test.each(["", "x", "1 Gi", "1KiB", "4x", "--1", "1..2", "Gi", "1ee3"])(
    "%j is no quantity",
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );

  test.each([
    ["100m", 100],
    ["0.1", 100],
    ["2", 2000],
    ["1n", 1],
    ["1.0005", 1001],
  ])("%s is %d millis, rounded up", (text, millis) => {
    expect(milliValue(text)).toBe(millis);
  });

  test.each([
    ["1Gi", 1_073_741_824],
    ["1500m", 2],
    ["64Mi", 67_108_864],
    ["110", 110],
  ])("%s is %d units, rounded up", (text, units) => {
    expect(wholeValue(text)).toBe(units);
  });
});
