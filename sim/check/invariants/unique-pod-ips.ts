import type { Pod } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

/** Addresses of live pods that are not on their node's network differ. */
export const uniquePodIps: Invariant = {
  name: "unique-pod-ips",
  number: 6,
  description: "No two live pods have the same address, unless they share their node's.",
  watch: () => {
    const holders = new Map<string, string>();
    const addressOf = (pod: Pod | undefined): string | undefined => {
      if (pod === undefined || pod.spec?.hostNetwork === true) return undefined;
      const over = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
      return over ? undefined : pod.status?.podIP;
    };
    return {
      take: (entry) => {
        if (entry.kind !== "change" || entry.collection !== "Pod") return undefined;
        const was = addressOf(entry.before as Pod | undefined);
        const is = addressOf(entry.after as Pod | undefined);
        if (was === is) return undefined;
        if (was !== undefined && holders.get(was) === entry.key) holders.delete(was);
        if (is === undefined || is === "") return undefined;
        const other = holders.get(is);
        holders.set(is, entry.key);
        return other === undefined
          ? undefined
          : `pods ${other} and ${entry.key} both have the address ${is}`;
      },
    };
  },
};
