import { MINUTE, type Micros, SECOND } from "../../../engine/time.ts";
import { flagOf, numberOf, type Settings, spanOf, textOf } from "../add-on-config.ts";

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
  /** Group → until when nothing is asked of it, how long the next pause is, and when its machines last failed to come. */
  readonly backOff: Readonly<
    Record<string, { readonly until: Micros; readonly next: Micros; readonly failed: Micros }>
  >;
  /** Node → since when it is not needed. */
  readonly unneeded: Readonly<Record<string, Micros>>;
  /** Node that was found to be needed → until when it is not asked again. */
  readonly unremovable: Readonly<Record<string, Micros>>;
  /** Nodes that were passed over in the last look because of that. */
  readonly skipped: readonly string[];
  /** Node being emptied → since when, and whether it had pods to move. */
  readonly draining: Readonly<Record<string, { readonly since: Micros; readonly pods: boolean }>>;
  /** Pods that were told that they are deleted for a node's sake. */
  readonly evicted: readonly string[];
  readonly lastAdd: Micros | undefined;
  readonly lastFailure: Micros | undefined;
  readonly lastDelete: Micros | undefined;
  /** Pods that were told that nothing helps them. */
  readonly told: readonly string[];
  /** What the status last said of each of its parts, and since when. */
  readonly said: Readonly<Record<string, { readonly status: string; readonly since: Micros }>>;
}

export const FRESH: ScalerState = {
  start: 0,
  lastScan: undefined,
  upcoming: [],
  numbers: {},
  backOff: {},
  unneeded: {},
  unremovable: {},
  skipped: [],
  draining: {},
  evicted: [],
  lastAdd: undefined,
  lastFailure: undefined,
  lastDelete: undefined,
  told: [],
  said: {},
};

/** The autoscaler's flags, by upstream's names in camel case, with upstream's defaults. */
export interface ScalerOptions {
  readonly scanInterval: Micros;
  readonly expander: string;
  readonly maxNodeProvisionTime: Micros;
  readonly firstBackOff: Micros;
  readonly longestBackOff: Micros;
  readonly backOffReset: Micros;
  readonly utilizationThreshold: number;
  readonly unneededTime: Micros;
  readonly unreadyTime: Micros;
  readonly unreadyEnabled: boolean;
  readonly recheckTimeout: Micros;
  readonly delayAfterDelete: Micros;
  readonly maxSoftTaints: number;
  readonly maxParallel: number;
  readonly maxDrains: number;
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
    backOffReset: spanOf(settings, "nodeGroupBackoffResetTimeout", 180 * MINUTE),
    utilizationThreshold: numberOf(settings, "scaleDownUtilizationThreshold", 0.5),
    unneededTime: spanOf(settings, "scaleDownUnneededTime", 10 * MINUTE),
    unreadyTime: spanOf(settings, "scaleDownUnreadyTime", 20 * MINUTE),
    unreadyEnabled: flagOf(settings, "scaleDownUnreadyEnabled", true),
    recheckTimeout: spanOf(settings, "unremovableNodeRecheckTimeout", 5 * MINUTE),
    delayAfterDelete: spanOf(settings, "scaleDownDelayAfterDelete", 0),
    maxSoftTaints: numberOf(settings, "maxBulkSoftTaintCount", 10),
    maxParallel: numberOf(settings, "maxScaleDownParallelism", 10),
    maxDrains: numberOf(settings, "maxDrainParallelism", 1),
    delayAfterAdd: spanOf(settings, "scaleDownDelayAfterAdd", 10 * MINUTE),
    delayAfterFailure: spanOf(settings, "scaleDownDelayAfterFailure", 3 * MINUTE),
    maxGracefulTermination: spanOf(settings, "maxGracefulTerminationSec", 10 * MINUTE),
    maxPodEvictionTime: spanOf(settings, "maxPodEvictionTime", 2 * MINUTE),
    maxUnreadyShare: numberOf(settings, "maxTotalUnreadyPercentage", 45) / 100,
    okUnreadyCount: numberOf(settings, "okTotalUnreadyCount", 3),
  };
}
