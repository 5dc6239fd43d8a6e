import type { CronJob, Job } from "../../api/types.gen.ts";
import { HeldUp } from "../held-up.ts";
import type { Invariant } from "../invariant.ts";
import { ownerOf } from "../pod-facts.ts";

const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

function isOver({ status }: Job): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: value }) => value === "True" && (type === "Complete" || type === "Failed"),
  );
}

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
    /** Its controller may not know the Job it started last: it has no expectations, nor has upstream's. */
    const heldUp = new HeldUp([
      "stale-watch",
      "api-unavailable",
      "leader-pause",
      "leader-partition",
    ]);
    return {
      take: (entry) => {
        heldUp.take(entry);
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
        const forbidden = owner.spec?.concurrencyPolicy === "Forbid" && !heldUp.at(entry.time);
        return forbidden && others.length > 0
          ? `job ${entry.key} was started while ${others.join(", ")} runs`
          : undefined;
      },
    };
  },
};
