import {
  conditions,
  events,
  type Findings,
  finalStates,
  paths6,
  podCounts,
  raced,
  sequences,
  times,
} from "./compare.ts";
import { readScenarios, type Scenario } from "./recording.ts";
import { type Played, play } from "./replay.ts";

/** The seven comparisons of the README, in its order. */
const comparisons: readonly (readonly [
  string,
  (scenario: Scenario, played: Played) => Findings,
])[] = [
  ["final state", finalStates],
  ["sizes and ends", sequences],
  ["pods per owner", podCounts],
  ["conditions", conditions],
  ["events", events],
  ["paths", paths6],
  ["times", times],
];

export interface Verdict {
  readonly scenario: string;
  /** Per comparison what it found; empty where it holds. */
  readonly findings: readonly Findings[];
  /** ReplicaSets whose steps fell together otherwise than in the recording, which the comparisons pass over. */
  readonly races: readonly string[];
}

/** Plays every scenario of a file and holds it against the recording. */
export function judgeTimelines(file: string, only?: RegExp): readonly Verdict[] {
  return readScenarios(file)
    .filter(({ name }) => only === undefined || only.test(name))
    .map((scenario) => {
      const played = play(scenario);
      return {
        scenario: scenario.name,
        findings: comparisons.map(([, compare]) => compare(scenario, played)),
        races: [...raced(scenario, played)],
      };
    });
}

/** Prints which comparisons hold, scenario by scenario, and what the others found. */
export function judge(file: string): boolean {
  const filter = process.env["SCENARIO"];
  const verdicts = judgeTimelines(file, filter === undefined ? undefined : new RegExp(filter));
  let held = 0;
  for (const { scenario, findings, races } of verdicts) {
    const marks = findings.map((found, at) => (found.length === 0 ? at + 1 : "-")).join("");
    const all = findings.every((found) => found.length === 0);
    if (all) held++;
    const note = races.length === 0 ? "" : ` (steps raced: ${races.join(", ")})`;
    console.log(`${all ? "ok    " : "not ok"} ${marks} ${scenario}${note}`);
    findings.forEach((found, at) => {
      for (const line of found.slice(0, 12))
        console.log(`         ${comparisons[at]?.[0]}: ${line}`);
      if (found.length > 12)
        console.log(`         ${comparisons[at]?.[0]}: … ${found.length - 12} more`);
    });
  }
  console.log(`${held} of ${verdicts.length} timelines satisfied`);
  return held === verdicts.length;
}
