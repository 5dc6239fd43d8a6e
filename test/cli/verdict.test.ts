import { describe, expect, it } from "vitest";
import { styleFor } from "../../cli/print/style.ts";
import { verdictText } from "../../cli/print/verdict.ts";
import type { RunResult } from "../../sim/scenario/run/run-result.ts";

const style = styleFor({ off: () => true } as never, { env: {}, outIsTerminal: false } as never);
const shown = (value: number, unit: string, passed = true): string | undefined => {
  const measure = { name: "m", value, unit, threshold: passed ? null : "< 1", passed };
  const result = { expectations: [], measures: [measure], violations: [], digest: "0" };
  return verdictText(result as unknown as RunResult, style).split("\n")[1];
};

describe("a measure in the verdict", () => {
  it.each([
    [7.159121, "seconds", "7.159 s"],
    [0.069282, "share", "6.928 %"],
    [12, "count", "12"],
    [2.345678, "pods", "2.346 pods"],
  ])("%d %s reads %s", (value, unit, text) => {
    expect(shown(value, unit)).toBe(`  ✓ m = ${text}`);
  });

  it("is told whole where it decides against the run", () => {
    expect(shown(1.000012, "seconds", false)).toBe("  ✗ m = 1.000012 s (expected < 1)");
    expect(shown(1.000012, "nodes", false)).toBe("  ✗ m = 1.000012 nodes (expected < 1)");
  });
});
