import { deepEqual } from "../../api/meta/equal.ts";
import type { KubeObject } from "../../api/object.ts";
import type { Invariant } from "../invariant.ts";

/** Kinds whose generation counts changes of the spec alone. */
const COUNTED: ReadonlySet<string> = new Set([
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "PodDisruptionBudget",
]);

/** The generation follows the spec, and nobody has observed a generation that is not there yet. */
export const generationCounts: Invariant = {
  name: "generation-counts",
  number: 29,
  description:
    "generation rises exactly when the spec changes, and observedGeneration never exceeds it.",
  watch: () => ({
    take: (entry) => {
      if (entry.kind !== "change" || !COUNTED.has(entry.collection)) return undefined;
      const before = entry.before as KubeObject | undefined;
      const after = entry.after as KubeObject | undefined;
      if (after === undefined) return undefined;
      const { generation = 0 } = after.metadata;
      const observed =
        (after.status as { observedGeneration?: number } | undefined)?.observedGeneration ?? 0;
      if (observed > generation)
        return `${entry.collection} ${entry.key}: generation ${observed} was observed, it is ${generation}`;
      if (before === undefined) return undefined;
      const was = before.metadata.generation ?? 0;
      const changed = !deepEqual(before.spec, after.spec);
      const marked =
        before.metadata.deletionTimestamp === undefined &&
        after.metadata.deletionTimestamp !== undefined;
      if (changed && generation <= was)
        return `${entry.collection} ${entry.key}: its spec changed and its generation stayed ${was}`;
      if (!changed && !marked && generation !== was)
        return `${entry.collection} ${entry.key}: generation went from ${was} to ${generation} without a change of the spec`;
      return undefined;
    },
  }),
};
