import { application, pace, timing } from "./application.ts";
import {
  anyObject,
  anyOf,
  anything,
  bool,
  described,
  type Infer,
  integer,
  list,
  mapOf,
  number,
  object,
  oneOf,
  openObject,
  optional,
  pattern,
  text,
} from "./schema.ts";
import { quantity, span } from "./units.ts";

/** Name of a step, a checkpoint, a parameter. */
export const identifier = pattern("^[A-Za-z][\\w.-]*$", "a name of letters, digits, - and _");

/** A CEL expression over the state of the cluster. */
export const expression = described(
  text(),
  "A CEL expression over the state of the cluster.",
  "deployment('web').status.readyReplicas == 3",
);

/** A step's id or a time. */
export const instant = described(text(), "A step's id, or a time since the start.", "deploy", "2m");

const param = object({
  type: described(
    optional(oneOf("integer", "number", "string", "boolean")),
    "Type of the parameter; follows from the default when absent.",
  ),
  default: described(anything(), "Value when --set gives none."),
  description: optional(text()),
  min: optional(number()),
  max: optional(number()),
  choices: optional(list(anything())),
});
export type ParamSpec = Infer<typeof param>;
export const params = described(
  mapOf(param),
  "Values that --set can change; templates name them: params.replicas.",
);

const nodeDevices = object({
  driver: text(),
  count: described(optional(integer({ minimum: 1, maximum: 1024 })), "How many there are.", 8),
  name: described(
    optional(text()),
    "Names of the devices; {i} counts from 0, and device-{i} when absent.",
    "gpu-{i}",
  ),
  attributes: described(
    optional(mapOf(anything())),
    "By name: a text, a whole number, true or false, or as the API has it.",
  ),
  capacity: optional(mapOf(quantity)),
});

const nodeTemplate = object({
  name: described(optional(text()), "Name of the nodes; {i} counts from 1.", "node-{i}"),
  count: optional(integer({ minimum: 0, maximum: 100_000 })),
  capacity: described(
    optional(mapOf(quantity)),
    "What the node has: cpu, memory, pods, ephemeral-storage and any extended resource.",
  ),
  allocatable: optional(mapOf(quantity)),
  zones: described(optional(list(text())), "Zones that the nodes are dealt to in turn."),
  labels: optional(mapOf(text())),
  annotations: optional(mapOf(text())),
  taints: optional(
    list(
      object({
        key: text(),
        value: optional(text()),
        effect: oneOf("NoSchedule", "PreferNoSchedule", "NoExecute"),
      }),
    ),
  ),
  images: optional(list(anything())),
  devices: described(
    optional(list(nodeDevices)),
    "Devices that drivers on the node report, in one ResourceSlice per driver.",
  ),
});

/** What the simulated cluster is made of. */
export const cluster = object({
  nodes: described(
    optional(list(nodeTemplate)),
    "Nodes, by template. Three of 4 CPU and 8Gi when absent.",
  ),
  images: described(
    optional(mapOf(application)),
    "How the applications behind images behave, by image; an unknown image just runs.",
  ),
  timing: described(
    optional(timing),
    "How long the nodes' work takes: a duration or a distribution each.",
  ),
  pace: described(
    optional(anyOf("kubernetes, fast or an object", oneOf("kubernetes", "fast"), pace)),
    "Latencies and client limits of the control plane.",
  ),
  scheduler: described(
    optional(anyOf("a scheduler's name or a KubeSchedulerConfiguration", text(), anyObject())),
    "A name of `ksim list schedulers`, a KubeSchedulerConfiguration, or a module of your own.",
  ),
  metrics: described(
    optional(
      list(
        object({
          name: text(),
          namespace: optional(text()),
          pods: described(optional(mapOf(text())), "Labels of the pods that report it."),
          object: optional(object({ kind: text(), name: text() })),
          external: described(optional(mapOf(text())), "Labels of an external metric."),
          values: list(object({ from: span, value: quantity })),
        }),
      ),
    ),
    "What a metrics adapter reports to autoscalers; none runs when absent. It knows http_requests_per_second of pods and Services under load.",
  ),
  controlPlane: described(
    optional(
      object({
        replicas: described(
          optional(integer({ minimum: 1 })),
          "How many controller managers and schedulers there are; one of each leads.",
          3,
        ),
      }),
    ),
    "The control plane's machines; one when absent.",
  ),
  controllers: described(
    optional(
      object({
        modules: described(
          optional(list(text())),
          "Modules with controllers of your own, relative to the scenario.",
          "./my-controller.ts",
        ),
        enable: described(optional(list(text())), "Opt-in controllers to run, by name."),
        disable: described(optional(list(text())), "Controllers not to run, by name."),
      }),
    ),
    "Which controllers run; those of the controller manager when absent.",
  ),
});
export type ClusterSpec = Infer<typeof cluster>;

const condition = {
  that: optional(expression),
  match: described(
    optional(openObject({ apiVersion: text(), kind: text() })),
    "Part of an object: holds when an object has all of it.",
  ),
  invariant: described(
    optional(text()),
    "Name of an invariant of `ksim list invariants`, or a module of your own.",
  ),
};
const eventually = anyOf(
  "an expression or an object",
  text(),
  object({
    ...condition,
    within: described(optional(span), "How long it may take; the rest of the run when absent."),
    since: optional(instant),
  }),
);
const throughout = anyOf(
  "an expression or an object",
  text(),
  object({ ...condition, from: optional(instant), to: optional(instant), within: optional(span) }),
);

/** What must come true, hold, or never happen. */
export const expectation = object({
  name: optional(text()),
  eventually: described(optional(eventually), "Must come true in time."),
  always: described(optional(throughout), "Must hold all the time between two instants."),
  never: described(optional(throughout), "Must not come true between two instants."),
});
export type ExpectationSpec = Infer<typeof expectation>;

export const quiz = object({
  ask: text(),
  choices: list(anything()),
  answer: anything(),
  why: optional(text()),
});
export type QuizSpec = Infer<typeof quiz>;

export const measure = object({
  name: optional(text()),
  metric: described(text(), "A name of `ksim list metrics`."),
  stat: optional(
    oneOf("p50", "p90", "p95", "p99", "mean", "min", "max", "sum", "count", "last", "stddev"),
  ),
  selector: described(optional(text()), "Labels of the pods that count.", "app=web"),
  from: optional(instant),
  to: optional(instant),
  threshold: described(
    optional(
      pattern("^\\s*(<=|>=|==|<|>)\\s*[\\d.]+\\s*(us|ms|s|m|h|%)?\\s*$", "a comparison like < 5s"),
    ),
    "What the value must be.",
    "< 5s",
  ),
});
export type MeasureSpec = Infer<typeof measure>;

export const metadata = object({
  name: described(
    pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "lower-case letters, digits and -"),
    "Name of the file's object.",
  ),
  labels: optional(mapOf(text())),
  annotations: optional(mapOf(text())),
});

/** A switch. */
export const flag = bool();
