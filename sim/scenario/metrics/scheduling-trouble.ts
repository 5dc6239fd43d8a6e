import type { Pod } from "../../api/types.gen.ts";
import { Level } from "./level.ts";
import type { Metric, Sample } from "./metric.ts";

/** Pods that the scheduler found no place for, and has not placed since. */
export const podsUnschedulable: Metric = {
  name: "pods_unschedulable",
  description: "Pods that no node can take (PodScheduled is False: Unschedulable), over time.",
  unit: "pods",
  stat: "mean",
  collect: (counts) => {
    const level = new Level(0);
    let count = 0;
    const one = (pod: Pod | undefined): number =>
      pod !== undefined && counts(pod) && isUnschedulable(pod) ? 1 : 0;
    return {
      take: (entry) => {
        if (entry.kind !== "change" || entry.collection !== "Pod") return;
        count += one(entry.after as Pod | undefined) - one(entry.before as Pod | undefined);
        level.set(entry.time, count);
      },
      samples: (end) => level.samples(end),
    };
  },
};

function isUnschedulable({ status, spec }: Pod): boolean {
  return (
    (spec?.nodeName ?? "") === "" &&
    (status?.conditions ?? []).some(
      ({ type, status: value, reason }) =>
        type === "PodScheduled" && value === "False" && reason === "Unschedulable",
    )
  );
}

/** Pods that had to make room for others. */
export const preemptions: Metric = {
  name: "preemptions",
  description: "Pods that the scheduler ended to make room for pods of higher priority.",
  unit: "count",
  stat: "sum",
  collect: (counts) => {
    const found: Sample[] = [];
    return {
      take: (entry) => {
        if (entry.kind !== "change" || entry.collection !== "Pod") return;
        const [before, after] = [entry.before as Pod | undefined, entry.after as Pod | undefined];
        if (after === undefined || !counts(after) || !isVictim(after)) return;
        if (before === undefined || !isVictim(before))
          found.push({ time: entry.time, value: 1, weight: 1 });
      },
      samples: () => found,
    };
  },
};

function isVictim({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: value, reason }) =>
      type === "DisruptionTarget" && value === "True" && reason === "PreemptionByScheduler",
  );
}
