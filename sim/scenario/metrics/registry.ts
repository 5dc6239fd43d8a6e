import { containerRestarts, podsBound, podsLost, podsPending, podsReady } from "./counts.ts";
import { gpuFragmentation, gpuUtilization } from "./gpu.ts";
import type { Metric } from "./metric.ts";
import { nodesUsed } from "./nodes-used.ts";
import { podCompletionSeconds, podSchedulingSeconds, podStartupSeconds } from "./pod-spans.ts";
import { requestErrors, requestRate, requestSeconds, requestsTotal } from "./requests.ts";
import { podsUnschedulable, preemptions } from "./scheduling-trouble.ts";
import { memoryUtilization, utilization } from "./utilization.ts";

/** Everything that can be measured. A new metric is one definition and one line here. */
export const metrics: readonly Metric[] = [
  podSchedulingSeconds,
  podStartupSeconds,
  podCompletionSeconds,
  podsPending,
  podsReady,
  podsBound,
  podsLost,
  containerRestarts,
  utilization,
  memoryUtilization,
  nodesUsed,
  podsUnschedulable,
  preemptions,
  gpuUtilization,
  gpuFragmentation,
  requestSeconds,
  requestErrors,
  requestsTotal,
  requestRate,
];
