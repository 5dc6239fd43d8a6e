import { describe, expect, it } from "vitest";
import { checkLaws } from "./api-steps.ts";

describe("the laws of the API (invariants 27 to 36), at length", () => {
  it("hold for more than 10,000 random requests", () => {
    let operations = 0;
    for (let seed = 1; operations < 12_000; seed++) operations += checkLaws(40, 150, seed);
    console.log(`api laws: ${operations} requests`);
    expect(operations).toBeGreaterThanOrEqual(10_000);
  }, 600_000);
});
