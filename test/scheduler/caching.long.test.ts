import fc from "fast-check";
import { describe, it } from "vitest";
import { calmSteps, checkSteps, steps } from "./caching.ts";

describe("remembering decisions per shape of pod, at length", () => {
  it("changes no decision in 1,000 random sequences", { timeout: 900_000 }, () => {
    fc.assert(
      fc.property(steps, (sequence) => checkSteps(sequence)),
      { numRuns: 1_000 },
    );
  });

  it("changes no decision in 100 random sequences on many nodes", { timeout: 900_000 }, () => {
    const law = fc.property(steps, (sequence) => checkSteps(sequence, { nodes: 100, shapes: 3 }));
    fc.assert(law, { numRuns: 100 });
    const calm = fc.property(calmSteps, (sequence) =>
      checkSteps(sequence, { nodes: 100, shapes: 1 }),
    );
    fc.assert(calm, { numRuns: 100 });
  });
});
