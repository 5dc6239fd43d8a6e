import { distribution, spans } from "./distribution.ts";
import { cluster, measure, metadata } from "./parts.ts";
import {
  anyObject,
  anyOf,
  anything,
  described,
  type Infer,
  integer,
  list,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  type Schema,
  text,
} from "./schema.ts";
import { quantity, span } from "./units.ts";

const amounts = anyOf(
  "a quantity, a list to choose from, or a distribution",
  distribution(quantity, "a quantity or a distribution of them"),
  list(quantity),
);

const podClass = object({
  name: described(optional(text()), "Begin of the pods' names.", "web"),
  weight: described(
    optional(number({ minimum: 0 })),
    "How often it comes, against the other classes; 1 when absent.",
  ),
  requests: described(optional(mapOf(amounts)), "What a pod asks for.", {
    cpu: ["500m", 1, 2],
    memory: { dist: "uniform", min: "512Mi", max: "4Gi", step: "256Mi" },
  }),
  runs: described(optional(spans), "How long a pod runs; until the end when absent."),
  together: described(
    optional(integer({ minimum: 1 })),
    "Pods that arrive at once; 1 when absent.",
  ),
  labels: optional(mapOf(text())),
  annotations: optional(mapOf(text())),
  nodeSelector: optional(mapOf(text())),
  priority: described(optional(integer()), "Priority of the pods."),
  spec: described(optional(anyObject()), "Further fields of the pods' spec."),
});

const generator = object({
  pods: described(optional(integer({ minimum: 1, maximum: 1_000_000 })), "How many pods arrive."),
  until: described(optional(span), "When arrivals end; `pods` or this must be there."),
  arrivals: described(optional(spans), "Time between arrivals; all at once when absent.", {
    dist: "exponential",
    mean: "2s",
  }),
  classes: described(list(podClass), "Kinds of pods."),
});

const workload = object({
  scenario: described(optional(text()), "File of a scenario, relative to the experiment."),
  set: described(optional(mapOf(anything())), "Values of the scenario's parameters."),
  trace: described(optional(text()), "File of a Workload, as `ksim import` writes it."),
  speed: described(
    optional(number({ minimum: 0.000001 })),
    "How much faster the trace is played; 1 when absent.",
  ),
  limit: described(optional(integer({ minimum: 1 })), "At most so many events of the trace."),
  generate: described(optional(generator), "Pods that arrive at random."),
});

const contender = anyOf(
  "a scheduler's name, a KubeSchedulerConfiguration, a module, or {name, config}",
  described(text(), "A name of `ksim list schedulers`, or a module like ./my-scheduler.ts."),
  object({
    name: text(),
    config: anyOf("a name, a module or a configuration", text(), anyObject()),
  }),
  described(
    { json: { type: "object", required: ["kind"] } } as Schema<Readonly<Record<string, unknown>>>,
    "A KubeSchedulerConfiguration.",
  ),
);

/** An experiment file. */
export const experimentSchema = object({
  apiVersion: oneOf("ksim.dev/v1"),
  kind: oneOf("Experiment"),
  metadata,
  spec: object({
    title: described(optional(text()), "One line for the report."),
    description: optional(text()),
    workload: described(workload, "What the clusters have to do: the same for every scheduler."),
    cluster: described(
      optional(cluster),
      "What the clusters are made of; the scenario's or trace's own when absent.",
    ),
    duration: described(optional(span), "Length of every run."),
    schedulers: described(optional(list(contender)), "What is compared; `default` when absent."),
    seeds: described(
      optional(
        object({
          from: described(optional(anyOf("a whole number", integer(), text())), "The first; 1."),
          count: integer({ minimum: 1, maximum: 100_000 }),
        }),
      ),
      "Every scheduler runs with each of these; 5 when absent.",
    ),
    matrix: described(
      optional(mapOf(list(anything()))),
      "Values to combine, by name of a parameter or path in this spec.",
      { replicas: [3, 6], "cluster.nodes[0].count": [10, 20] },
    ),
    metrics: described(
      optional(list(anyOf("a metric's name or a measure", text(), measure))),
      "What is measured; the usual ones when absent.",
    ),
    compare: optional(
      object({
        baseline: described(optional(text()), "The scheduler that others are compared with."),
        confidence: described(
          optional(number({ minimum: 0.5, maximum: 0.9999 })),
          "Of the intervals; 0.95 when absent.",
        ),
        method: described(
          optional(oneOf("paired-t", "bootstrap")),
          "How intervals are made; paired-t when absent.",
        ),
      }),
    ),
    report: described(
      optional(object({ title: optional(text()), notes: optional(text()) })),
      "Heading and text of the HTML report.",
    ),
  }),
});
export type ExperimentSpec = Infer<typeof experimentSchema>;
