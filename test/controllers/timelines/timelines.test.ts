import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { changesPerPod, judgeScenario } from "./judge.ts";
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
});
