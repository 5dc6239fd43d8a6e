import { describe, expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";
import { fuzzExpressions } from "./fuzz-expressions.ts";

describe("requests that make no sense", () => {
  it("are answered, and never by a mistake of ours", () => {
    expect(fuzz(3000, 1)).toBe(3000);
  }, 60_000);

  it("are no worse as expressions", () => {
    expect(fuzzExpressions(3000, 1)).toBe(3000);
  }, 60_000);
});
