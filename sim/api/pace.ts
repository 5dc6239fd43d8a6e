import { MILLISECOND, type Micros } from "../engine/time.ts";
import type { RateLimit } from "./rate-limiter.ts";

/** How fast the control plane itself is: part of the model, with Kubernetes' defaults. */
export interface Pace {
  /** How long a component waits for the answer to a write. */
  readonly apiLatency: Micros;
  /** How long after its commit a change reaches informers. */
  readonly watchLag: Micros;
  /** Limit of each controller's own client; none without one. */
  readonly controllerLimit: RateLimit | undefined;
  /** Limit of the scheduler's client. */
  readonly schedulerLimit: RateLimit | undefined;
  /** How long one scheduling attempt takes. */
  readonly schedulingTime: Micros;
  /** Whether Event objects are stored; the journal knows of them in any case. */
  readonly eventObjects: boolean;
  /** How long changes stay available to watches. */
  readonly watchHistory: Micros;
}

/**
 * The two presets. `kubernetes`: kube-controller-manager's and kube-scheduler's own client limits (20/s burst 30,
 * 50/s burst 100), a few milliseconds for a request and a watch. `fast`: the same decisions without the waiting.
 */
export const paces: Readonly<Record<"kubernetes" | "fast", Pace>> = {
  kubernetes: {
    apiLatency: 3 * MILLISECOND,
    watchLag: 2 * MILLISECOND,
    controllerLimit: { perSecond: 20, burst: 30 },
    schedulerLimit: { perSecond: 50, burst: 100 },
    schedulingTime: MILLISECOND,
    eventObjects: true,
    watchHistory: 300_000 * MILLISECOND,
  },
  fast: {
    apiLatency: 0,
    watchLag: 0,
    controllerLimit: undefined,
    schedulerLimit: undefined,
    schedulingTime: 0,
    eventObjects: false,
    watchHistory: 0,
  },
};

/** A pace from its name or from a preset with changes. */
export function paceOf(pace: "kubernetes" | "fast" | Partial<Pace> | undefined): Pace {
  if (typeof pace === "string") return paces[pace];
  return pace === undefined ? paces.kubernetes : { ...paces.kubernetes, ...pace };
}
