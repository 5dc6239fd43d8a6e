import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { paces } from "../../../sim/api/pace.ts";
import { MILLISECOND } from "../../../sim/engine/time.ts";
import { changesPerPod, judgeScenario } from "./judge.ts";
import { findingsAt } from "./paces.ts";
import { readScenarios } from "./recording.ts";

const FILE = resolve("..", "shared", "golden", "api", "timelines.jsonl.gz");

describe("recorded timelines", () => {
  if (!existsSync(FILE)) {
    it("are not here, so nothing is held against them", () => {
      console.log(`no ${FILE}: timelines are not checked`);
    });
    return;
  }
  it.each(readScenarios(FILE).map((scenario) => [scenario.name, scenario] as const))(
    "%s is satisfied in all seven comparisons",
    (_name, scenario) => {
      const { findings, played } = judgeScenario(scenario);
      expect(findings).toEqual([[], [], [], [], [], [], []]);
      const changes = changesPerPod(scenario, played);
      if (changes !== undefined)
        expect(Math.abs(changes.ours / changes.recorded - 1)).toBeLessThan(0.15);
    },
  );
  it.each(readScenarios(FILE).map((scenario) => [scenario.name, scenario] as const))(
    "%s holds at the product's own latencies, too",
    (_name, scenario) => {
      const { apiLatency, watchLag } = paces.kubernetes;
      const pace = [apiLatency / MILLISECOND, watchLag / MILLISECOND] as const;
      expect(findingsAt(scenario, pace, "")).toEqual([]);
    },
  );
});
