import type { KubeObject, Manifest } from "../../sim/api/object.ts";
import type { Micros } from "../../sim/engine/time.ts";
import { formatSpan } from "../../sim/engine/time.ts";
import type { Arrival } from "../../sim/experiment/workload.ts";
import type { Scenario, Step } from "../../sim/scenario/model.ts";
import { arrive } from "../../sim/scenario/verbs/arrive.ts";

/** A scenario in which the pods of a workload arrive at their times. */
export function workloadScenario(
  name: string,
  arrivals: readonly Arrival[],
  cluster: Scenario["cluster"],
  duration: Micros,
): Scenario {
  return {
    name,
    title: name,
    description: undefined,
    labels: {},
    seed: "1",
    duration,
    params: {},
    cluster: { pace: "fast", ...cluster },
    steps: arrivals.map(arrivalStep),
    expectations: [],
    measures: [],
    files: new Map(),
  };
}

function arrivalStep(arrival: Arrival, at: number): Step {
  return {
    id: `arrival-${at + 1}`,
    named: false,
    timing: { kind: "at", time: arrival.at },
    repeat: undefined,
    when: undefined,
    action: { verb: arrive, prepared: podOf(arrival), summary: `pod ${arrival.name} arrives` },
    say: undefined,
    quiz: undefined,
    checkpoint: undefined,
    mayFail: true,
  };
}

function podOf({ name, requests, duration }: Arrival): Manifest<KubeObject> {
  const annotations =
    duration === undefined
      ? {}
      : { annotations: { "ksim.dev/exits": `{after: ${formatSpan(duration)}, code: 0}` } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...annotations },
    spec: {
      restartPolicy: "Never",
      containers: [
        {
          name: "main",
          image: "workload",
          imagePullPolicy: "IfNotPresent",
          resources: { requests },
        },
      ],
    },
  } as unknown as Manifest<KubeObject>;
}
