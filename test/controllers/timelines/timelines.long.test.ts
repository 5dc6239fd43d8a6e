import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { findingsAt } from "./paces.ts";
import { readScenarios } from "./recording.ts";

const FILE = resolve("..", "shared", "golden", "api", "timelines.jsonl.gz");
const recorded = existsSync(FILE) ? readScenarios(FILE) : [];

/** Latency of requests and lag of watches, in milliseconds: the product's own and the replay's, and half as much less and more. */
const paces = [
  [1.5, 1],
  [3, 2],
  [4.5, 3],
  [6, 4],
  [12, 8],
] as const;

/**
 * At 18 and 12 ms the third patch of `revision-history` comes before the second rollout is told complete; the script
 * waited for that, the replay goes by the clock.
 */
describe.runIf(recorded.length > 0)("recorded timelines at other paces and seeds", () => {
  for (const pace of paces)
    it.each(recorded.map((scenario) => [scenario.name, scenario] as const))(
      `%s holds at ${pace.join(" and ")} ms`,
      (_name, scenario) => {
        for (const seed of ["", "2", "3"]) expect(findingsAt(scenario, pace, seed)).toEqual([]);
      },
    );
});
