import type { KubeObject } from "../../api/object.ts";
import type { Invariant } from "../invariant.ts";

/** What a second deletion may ask for: to wait for dependents, or to let them go. */
const BY_DELETION: ReadonlySet<string> = new Set(["foregroundDeletion", "orphan"]);

/** Whoever is asked to go, goes: the mark stays, and nothing new may hold it back. */
export const deletionIsFinal: Invariant = {
  name: "deletion-is-final",
  number: 31,
  description:
    "deletionTimestamp is never cleared, and an object being deleted gets no new finalizers but those of another deletion.",
  watch: () => ({
    take: (entry) => {
      if (entry.kind !== "change" || entry.before === undefined || entry.after === undefined)
        return undefined;
      const before = (entry.before as KubeObject).metadata;
      const after = (entry.after as KubeObject).metadata;
      if (before.deletionTimestamp === undefined) return undefined;
      const name = `${entry.collection} ${entry.key}`;
      if (after.deletionTimestamp === undefined) return `${name} lost its deletionTimestamp`;
      const added = (after.finalizers ?? []).filter(
        (finalizer) =>
          !BY_DELETION.has(finalizer) && !(before.finalizers ?? []).includes(finalizer),
      );
      return added.length === 0
        ? undefined
        : `${name} got the finalizer ${added.join(", ")} while being deleted`;
    },
  }),
};
