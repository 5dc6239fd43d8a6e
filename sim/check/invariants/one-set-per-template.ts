import type { ReplicaSet } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

const HASH = "pod-template-hash";

/** A Deployment has one ReplicaSet for one template. */
export const oneSetPerTemplate: Invariant = {
  name: "one-set-per-template",
  number: 13,
  description: "A Deployment never has two ReplicaSets of the same template hash.",
  watch: () => {
    const holders = new Map<string, string>();
    const nameOf = (set: ReplicaSet | undefined): string | undefined => {
      const owner = set?.metadata.ownerReferences?.find(
        ({ kind, controller }) => kind === "Deployment" && controller === true,
      );
      const hash = set?.metadata.labels?.[HASH];
      return owner === undefined || hash === undefined ? undefined : `${owner.uid}/${hash}`;
    };
    return {
      take: (entry) => {
        if (entry.kind !== "change" || entry.collection !== "ReplicaSet") return undefined;
        const was = nameOf(entry.before as ReplicaSet | undefined);
        const is = nameOf(entry.after as ReplicaSet | undefined);
        if (was === is) return undefined;
        if (was !== undefined && holders.get(was) === entry.key) holders.delete(was);
        if (is === undefined) return undefined;
        const other = holders.get(is);
        holders.set(is, entry.key);
        return other === undefined
          ? undefined
          : `ReplicaSets ${other} and ${entry.key} are of one template of one Deployment`;
      },
    };
  },
};
