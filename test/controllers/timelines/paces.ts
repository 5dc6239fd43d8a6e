import { MILLISECOND } from "../../../sim/engine/time.ts";
import { judgeScenario } from "./judge.ts";
import type { Scenario } from "./recording.ts";

/**
 * What a recording cannot have at another pace than its own machine's, by scenario: the comparisons (1–7) that are left
 * out. In `rolling-default-10` the client of the ReplicaSet controller had run out of tokens, which it shared with
 * scenarios that ran beside this one: from 5.1 s on its writes stand 50 to 150 ms apart, and the last wave comes late.
 */
const BOUND_TO_ITS_MACHINE: Readonly<Record<string, readonly number[]>> = {
  "rolling-default-10": [7],
};

/** What a scenario's comparisons find at a pace (milliseconds) and with a seed, but for what is bound to the recording's machine. */
export function findingsAt(
  scenario: Scenario,
  [apiLatency, watchLag]: readonly [number, number],
  seed: string,
): readonly string[] {
  const pace = { apiLatency: apiLatency * MILLISECOND, watchLag: watchLag * MILLISECOND };
  const { findings } = judgeScenario(scenario, pace, scenario.name + seed);
  const bound = BOUND_TO_ITS_MACHINE[scenario.name] ?? [];
  return findings.flatMap((found, at) => (bound.includes(at + 1) ? [] : found));
}
