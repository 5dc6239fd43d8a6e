import type { KubeObject } from "../../api/object.ts";
import { MINUTE, type Micros } from "../../engine/time.ts";
import type { Invariant } from "../invariant.ts";

/** The collector may have been away, and asks again later and later. */
const SLACK: Micros = 5 * MINUTE;

interface Dependant {
  readonly name: string;
  readonly owners: readonly string[];
  readonly leaving: boolean;
}

/** What all owners have left is collected. */
export const orphansAreCollected: Invariant = {
  name: "orphans-are-collected",
  number: 40,
  description: "At the end of a quiet run nothing is left of which all owners are gone.",
  watch: () => {
    const dependants = new Map<string, Dependant>();
    const gone = new Map<string, Micros>();
    let now: Micros = 0;
    let troubled: Micros = 0;
    return {
      take: (entry) => {
        now = Math.max(now, entry.time);
        if (entry.kind === "fault") troubled = entry.time;
        if (entry.kind !== "change") return undefined;
        const { metadata } = (entry.after ?? entry.before) as KubeObject;
        const owners = (metadata.ownerReferences ?? []).map(({ uid }) => uid);
        if (entry.after === undefined) {
          gone.set(metadata.uid, entry.time);
          dependants.delete(metadata.uid);
        } else if (owners.length === 0) dependants.delete(metadata.uid);
        else
          dependants.set(metadata.uid, {
            name: `${entry.collection} ${entry.key}`,
            owners,
            leaving: metadata.deletionTimestamp !== undefined,
          });
        return undefined;
      },
      finish: () => {
        for (const { name, owners, leaving } of dependants.values()) {
          if (leaving || !owners.every((uid) => gone.has(uid))) continue;
          const since = Math.max(troubled, ...owners.map((uid) => gone.get(uid) ?? 0));
          if (now - since > SLACK) return `${name} is left of owners that are gone`;
        }
        return undefined;
      },
    };
  },
};
