import { describe, expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";
import { fuzzExpressions } from "./fuzz-expressions.ts";

describe("requests that make no sense, at length", () => {
  it("are answered 50,000 times, and never by a mistake of ours", () => {
    let sent = 0;
    for (let seed = 1; seed <= 10; seed++) sent += fuzz(5000, seed);
    expect(sent).toBeGreaterThanOrEqual(50_000);
  }, 600_000);

  it("are no worse as 30,000 expressions", () => {
    expect(fuzzExpressions(30_000, 2)).toBe(30_000);
  }, 600_000);
});
