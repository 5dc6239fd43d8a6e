import type { KubeObject } from "../../api/object.ts";
import type { Invariant } from "../invariant.ts";

/** A uid is given once, and revisions only rise. */
export const uniqueUids: Invariant = {
  name: "unique-uids",
  number: 30,
  description:
    "No uid is given twice, an object keeps its own, and every write has a higher revision.",
  watch: () => {
    const given = new Set<string>();
    let revision = 0;
    return {
      take: (entry) => {
        if (entry.kind !== "change") return undefined;
        const before = entry.before as KubeObject | undefined;
        const after = entry.after as KubeObject | undefined;
        const name = `${entry.collection} ${entry.key}`;
        // The objects of the start are told without their order.
        if (entry.seq > 0 && entry.revision <= revision)
          return `${name}: revision ${entry.revision} after ${revision}`;
        revision = Math.max(revision, entry.revision);
        const { uid } = (after ?? before)?.metadata ?? { uid: "" };
        if (before !== undefined)
          return before.metadata.uid === uid ? undefined : `${name} changed its uid`;
        if (given.has(uid)) return `${name} got the uid ${uid} of another object`;
        given.add(uid);
        return undefined;
      },
    };
  },
};
