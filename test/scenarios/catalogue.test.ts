import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, load, names, start } from "./run-scenario.ts";

const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Record<
  string,
  { seed: string; digest: string }
>;

describe("the catalogue", () => {
  it("has what the tour of Kubernetes needs", () => {
    for (const name of [
      "tour",
      "first-deployment",
      "self-healing",
      "rolling-update-without-downtime",
      "broken-image",
      "crash-loop",
      "node-failure",
      "readiness-vs-liveness",
    ])
      expect(names).toContain(name);
    expect(existsSync(join(folder, "golden.json"))).toBe(true);
  });

  it.each(names)("%s shows what it promises, with its golden digest", (name) => {
    const scenario = load(name);
    const result = start(scenario).finish();
    expect(result.expectations.filter(({ passed }) => !passed)).toEqual([]);
    expect(result.measures.filter(({ passed }) => !passed)).toEqual([]);
    expect(result.violations).toEqual([]);
    expect(result.expectations.length).toBeGreaterThan(0);
    expect(
      { seed: result.seed, digest: result.digest },
      "a wanted change? npx ksim test scenarios --update",
    ).toEqual(golden[name]);
  });

  it.each(names)("%s tells the reader what happens", (name) => {
    const { steps } = load(name);
    expect(
      steps.filter(({ say, quiz }) => say !== undefined || quiz !== undefined).length,
    ).toBeGreaterThan(0);
  });
});
