import { apiErrors } from "./api-errors.ts";
import { apiLatency } from "./api-latency.ts";
import { apiUnavailable } from "./api-unavailable.ts";
import { compaction } from "./compaction.ts";
import { containerKill } from "./container-kill.ts";
import { controllerCrash } from "./controller-crash.ts";
import type { FaultType } from "./fault.ts";
import { imagePullFailure } from "./image-pull-failure.ts";
import { leaderPartition } from "./leader-partition.ts";
import { leaderPause } from "./leader-pause.ts";
import { nodeCrash } from "./node-crash.ts";
import { nodePartition } from "./node-partition.ts";
import { nodePause } from "./node-pause.ts";
import { nodePressure } from "./node-pressure.ts";
import { oomKill } from "./oom-kill.ts";
import { podKill } from "./pod-kill.ts";
import { probeFailure } from "./probe-failure.ts";
import { schedulerCrash } from "./scheduler-crash.ts";
import { staleWatch } from "./stale-watch.ts";
import { zoneOutage } from "./zone-outage.ts";

/** Every fault that can be declared, in the order in which they are listed. */
export const faultTypes: readonly FaultType[] = [
  nodeCrash,
  nodePause,
  nodePartition,
  nodePressure,
  zoneOutage,
  podKill,
  containerKill,
  oomKill,
  probeFailure,
  imagePullFailure,
  controllerCrash,
  schedulerCrash,
  leaderPartition,
  leaderPause,
  staleWatch,
  apiLatency,
  apiErrors,
  apiUnavailable,
  compaction,
];
