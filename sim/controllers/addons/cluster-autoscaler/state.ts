import { MINUTE, type Micros, SECOND } from "../../../engine/time.ts";
import { numberOf, type Settings, spanOf, textOf } from "../add-on-config.ts";

/** A machine that was asked for and takes no pods yet. */
export interface Upcoming {
  readonly name: string;
  readonly group: string;
  readonly since: Micros;
  /** It is up: its node registers itself and becomes ready. */
  readonly up: boolean;
}

/** What the autoscaler remembers: plain data. */
export interface ScalerState {
  readonly start: Micros;
  readonly lastScan: Micros | undefined;
  readonly upcoming: readonly Upcoming[];
  /** Number of the last machine of each group. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Group → until when nothing is asked of it, and how long the next pause is. */
  readonly backOff: Readonly<Record<string, { readonly until: Micros; readonly next: Micros }>>;
  /** Node → since when it is not needed. */
  readonly unneeded: Readonly<Record<string, Micros>>;
  /** Node being emptied → since when. */
  readonly draining: Readonly<Record<string, Micros>>;
  readonly lastAdd: Micros | undefined;
  readonly lastFailure: Micros | undefined;
  /** Pods that were told that nothing helps them. */
  readonly told: readonly string[];
}

export const FRESH: ScalerState = {
  start: 0,
  lastScan: undefined,
  upcoming: [],
  numbers: {},
  backOff: {},
  unneeded: {},
  draining: {},
  lastAdd: undefined,
  lastFailure: undefined,
  told: [],
};

/** The autoscaler's flags, by upstream's names in camel case, with upstream's defaults. */
export interface ScalerOptions {
  readonly scanInterval: Micros;
  readonly expander: string;
  readonly maxNodeProvisionTime: Micros;
  readonly firstBackOff: Micros;
  readonly longestBackOff: Micros;
  readonly utilizationThreshold: number;
  readonly unneededTime: Micros;
  readonly delayAfterAdd: Micros;
  readonly delayAfterFailure: Micros;
  readonly maxGracefulTermination: Micros;
  readonly maxPodEvictionTime: Micros;
  readonly maxUnreadyShare: number;
  readonly okUnreadyCount: number;
}

/** Reads the flags from the add-on's settings. */
export function scalerOptions(settings: Settings): ScalerOptions {
  return {
    scanInterval: spanOf(settings, "scanInterval", 10 * SECOND),
    expander: textOf(settings, "expander", "least-waste"),
    maxNodeProvisionTime: spanOf(settings, "maxNodeProvisionTime", 15 * MINUTE),
    firstBackOff: spanOf(settings, "initialNodeGroupBackoffDuration", 5 * MINUTE),
    longestBackOff: spanOf(settings, "maxNodeGroupBackoffDuration", 30 * MINUTE),
    utilizationThreshold: numberOf(settings, "scaleDownUtilizationThreshold", 0.5),
    unneededTime: spanOf(settings, "scaleDownUnneededTime", 10 * MINUTE),
    delayAfterAdd: spanOf(settings, "scaleDownDelayAfterAdd", 10 * MINUTE),
    delayAfterFailure: spanOf(settings, "scaleDownDelayAfterFailure", 3 * MINUTE),
    maxGracefulTermination: spanOf(settings, "maxGracefulTerminationSec", 10 * MINUTE),
    maxPodEvictionTime: spanOf(settings, "maxPodEvictionTime", 2 * MINUTE),
    maxUnreadyShare: numberOf(settings, "maxTotalUnreadyPercentage", 45) / 100,
    okUnreadyCount: numberOf(settings, "okTotalUnreadyCount", 3),
  };
}
