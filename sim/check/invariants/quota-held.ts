import { milliValue } from "../../api/meta/quantity.ts";
import type { ResourceQuota } from "../../api/types.gen.ts";
import { MINUTE } from "../../engine/time.ts";
import { HeldUp } from "../held-up.ts";
import type { Invariant } from "../invariant.ts";

/** A count that was written from what was lasts until the controller counts anew: every five minutes, and up to one more. */
const RECOUNT = 6 * MINUTE;

/** What is used may be over what is allowed after the limit was lowered, but it never grows there. */
export const quotaHeld: Invariant = {
  name: "quota-held",
  number: 9,
  description: "What a ResourceQuota counts never grows above its limit.",
  watch: () => {
    /** The controller counts what it sees, and writes it over what admission counted. */
    const heldUp = new HeldUp(
      ["stale-watch", "api-unavailable", "leader-pause", "leader-partition"],
      RECOUNT,
    );
    return {
      take: (entry) => {
        heldUp.take(entry);
        if (entry.kind !== "change" || entry.collection !== "ResourceQuota") return undefined;
        if (heldUp.at(entry.time)) return undefined;
        const before = (entry.before as ResourceQuota | undefined)?.status;
        const after = (entry.after as ResourceQuota | undefined)?.status;
        for (const [resource, used] of Object.entries(after?.used ?? {})) {
          const [was, hard] = [before?.used?.[resource], after?.hard?.[resource]];
          if (was === undefined || hard === undefined || before?.hard?.[resource] !== hard)
            continue;
          const grown = milliValue(used);
          if (grown > milliValue(was) && grown > milliValue(hard))
            return `quota ${entry.key}: ${used} of ${resource} are used, ${hard} are allowed`;
        }
        return undefined;
      },
    };
  },
};
