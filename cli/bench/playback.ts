import { ApiError } from "../../sim/api/api-error.ts";
import type { Manifest } from "../../sim/api/object.ts";
import { MINUTE, type Micros } from "../../sim/engine/time.ts";
import {
  lastEnd,
  namespaceOf,
  podManifest,
  priorityClasses,
  type Workload,
  type WorkloadEvent,
} from "../../sim/experiment/workload.ts";
import type { ApiAccess } from "../../sim/scenario/kubectl/api-access.ts";
import type { Scenario, Step } from "../../sim/scenario/model.ts";
import { DEFAULT_NODES } from "../../sim/scenario/read-cluster.ts";
import { anything } from "../../sim/scenario/schema/schema.ts";
import { defineVerb } from "../../sim/scenario/verbs/verb.ts";

/** Where a playback is. */
interface Position {
  readonly next: number;
  /** Events that the API refused. */
  readonly refused: number;
}

/** Plays a workload: one step that goes on from arrival to arrival. Not a verb of scenario files. */
const play = defineVerb<unknown, Workload>({
  name: "play",
  description: "Plays the arrivals and departures of a workload.",
  schema: anything(),
  prepare: (value) => value as Workload,
  summary: ({ name, events }) => `play ${name}: ${events.length} arrivals and departures`,
  run: (workload, { api, now, since, memory, note }) => {
    const { events } = workload;
    let { next, refused } = (memory as Position | undefined) ?? { next: 0, refused: 0 };
    if (next === 0)
      for (const manifest of [...namespaces(workload, api), ...priorityClasses(workload)])
        api.apply(manifest);
    for (; next < events.length; next++) {
      const event = events[next] as WorkloadEvent;
      if (event.at > now - since)
        return { again: event.at - (now - since), memory: { next, refused } };
      const problem = attempt(event, api);
      if (problem === undefined) continue;
      refused++;
      if (refused <= 10) note(`refused: ${problem}`);
    }
    if (refused > 0) note(`${refused} of ${events.length} events were refused`);
    return undefined;
  },
});

/** Does what an event says; answers why the API refused it. */
function attempt(event: WorkloadEvent, api: ApiAccess): string | undefined {
  try {
    if ("pod" in event) api.create(podManifest(event.pod));
    else if ("apply" in event) api.apply(event.apply);
    else {
      const { apiVersion, kind, name, namespace } = event.delete;
      const served = api.find(apiVersion, kind);
      if (served !== undefined) api.api.delete(served.kind, api.key(served, name, namespace));
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.message;
  }
}

/** The namespaces that a workload uses and a fresh cluster has not, ready for pods. */
function namespaces({ events }: Workload, api: ApiAccess): readonly Manifest[] {
  const names = new Set<string>();
  for (const event of events) {
    const name = namespaceOf(event);
    if (name !== undefined && api.get("Namespace", name) === undefined) names.add(name);
  }
  // Pods of the first instant cannot wait for the controller that gives a namespace its ServiceAccount.
  return [...names].flatMap((name) => [
    { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: name } },
  ]);
}

/** How long pods get after the last arrival, where nothing says how long the run is. */
const AFTER_LAST: Micros = 10 * MINUTE;

/** A scenario whose one step plays a workload. */
export function playback(
  workload: Workload,
  cluster: Partial<Scenario["cluster"]>,
  duration: Micros | undefined,
): Scenario {
  const step: Step = {
    id: "workload",
    named: false,
    timing: { kind: "at", time: 0 },
    repeat: undefined,
    when: undefined,
    action: { verb: play, prepared: workload, summary: play.summary(workload) },
    say: undefined,
    quiz: undefined,
    checkpoint: undefined,
    mayFail: false,
  };
  return {
    name: workload.name,
    title: workload.name,
    description: undefined,
    labels: {},
    seed: "1",
    duration: duration ?? lastEnd(workload) + AFTER_LAST,
    params: {},
    cluster: { ...cluster, nodes: cluster.nodes ?? workload.nodes ?? DEFAULT_NODES },
    steps: [step],
    expectations: [],
    measures: [],
    files: new Map(),
  };
}
