import type { Breach } from "../../sim/check/breach.ts";
import type { Trial } from "../../sim/check/campaign.ts";
import type { PlannedFault } from "../../sim/check/fault-plan.ts";
import { Monitors } from "../../sim/check/monitors.ts";
import { EngineError } from "../../sim/engine/engine.ts";
import { type Micros, SECOND } from "../../sim/engine/time.ts";
import { testMatch } from "../../sim/scenario/expect/condition-test.ts";
import { healthOf } from "../../sim/scenario/manifests/health.ts";
import type { Scenario, Step } from "../../sim/scenario/model.ts";
import { viewOf } from "../../sim/scenario/run/scenario-actor.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";
import type { StepRecord } from "../../sim/scenario/run/step-record.ts";
import { fault as faultVerb } from "../../sim/scenario/verbs/fault.ts";
import { type ConvergenceRule, ownConvergence, ownLaws } from "./own-expectations.ts";

/** Workloads whose convergence is judged at the end of a run. */
const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"];

/** A scenario to be disturbed. */
export interface Patient {
  readonly trial: Trial;
  /** When its steps act on the cluster, without faults. */
  readonly steps: readonly Micros[];
}

/**
 * A trial of a scenario: runs it with faults, watches the laws, those of the scenario's own modules too, and asks at
 * the end whether it has recovered: whatever is well after a run without faults must be well after one with them.
 */
export function patientOf(
  scenario: Scenario,
  names: readonly string[] | undefined,
  end: Micros,
): Patient {
  const quiet = quietRun(scenario, end);
  const laws = ownLaws(scenario, names);
  const trial: Trial = (seed, faults) => {
    const monitors = new Monitors(names);
    const expectations = laws.map(({ expectation }) => expectation);
    const run = new ScenarioRun(withFaults(scenario, faults, end, expectations), {
      seed,
      detail: "digest",
      until: end,
      observer: (entry) => monitors.take(entry),
    });
    try {
      const { expectations: outcomes, violations } = run.finish();
      const broken = laws.flatMap(({ law, index, expectation }): Breach[] => {
        const outcome = outcomes.find(({ name, passed }) => name === expectation.name && !passed);
        if (outcome === undefined) return [];
        const time = Math.round(outcome.at * SECOND);
        return [{ invariant: law, time, message: outcome.message, expectation: index }];
      });
      const breach = first(monitors.finish(end), ...broken);
      // A step that came to nothing asked for something else than the quiet run did.
      if (breach !== undefined || violations.length > 0) return breach;
      return convergence(run, quiet, end);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return { invariant: "no-internal-error", time: error.time, message: error.message };
    }
  };
  return { trial, steps: quiet.steps };
}

function first(...breaches: readonly (Breach | undefined)[]): Breach | undefined {
  return breaches
    .filter((breach) => breach !== undefined)
    .reduce<Breach | undefined>(
      (best, breach) => (best === undefined || breach.time < best.time ? breach : best),
      undefined,
    );
}

/** What a run without faults comes to. */
interface Quiet {
  readonly healthy: ReadonlySet<string>;
  readonly reached: readonly ConvergenceRule[];
  readonly steps: readonly Micros[];
}

function quietRun(scenario: Scenario, end: Micros): Quiet {
  const steps = new Set<Micros>();
  const run = new ScenarioRun(withFaults(scenario, [], end, []), {
    detail: "digest",
    until: end,
    observer: (entry) => {
      if (entry.kind !== "step") return;
      const record = entry.step as StepRecord;
      if (record.what === "begin" && record.action !== undefined) steps.add(entry.time);
    },
  });
  run.advance(end);
  const view = viewOf(run.cluster);
  return {
    healthy: new Set(workloads(run).flatMap(({ name, state }) => (state === "fine" ? [name] : []))),
    reached: ownConvergence(scenario).filter(({ wanted }) => testMatch(wanted, view).holds),
    steps: [...steps],
  };
}

interface Workload {
  readonly name: string;
  readonly kind: string;
  readonly key: string;
  readonly state: string;
  readonly why: string;
}

function workloads({ cluster }: ScenarioRun): readonly Workload[] {
  const view = viewOf(cluster);
  return WORKLOADS.flatMap((kind) =>
    [...view.list(kind)].map((object) => {
      const { state, why } = healthOf(object, view);
      const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
      return { name: `${kind} ${key}`, kind, key, state, why };
    }),
  );
}

function convergence(
  run: ScenarioRun,
  { healthy, reached }: Quiet,
  end: Micros,
): Breach | undefined {
  for (const { name, kind, key, state, why } of workloads(run)) {
    const message = `${name} has not recovered: ${why}`;
    if (state !== "fine" && healthy.has(name))
      return { invariant: "recovers", time: end, message, workload: { kind, key } };
  }
  const view = viewOf(run.cluster);
  for (const { name, wanted, index } of reached) {
    const { holds, why } = testMatch(wanted, view);
    const message = `${name}: not so in the end: ${why}`;
    if (!holds) return { invariant: "recovers", time: end, message, expectation: index };
  }
  return undefined;
}

/** The scenario with faults as further steps, held to its own laws alone, and to a later end. */
function withFaults(
  scenario: Scenario,
  faults: readonly PlannedFault[],
  end: Micros,
  expectations: Scenario["expectations"],
): Scenario {
  return {
    ...scenario,
    duration: end,
    expectations,
    measures: [],
    steps: [...scenario.steps, ...faults.map(faultStep)],
  };
}

function faultStep({ at, fault }: PlannedFault, index: number): Step {
  return {
    id: `campaign-${index + 1}`,
    named: false,
    timing: { kind: "at", time: at },
    repeat: undefined,
    when: undefined,
    action: { verb: faultVerb, prepared: fault, summary: faultVerb.summary(fault) },
    say: undefined,
    quiz: undefined,
    checkpoint: undefined,
    // A drawn fault may find nothing to hit.
    mayFail: true,
  };
}
