import { type Micros, SECOND } from "../../engine/time.ts";
import type { Invariant } from "../invariant.ts";

/** A lease's duration, and the longest that the next leader may take from there. */
const EXPIRY: Micros = 15 * SECOND;
const TAKEOVER: Micros = 17 * SECOND;
/** Longer than any fault of a campaign keeps a process away: without another replica nobody can follow before it is back. */
const AWAY: Micros = 120 * SECOND;
const LOST: Readonly<Record<string, string>> = {
  "controller-crash": "controller-manager",
  "scheduler-crash": "scheduler",
  "leader-partition": "",
  "leader-pause": "",
};

/** When the lease of a leader that is gone has expired, another one takes it. */
export const leaderAfterExpiry: Invariant = {
  name: "leader-after-expiry",
  number: 42,
  description: "At the end of a quiet run every lease that expired has found another holder.",
  watch: () => {
    const lostAt = new Map<string, Micros>();
    let now: Micros = 0;
    return {
      take: (entry) => {
        now = Math.max(now, entry.time);
        if (entry.kind === "change" && entry.collection === "Lease") {
          const component = /^kube-system\/kube-(.*)$/.exec(entry.key)?.[1];
          if (component !== undefined && entry.after !== undefined) lostAt.delete(component);
        }
        if (entry.kind !== "fault") return undefined;
        const { type, target } = entry.fault as { readonly type: string; readonly target?: string };
        if (LOST[type] === undefined) return undefined;
        const named = target?.replace(/^component /, "") ?? "controller-manager";
        const component = LOST[type] || named;
        // A named controller's crash leaves the leader alone; who is back in time goes on.
        if (type === "controller-crash" && target !== undefined) return undefined;
        if (entry.phase === "end") lostAt.delete(component);
        else if (!lostAt.has(component)) lostAt.set(component, entry.time);
        return undefined;
      },
      finish: () => {
        for (const [component, at] of lostAt)
          if (now - at > EXPIRY + TAKEOVER + AWAY)
            return `${component} lost its leader at ${at / SECOND} s and has none`;
        return undefined;
      },
    };
  },
};
