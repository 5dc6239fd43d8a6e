import type { Pod } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { SECOND } from "../../engine/time.ts";
import type { Collector, Metric, PodFilter, Sample } from "./metric.ts";

/** Measures the time from a pod's creation to the first state that passes a test. A pod that never passes gives no sample. */
function untilState(counts: PodFilter, reached: (pod: Pod) => boolean): Collector {
  const created = new Map<string, Micros>();
  const found: Sample[] = [];
  return {
    take: (entry) => {
      if (entry.kind !== "change" || entry.collection !== "Pod") return;
      const pod = entry.after as Pod | undefined;
      if (pod === undefined) {
        created.delete((entry.before as Pod).metadata.uid);
        return;
      }
      const { uid } = pod.metadata;
      if (entry.before === undefined && counts(pod)) created.set(uid, entry.time);
      const since = created.get(uid);
      if (since === undefined || !reached(pod)) return;
      created.delete(uid);
      found.push({ time: entry.time, value: (entry.time - since) / SECOND, weight: 1 });
    },
    samples: () => found,
  };
}

function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: value }) => type === "Ready" && value === "True",
  );
}

/** From a pod's creation to its binding. */
export const podSchedulingSeconds: Metric = {
  name: "pod_scheduling_seconds",
  description: "Time from a pod's creation to its binding to a node.",
  unit: "seconds",
  stat: "p99",
  collect: (counts) => untilState(counts, ({ spec }) => (spec?.nodeName ?? "") !== ""),
};

/** From a pod's creation to its first Ready. */
export const podStartupSeconds: Metric = {
  name: "pod_startup_seconds",
  description: "Time from a pod's creation to its being Ready for the first time.",
  unit: "seconds",
  stat: "p99",
  collect: (counts) => untilState(counts, isReady),
};

/** From a pod's creation to its end. */
export const podCompletionSeconds: Metric = {
  name: "pod_completion_seconds",
  description: "Time from a pod's creation to its Succeeded or Failed phase.",
  unit: "seconds",
  stat: "p99",
  collect: (counts) =>
    untilState(counts, ({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed"),
};
