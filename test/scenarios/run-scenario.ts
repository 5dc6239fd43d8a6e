import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { invariantNames, watchInvariant } from "../../sim/check/registry.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { type RunOptions, ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";

export const folder = join(import.meta.dirname, "../../scenarios");
export const names = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -5));

/** Reads a scenario of the catalogue. */
export function load(name: string, set: Record<string, string> = {}): Scenario {
  return parseScenario(`${name}.yaml`, readFileSync(join(folder, `${name}.yaml`), "utf8"), {
    read: (file) => readFileSync(join(folder, file), "utf8"),
    invariants: invariantNames,
    set,
  });
}

export function start(scenario: Scenario, options: RunOptions = {}): ScenarioRun {
  return new ScenarioRun(scenario, { detail: "digest", invariants: watchInvariant, ...options });
}
