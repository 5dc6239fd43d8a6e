import type { Pace } from "../../../sim/api/pace.ts";
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
  readonly changes: Changes | undefined;
  readonly played: Played;
}

/** Plays one scenario, at the recording's pace or another, and holds it against its recording. */
export function judgeScenario(scenario: Scenario, pace?: Partial<Pace>, seed?: string): Verdict {
  const played = play(scenario, pace, seed);
  return {
    scenario: scenario.name,
    played,
    findings: comparisons.map(([, compare]) => compare(scenario, played)),
    races: [...raced(scenario, played)],
    changes: changesPerPod(scenario, played),
  };
}

/** Plays every scenario of a file, or those of a name. */
export function judgeTimelines(file: string, only?: RegExp): readonly Verdict[] {
  return readScenarios(file)
    .filter(({ name }) => only === undefined || only.test(name))
    .map((scenario) => judgeScenario(scenario));
}

/** Changes of objects per pod that a rolling update made, from its first patch on. */
export interface Changes {
  readonly recorded: number;
  readonly ours: number;
}

/** Only of scenarios that patch a template: others replace no pods. */
export function changesPerPod(scenario: Scenario, { rows }: Played): Changes | undefined {
  const patch = scenario.actions.find(({ requests }) =>
    requests.some(
      ({ verb, body }) => verb === "PATCH" && (body as any)?.spec?.template !== undefined,
    ),
  );
  if (patch === undefined) return undefined;
  const [recorded, ours] = [scenario.rows, rows].map((all) => {
    const later = all.filter(({ kind, t }) => kind !== "Event" && t >= patch.t);
    const made = later.filter(({ kind, type }) => kind === "Pod" && type === "ADDED");
    return made.length === 0 ? 0 : later.length / made.length;
  });
  return recorded && ours ? { recorded, ours } : undefined;
}

/** Prints which comparisons hold, scenario by scenario, and what the others found. */
export function judge(file: string): boolean {
  const filter = process.env["SCENARIO"];
  const verdicts = judgeTimelines(file, filter === undefined ? undefined : new RegExp(filter));
  let held = 0;
  for (const { scenario, findings, races, changes } of verdicts) {
    const marks = findings.map((found, at) => (found.length === 0 ? at + 1 : "-")).join("");
    const all = findings.every((found) => found.length === 0);
    if (all) held++;
    const race = races.length === 0 ? "" : ` (steps raced: ${races.join(", ")})`;
    const note =
      changes === undefined
        ? race
        : `${race} ${changes.ours.toFixed(1)} changes per pod, recorded ${changes.recorded.toFixed(1)}`;
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
