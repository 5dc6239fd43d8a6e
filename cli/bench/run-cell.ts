import { watchInvariant } from "../../sim/check/registry.ts";
import type { Cell } from "../../sim/experiment/plan.ts";
import type { CellResult } from "../../sim/experiment/result.ts";
import { ascending, quantile, rounded } from "../../sim/experiment/statistics.ts";
import { podSchedulingSeconds } from "../../sim/scenario/metrics/pod-spans.ts";
import type { RunResult } from "../../sim/scenario/run/run-result.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";
import { version } from "../version.ts";
import type { Experiment } from "./experiment-file.ts";

/** Runs one cell. The same cell gives the same result in whatever process. */
export function runCell(experiment: Experiment, cell: Cell): CellResult {
  const { plan } = experiment;
  const waiting = podSchedulingSeconds.collect(() => true);
  try {
    const run = new ScenarioRun(experiment.scenarioOf(cell), {
      seed: cell.seed,
      scheduler: experiment.schedulerOf(cell),
      detail: "digest",
      explain: experiment.explain,
      version: version(),
      invariants: watchInvariant,
      observer: (entry) => waiting.take(entry),
    });
    const result = run.finish();
    const pending = ascending(waiting.samples(run.end).map(({ value }) => value));
    return {
      scheduler: cell.scheduler,
      seed: cell.seed,
      point: plan.points[cell.point] ?? {},
      digest: result.digest,
      simulatedSeconds: result.simulatedSeconds,
      events: result.events,
      values: Object.fromEntries(result.measures.map(({ name, value }) => [name, value])),
      pending: pending.length === 0 ? [] : percents(pending),
      failures: failuresOf(result),
    };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`scheduler ${cell.scheduler}, seed ${cell.seed}: ${text}`, { cause: error });
  }
}

/** Quantiles 0, 1 … 100 % of sorted numbers. */
function percents(sorted: readonly number[]): readonly number[] {
  return Array.from({ length: 101 }, (_, at) => rounded(quantile(sorted, at / 100)));
}

function failuresOf({ expectations, measures, violations }: RunResult): readonly string[] {
  return [
    ...expectations
      .filter(({ passed }) => !passed)
      .map(({ name, message }) => `${name}: ${message}`),
    ...measures
      .filter(({ passed }) => !passed)
      .map(({ name, value, threshold }) => `${name}: ${value ?? "nothing"} is not ${threshold}`),
    ...violations,
  ];
}
