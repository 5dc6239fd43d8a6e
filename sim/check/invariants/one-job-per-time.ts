import type { CronJob, Job } from "../../api/types.gen.ts";
import { MINUTE, type Micros } from "../../engine/time.ts";
import type { Invariant } from "../invariant.ts";
import { ownerOf } from "../pod-facts.ts";

const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

function isOver({ status }: Job): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: value }) => value === "True" && (type === "Complete" || type === "Failed"),
  );
}

/** After stale watches have ended, what was missed takes a moment to arrive. */
const CATCH_UP: Micros = MINUTE;

/** A CronJob starts one Job for each time of its schedule, and with Forbid none while another runs. */
export const oneJobPerTime: Invariant = {
  name: "one-job-per-time",
  number: 20,
  description:
    "A CronJob starts at most one Job for a scheduled time, and with Forbid none beside another.",
  watch: () => {
    const owners = new Map<string, CronJob>();
    const started = new Map<string, string>();
    const running = new Map<string, Set<string>>();
    /** Until then the controller may not know the Job it started last: it has no expectations, nor has upstream's. */
    let staleUntil: Micros = 0;
    return {
      take: (entry) => {
        if (entry.kind === "fault" && entry.fault.type === "stale-watch")
          staleUntil = entry.phase === "begin" ? Infinity : entry.time + CATCH_UP;
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "CronJob") {
          const owner = (entry.after ?? entry.before) as CronJob;
          owners.set(owner.metadata.uid, owner);
          return undefined;
        }
        if (entry.collection !== "Job") return undefined;
        const job = (entry.after ?? entry.before) as Job;
        const time = job.metadata.annotations?.[SCHEDULED];
        const owner = owners.get(ownerOf(job, "CronJob")?.uid ?? "");
        if (owner === undefined || time === undefined) return undefined;
        const { uid } = owner.metadata;
        const active = running.get(uid) ?? new Set<string>();
        running.set(uid, active);
        active.delete(entry.key);
        if (entry.after === undefined || isOver(job)) return undefined;
        const others = [...active];
        active.add(entry.key);
        if (entry.before !== undefined) return undefined;
        const other = started.get(`${uid}/${time}`);
        started.set(`${uid}/${time}`, entry.key);
        if (other !== undefined) return `jobs ${other} and ${entry.key} are both of ${time}`;
        const forbidden = owner.spec?.concurrencyPolicy === "Forbid" && entry.time >= staleUntil;
        return forbidden && others.length > 0
          ? `job ${entry.key} was started while ${others.join(", ")} runs`
          : undefined;
      },
    };
  },
};
