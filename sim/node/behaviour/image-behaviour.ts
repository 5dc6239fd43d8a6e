import type { Micros } from "../../engine/time.ts";
import type { Command } from "./declared-command.ts";
import type { Distribution } from "./distribution.ts";
import type { Usage } from "./usage.ts";

/** A process that ends by itself. */
export interface Exit {
  /** Since the container's start. */
  readonly after: Distribution;
  readonly code: number;
  /** How many runs of the container end so; every one when absent. Later runs stay up. */
  readonly times: number | undefined;
  /** Text that lands in the termination message. */
  readonly message: string | undefined;
}

/** What a probe is answered from an age of the container on. */
export interface ProbeAnswer {
  readonly from: Micros;
  readonly answer: "success" | "failure" | "timeout";
}

/** Answers to the three probes over a container's life. */
export interface ProbeAnswers {
  readonly readiness?: readonly ProbeAnswer[];
  readonly liveness?: readonly ProbeAnswer[];
  readonly startup?: readonly ProbeAnswer[];
}

/** A line that the application prints. */
export interface LogLine {
  readonly at: Micros;
  readonly text: string;
  /** Printed again and again at this distance. */
  readonly every: Micros | undefined;
}

/** How an application answers requests. */
export interface Serving {
  /** Requests a second that one container can answer; without limit when absent. */
  readonly capacity: number | undefined;
  /** Time to answer one request. */
  readonly latency: Micros;
  /** Share of requests answered with an error, 0..1. */
  readonly errors: number;
  /** CPU that one request takes, in millicore-seconds. */
  readonly cpuPerRequest: number;
}

/** The image in the registry. */
export interface ImagePull {
  readonly time: Distribution | undefined;
  /** Every pull fails: a name that does not exist. */
  readonly fails: boolean;
}

/** Declared behaviour of an application: of an image, or of one pod by annotations. What is absent is not special. */
export interface ImageBehaviour {
  /** Size in bytes; nodes report it, and ImageLocality scores it. */
  readonly size?: number;
  readonly pull?: ImagePull;
  /** From the start of the process to its serving: probes fail before. */
  readonly startTime?: Distribution;
  /** Readiness fails before this age. */
  readonly readyAfter?: Distribution;
  readonly exits?: Exit;
  readonly probes?: ProbeAnswers;
  /** Millicores. */
  readonly cpu?: Usage;
  /** Bytes. */
  readonly memory?: Usage;
  readonly logs?: readonly LogLine[];
  /** What `kubectl exec` answers, by the command line; one that ends in `*` stands for all that begin so. */
  readonly commands?: Readonly<Record<string, Command>>;
  /** From SIGTERM to exit; "never" ignores it and waits for SIGKILL. */
  readonly stopTime?: Distribution | "never";
  /** Exit code after SIGTERM; 0 for a clean shutdown. */
  readonly stopCode?: number;
  /** How long a preStop hook takes that is neither a sleep nor instant. */
  readonly preStopTime?: Micros;
  readonly serves?: Serving;
}

/** An unknown image just runs. */
export const JUST_RUNS: ImageBehaviour = {};

/** Names of all declared properties, as written under `cluster.images`. */
export const BEHAVIOUR_FIELDS = [
  "size",
  "pull",
  "startTime",
  "readyAfter",
  "exits",
  "probes",
  "cpu",
  "memory",
  "logs",
  "commands",
  "stopTime",
  "stopCode",
  "preStopTime",
  "serves",
] as const satisfies readonly (keyof ImageBehaviour)[];
