import { queuedBy } from "./profiles.ts";
import type { Strategy } from "./strategy.ts";

/** Strategies about whose turn it is, and about pods that belong together. */
export const sharingStrategies: readonly Strategy[] = [
  {
    name: "drf",
    describe:
      "next the queue (label ksim.dev/queue, or namespace) with the smallest dominant share",
    source: "Ghodsi et al., NSDI 2011",
    config: queuedBy("DominantResourceFairness"),
  },
  {
    name: "coscheduling",
    describe: "pods of a PodGroup (label scheduling.x-k8s.io/pod-group) start together or wait",
    source: "kubernetes-sigs/scheduler-plugins, Coscheduling",
    config: queuedBy("Coscheduling"),
  },
  {
    name: "gang",
    describe: "v1.36 gangs: the pods of a PodGroup (spec.schedulingGroup) are bound all or nothing",
    source: "kube-scheduler v1.36, KEP-4671",
    config: queuedBy("GangScheduling"),
  },
  {
    name: "elastic-quota",
    describe:
      "namespaces (ElasticQuota, or annotation ksim.dev/elastic-quota) borrow quota and get their own back by preemption",
    source: "kubernetes-sigs/scheduler-plugins, CapacityScheduling",
    config: {
      plugins: {
        multiPoint: {
          enabled: [{ name: "CapacityScheduling" }],
          disabled: [{ name: "DefaultPreemption" }],
        },
      },
    },
  },
];
