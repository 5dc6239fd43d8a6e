import type { Breach } from "../../sim/check/breach.ts";
import type { Trial } from "../../sim/check/campaign.ts";
import type { PlannedFault } from "../../sim/check/fault-plan.ts";
import { Monitors } from "../../sim/check/monitors.ts";
import { EngineError } from "../../sim/engine/engine.ts";
import type { Micros } from "../../sim/engine/time.ts";
import { healthOf } from "../../sim/scenario/manifests/health.ts";
import type { Scenario, Step } from "../../sim/scenario/model.ts";
import { viewOf } from "../../sim/scenario/run/scenario-actor.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";
import { fault as faultVerb } from "../../sim/scenario/verbs/fault.ts";

/** Workloads whose convergence is judged at the end of a run. */
const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"];

/** A trial of a scenario: runs it with faults, watches the laws, and asks at the end whether it has recovered. */
export function trialOf(
  scenario: Scenario,
  names: readonly string[] | undefined,
  end: Micros,
): Trial {
  const healthy = healthyAtEnd(scenario, end);
  return (seed, faults) => {
    const monitors = new Monitors(names);
    const run = new ScenarioRun(withFaults(scenario, faults, end), {
      seed,
      detail: "digest",
      until: end,
      observer: (entry) => monitors.take(entry),
    });
    try {
      run.advance(end);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return { invariant: "no-internal-error", time: error.time, message: error.message };
    }
    return monitors.finish(end) ?? convergence(run, healthy, end);
  };
}

/** The workloads that are well at the end of a run without faults: those must be well after faults, too. */
function healthyAtEnd(scenario: Scenario, end: Micros): ReadonlySet<string> {
  const run = new ScenarioRun(withFaults(scenario, [], end), { detail: "digest", until: end });
  run.advance(end);
  return new Set(workloads(run).flatMap(([name, state]) => (state === "fine" ? [name] : [])));
}

function workloads({ cluster }: ScenarioRun): readonly (readonly [string, string, string])[] {
  const view = viewOf(cluster);
  return WORKLOADS.flatMap((kind) =>
    [...view.list(kind)].map((object) => {
      const { state, why } = healthOf(object, view);
      return [
        `${kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`,
        state,
        why,
      ] as const;
    }),
  );
}

function convergence(
  run: ScenarioRun,
  healthy: ReadonlySet<string>,
  end: Micros,
): Breach | undefined {
  for (const [name, state, why] of workloads(run)) {
    if (state !== "fine" && healthy.has(name))
      return { invariant: "recovers", time: end, message: `${name} has not recovered: ${why}` };
  }
  return undefined;
}

/** The scenario with faults as further steps, without expectations, and to a later end. */
function withFaults(scenario: Scenario, faults: readonly PlannedFault[], end: Micros): Scenario {
  return {
    ...scenario,
    duration: end,
    expectations: [],
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
