import type { KubeObject } from "../../api/object.ts";
import type { Invariant } from "../invariant.ts";

/** An object is controlled by one owner at most. */
export const oneControllerOwner: Invariant = {
  name: "one-controller-owner",
  number: 14,
  description: "No object has two owners with controller: true.",
  watch: () => ({
    take: (entry) => {
      if (entry.kind !== "change" || entry.after === undefined) return undefined;
      const { ownerReferences = [] } = (entry.after as KubeObject).metadata;
      if (ownerReferences.length < 2) return undefined;
      const owners = ownerReferences.filter(({ controller }) => controller === true);
      return owners.length > 1
        ? `${entry.collection} ${entry.key} is controlled by ${owners.map(({ name }) => name).join(" and ")}`
        : undefined;
    },
  }),
};
