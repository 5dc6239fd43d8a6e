import type { Pod } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

/** What is over stays over, and restarts are only counted up. */
export const absorbingPhases: Invariant = {
  name: "absorbing-phases",
  number: 26,
  description:
    "A pod that Succeeded or Failed stays so; restart counts never go down, but on a machine that came anew under its name.",
  watch: () => {
    /** Nodes whose machine was taken away: another one of the name knows of no earlier restarts. */
    const replaced = new Set<string>();
    return {
      take: (entry) => {
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "Node" && entry.after === undefined) replaced.add(entry.key);
        if (entry.collection !== "Pod") return undefined;
        const before = entry.before as Pod | undefined;
        const after = entry.after as Pod | undefined;
        if (before === undefined || after === undefined) return undefined;
        const phase = before.status?.phase;
        if ((phase === "Succeeded" || phase === "Failed") && after.status?.phase !== phase)
          return `pod ${entry.key} went from ${phase} to ${after.status?.phase ?? "nothing"}`;
        if (replaced.has(after.spec?.nodeName ?? "")) return undefined;
        for (const { name, restartCount } of after.status?.containerStatuses ?? []) {
          const earlier = before.status?.containerStatuses?.find((status) => status.name === name);
          if (earlier !== undefined && restartCount < earlier.restartCount)
            return `pod ${entry.key}: restarts of ${name} went from ${earlier.restartCount} to ${restartCount}`;
        }
        return undefined;
      },
    };
  },
};
