import { distribution } from "./distribution.ts";
import {
  anyOf,
  bool,
  described,
  integer,
  list,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  text,
} from "./schema.ts";
import { quantity, span } from "./units.ts";

/** A span; a bare number counts seconds. */
const moment = anyOf("a duration like 30s or 1m30s", span, number({ minimum: 0 }));
const moments = distribution(moment, "a duration like 2s, or a distribution");

const exit = object({
  after: described(optional(moments), "How long after the container's start; at once when absent."),
  code: described(optional(integer({ minimum: 0, maximum: 255 })), "Exit code; 0 when absent."),
  times: described(
    optional(integer({ minimum: 1, maximum: 1_000_000 })),
    "How many runs of the container end so; all when absent.",
  ),
  message: described(optional(text()), "What stands in the termination message."),
});

const probeAnswer = oneOf("success", "failure", "timeout");
const probeAnswers = anyOf(
  "success, failure, timeout, or a list of {from, answer}",
  probeAnswer,
  object({ from: optional(moment), answer: probeAnswer }),
  list(
    anyOf(
      "success, failure, timeout, or {from, answer}",
      probeAnswer,
      object({ from: optional(moment), answer: probeAnswer }),
    ),
  ),
);

const usagePiece = object({
  from: optional(moment),
  value: quantity,
  growth: described(optional(quantity), "How much more each second."),
});
const usage = anyOf(
  "a quantity, {from, value, growth}, or a list of such",
  quantity,
  usagePiece,
  list(usagePiece),
);

const logLine = object({
  at: described(optional(moment), "When, from the container's start."),
  text: text(),
  every: described(optional(moment), "Again and again, this far apart."),
});
const logs = anyOf(
  "a text, or a list of texts and {at, text, every}",
  text(),
  logLine,
  list(anyOf("a text or {at, text, every}", text(), logLine)),
);

const answer = object({
  output: optional(text()),
  errors: optional(text()),
  code: optional(integer({ minimum: 0, maximum: 255 })),
});
const answerText = anyOf("what it prints, or {output, errors, code}", text(), number(), answer);

const pull = object({
  time: described(optional(moments), "How long a pull takes; the cluster's timing when absent."),
  fails: described(optional(bool()), "There is no such image: every pull fails."),
});

const serving = object({
  capacity: described(
    optional(number()),
    "Requests a second of one container; no limit when absent.",
  ),
  latency: described(optional(moment), "How long an answer takes; no time when absent."),
  errors: described(
    optional(number({ minimum: 0, maximum: 1 })),
    "Share of requests that are answered with an error.",
  ),
  cpuPerRequest: described(optional(quantity), "CPU seconds that a request takes.", "5m"),
});

/** How an application behaves: under `cluster.images`, or by annotations of a pod. */
export const application = object({
  startTime: described(
    optional(moments),
    "From the start of the process until it serves; its probes fail before.",
    "2s",
  ),
  readyAfter: described(optional(moments), "Age before which readiness probes fail.", "20s"),
  exits: described(
    optional(exit),
    "It ends by itself: `{after, code, times, message}`.",
    "{after: 10s, code: 1}",
  ),
  probes: described(
    optional(
      object({
        readiness: optional(probeAnswers),
        liveness: optional(probeAnswers),
        startup: optional(probeAnswers),
      }),
    ),
    "What probes are answered, from which age on: success, failure or timeout.",
    "{liveness: [{from: 60s, answer: failure}]}",
  ),
  cpu: described(optional(usage), "CPU that it uses, over time.", "250m"),
  memory: described(
    optional(usage),
    "Memory that it uses, over time; above its limit it is killed.",
    "[{value: 100Mi, growth: 1Mi}]",
  ),
  serves: described(
    optional(serving),
    "How it answers the requests of a `load`: `{capacity, latency, errors, cpuPerRequest}`.",
    "{capacity: 100, latency: 20ms, cpuPerRequest: 5m}",
  ),
  logs: described(
    optional(logs),
    "Lines that it prints.",
    '[{at: 1s, text: "ready"}, {text: "tick", every: 10s}]',
  ),
  commands: described(
    optional(mapOf(answerText)),
    "What `kubectl exec` answers, by command; one that ends in `*` stands for all that begin so.",
    "{date: Thu, ls *: {errors: no such file, code: 2}}",
  ),
  pull: described(
    optional(pull),
    "Its image in the registry: how long a pull takes, or that there is none.",
    "{fails: true}",
  ),
  size: described(optional(quantity), "Size of the image.", "100Mi"),
  stopTime: described(
    optional(anyOf("a duration, a distribution, or never", oneOf("never"), moments)),
    "From SIGTERM to its end; `never` waits for SIGKILL.",
    "5s",
  ),
  stopCode: described(
    optional(integer({ minimum: 0, maximum: 255 })),
    "Exit code after SIGTERM; 0 when absent.",
  ),
  preStopTime: described(optional(moment), "How long its preStop hook takes."),
});

/** How long the nodes' work takes. */
export const timing = object({
  podStart: described(
    optional(moments),
    "From a pod's arrival on its node to its sandbox, network and volumes; 500ms when absent.",
  ),
  imagePull: described(
    optional(moments),
    "Pulling an image that is not on the node; 2s when absent.",
    "{dist: uniform, min: 1s, max: 4s}",
  ),
  imageCheck: described(
    optional(moments),
    "Asking the registry about an image that is there (pull policy Always); 200ms when absent.",
  ),
  containerStart: described(
    optional(moments),
    "From an image on the node to a running process; 100ms when absent.",
  ),
  containerStop: described(
    optional(moments),
    "From SIGTERM to the end of a process; 200ms when absent.",
  ),
  pressureCheck: described(
    optional(moment),
    "How often the kubelet looks at memory and disk; 10s when absent.",
  ),
  pressureTransition: described(
    optional(moment),
    "How long a pressure condition outlasts the pressure; 5m when absent.",
  ),
  serialPulls: described(
    optional(bool()),
    "Whether a node pulls one image at a time; true when absent.",
  ),
});

const limit = anyOf(
  "none or {perSecond, burst}",
  oneOf("none"),
  object({ perSecond: number({ minimum: 0.001 }), burst: integer({ minimum: 1 }) }),
);

/** What is different from the pace `kubernetes`. */
export const pace = object({
  apiLatency: described(
    optional(moment),
    "How long a component waits for a write; 3ms when absent.",
  ),
  watchLag: described(
    optional(moment),
    "How long after a write the other components hear of it; 2ms when absent.",
  ),
  controllerLimit: described(
    optional(limit),
    "Limit of each controller's client; {perSecond: 20, burst: 30} when absent.",
  ),
  schedulerLimit: described(
    optional(limit),
    "Limit of the scheduler's client; {perSecond: 50, burst: 100} when absent.",
  ),
  schedulingTime: described(
    optional(moment),
    "How long a scheduling attempt takes; 1ms when absent.",
  ),
  eventObjects: described(optional(bool()), "Whether Event objects are stored; true when absent."),
  watchHistory: described(
    optional(moment),
    "How long changes stay available to watches; 5m when absent.",
  ),
});
