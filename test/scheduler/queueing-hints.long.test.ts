import fc from "fast-check";
import { describe, it } from "vitest";
import { steps } from "./caching.ts";
import { checkHints } from "./hints.ts";

describe("queueing hints", () => {
  it("never leave a pod asleep that an event made schedulable, in 1,000 sequences", () => {
    fc.assert(
      fc.property(steps, (sequence) => void checkHints(sequence)),
      { numRuns: 1000 },
    );
  });
});
