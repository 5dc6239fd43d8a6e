import { MILLISECOND, SECOND } from "../../engine/time.ts";
import { type Distribution, parseDistribution } from "./distribution.ts";

/** How long a node's work takes where neither Kubernetes nor an image says. All spans in microseconds. */
export interface NodeTiming {
  /** From the kubelet's admission of a pod to its sandbox with network and volumes. */
  readonly podStart: Distribution;
  /** Pulling an image that is not on the node. */
  readonly imagePull: Distribution;
  /** Asking the registry about an image that is on the node (pull policy Always). */
  readonly imageCheck: Distribution;
  /** From an image on the node to a running process. */
  readonly containerStart: Distribution;
  /** From SIGTERM to the exit of a process. */
  readonly containerStop: Distribution;
  /** How often the kubelet looks at memory and disk (`eviction-monitoring-period`). */
  readonly pressureCheck: number;
  /** How long a pressure condition stays after the pressure (`eviction-pressure-transition-period`). */
  readonly pressureTransition: number;
  /** Whether a node pulls one image at a time (`serializeImagePulls`, Kubernetes' default). */
  readonly serialPulls: boolean;
}

/** Plausible times of a small cluster with a near registry. */
export const defaultTiming: NodeTiming = {
  podStart: 500 * MILLISECOND,
  imagePull: 2 * SECOND,
  imageCheck: 200 * MILLISECOND,
  containerStart: 100 * MILLISECOND,
  containerStop: 200 * MILLISECOND,
  pressureCheck: 10 * SECOND,
  pressureTransition: 300 * SECOND,
  serialPulls: true,
};

/** Everything at once: for tests of rules whose times are sums of Kubernetes' own numbers. */
export const instantTiming: NodeTiming = {
  ...defaultTiming,
  podStart: 0,
  imagePull: 0,
  imageCheck: 0,
  containerStart: 0,
  containerStop: 0,
};

const SPANS = ["podStart", "imagePull", "imageCheck", "containerStart", "containerStop"] as const;
const FIXED = ["pressureCheck", "pressureTransition"] as const;

/** Reads `cluster.timing` of a scenario. Throws `RangeError` naming the key that is unknown or wrong. */
export function parseTiming(value: Readonly<Record<string, unknown>>): Partial<NodeTiming> {
  const timing: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value)) {
    if ((SPANS as readonly string[]).includes(key))
      timing[key] = parseDistribution(given, `timing.${key}`);
    else if ((FIXED as readonly string[]).includes(key)) {
      const span = parseDistribution(given, `timing.${key}`);
      if (typeof span !== "number") throw new RangeError(`timing.${key}: expected one span`);
      timing[key] = span;
    } else if (key === "serialPulls") {
      if (typeof given !== "boolean")
        throw new RangeError("timing.serialPulls: expected true or false");
      timing[key] = given;
    } else
      throw new RangeError(
        `timing.${key}: unknown; known are ${[...SPANS, ...FIXED, "serialPulls"].join(", ")}`,
      );
  }
  return timing as Partial<NodeTiming>;
}
