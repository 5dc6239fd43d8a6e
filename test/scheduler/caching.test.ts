import fc from "fast-check";
import { describe, it } from "vitest";
import { checkSteps, steps } from "./caching.ts";

describe("remembering decisions per shape of pod", () => {
  it("changes no decision, whatever happens in between", () => {
    fc.assert(
      fc.property(steps, (sequence) => checkSteps(sequence)),
      { numRuns: 25 },
    );
  });

  it("changes no decision where few of many nodes change, and scores are kept in buckets", () => {
    const law = fc.property(steps, (sequence) => checkSteps(sequence, { nodes: 100, shapes: 3 }));
    fc.assert(law, { numRuns: 6 });
  });

  it("changes no decision when only some nodes are scored", () => {
    const law = fc.property(steps, (sequence) =>
      checkSteps(sequence, { nodes: 140, shapes: 4, share: 30 }),
    );
    fc.assert(law, { numRuns: 4 });
  });
});
