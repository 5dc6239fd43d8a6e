import { describe, expect, it } from "vitest";
import { goSpan, HOUR, MILLISECOND, MINUTE, SECOND } from "../../sim/engine/time.ts";

describe("a span as Go prints it", () => {
  it.each([
    [0, "0s"],
    [20, "20µs"],
    [MILLISECOND, "1ms"],
    [12_345, "12.345ms"],
    [1.5 * SECOND, "1.5s"],
    [160 * SECOND, "2m40s"],
    [5 * MINUTE, "5m0s"],
    [2 * HOUR + 3 * SECOND, "2h0m3s"],
  ])("%d µs is %s", (span, text) => {
    expect(goSpan(span)).toBe(text);
  });
});
