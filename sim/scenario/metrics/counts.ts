import type { Pod } from "../../api/types.gen.ts";
import type { JournalEntry } from "../../engine/journal.ts";
import { Level } from "./level.ts";
import type { Collector, Metric, PodFilter, Sample } from "./metric.ts";

/** How many pods are in a state, over time. */
function level(counts: PodFilter, is: (pod: Pod) => boolean): Collector {
  const values = new Level(0);
  let count = 0;
  const one = (pod: Pod | undefined): number =>
    pod !== undefined && counts(pod) && is(pod) ? 1 : 0;
  return {
    take: (entry) => {
      if (entry.kind !== "change" || entry.collection !== "Pod") return;
      count += one(entry.after as Pod | undefined) - one(entry.before as Pod | undefined);
      values.set(entry.time, count);
    },
    samples: (end) => values.samples(end),
  };
}

/** One sample for every entry that counts; its value is how much. */
function happenings(amount: (entry: JournalEntry) => number): Collector {
  const found: Sample[] = [];
  return {
    take: (entry) => {
      const value = amount(entry);
      if (value > 0) found.push({ time: entry.time, value, weight: 1 });
    },
    samples: () => found,
  };
}

function restarts(pod: Pod | undefined): number {
  return (pod?.status?.containerStatuses ?? []).reduce(
    (sum, { restartCount }) => sum + restartCount,
    0,
  );
}

function isReady({ status, metadata }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    (status?.conditions ?? []).some(
      ({ type, status: value }) => type === "Ready" && value === "True",
    )
  );
}

/** Pods that wait for a node. */
export const podsPending: Metric = {
  name: "pods_pending",
  description: "Pods that have no node yet, over time.",
  unit: "pods",
  stat: "mean",
  collect: (counts) =>
    level(
      counts,
      ({ spec, status }) => (spec?.nodeName ?? "") === "" && status?.phase !== "Failed",
    ),
};

/** Pods that serve. */
export const podsReady: Metric = {
  name: "pods_ready",
  description: "Pods that are Ready and not terminating, over time.",
  unit: "pods",
  stat: "mean",
  collect: (counts) => level(counts, isReady),
};

/** Restarts of containers. */
export const containerRestarts: Metric = {
  name: "container_restarts",
  description: "Restarts of containers.",
  unit: "count",
  stat: "sum",
  collect: (counts) =>
    happenings((entry) => {
      if (entry.kind !== "change" || entry.collection !== "Pod" || entry.after === undefined)
        return 0;
      return counts(entry.after as Pod)
        ? restarts(entry.after as Pod) - restarts(entry.before as Pod | undefined)
        : 0;
    }),
};

/** Pods that were bound. */
export const podsBound: Metric = {
  name: "pods_bound",
  description: "Pods that were bound to a node.",
  unit: "count",
  stat: "sum",
  collect: (counts) =>
    happenings((entry) => {
      if (entry.kind !== "change" || entry.collection !== "Pod" || entry.after === undefined)
        return 0;
      const bound =
        ((entry.after as Pod).spec?.nodeName ?? "") !== "" &&
        ((entry.before as Pod | undefined)?.spec?.nodeName ?? "") === "";
      return bound && counts(entry.after as Pod) ? 1 : 0;
    }),
};

/** Pods that were deleted or failed before their end. */
export const podsLost: Metric = {
  name: "pods_lost",
  description: "Pods whose deletion was asked for, or that failed.",
  unit: "count",
  stat: "sum",
  collect: (counts) =>
    happenings((entry) => {
      if (entry.kind !== "change" || entry.collection !== "Pod") return 0;
      const before = entry.before as Pod | undefined;
      const after = entry.after as Pod | undefined;
      // Without grace a pod is gone at once; one that ended before is no loss.
      const lost =
        after === undefined
          ? before !== undefined && !isLost(before) && before.status?.phase !== "Succeeded"
          : isLost(after) && (before === undefined || !isLost(before));
      return lost && counts((after ?? before) as Pod) ? 1 : 0;
    }),
};

/** Each pod is lost once, however it goes on from there. */
function isLost({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === "Failed";
}
