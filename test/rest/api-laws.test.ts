import { describe, expect, it } from "vitest";
import { checkLaws } from "./api-steps.ts";

describe("the laws of the API (invariants 27 to 36)", () => {
  it("hold for random sequences of requests", () => {
    expect(checkLaws(60, 60, 27)).toBeGreaterThan(500);
  }, 60_000);
});
