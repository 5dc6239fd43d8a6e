import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timestamp } from "../../../sim/api/meta/time.ts";
import type { CronJob, Job } from "../../../sim/api/types.gen.ts";
import { type CronField, cronFields } from "../../../sim/api/validation/workload/cron-schedule.ts";
import { newestStart, parseSchedule } from "../../../sim/controllers/cron-job/schedule.ts";
import {
  localTime,
  mailTimestamp,
  zonedTimestamp,
} from "../../../sim/controllers/cron-job/zoned-time.ts";
import { cronJobController } from "../../../sim/controllers/cron-job.ts";
import { SmallCluster } from "../small-cluster.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./spans.ts";

describe("a schedule", () => {
  it.each([
    ["* * * * *", undefined, 0, "2026-01-01T00:01:00Z"],
    ["*/15 * * * *", undefined, 14 * MINUTE, "2026-01-01T00:15:00Z"],
    ["5/15 * * * *", undefined, 0, "2026-01-01T00:05:00Z"],
    ["0 3 * * MON", undefined, 0, "2026-01-05T03:00:00Z"],
    ["30 4 ? * ?", undefined, 5 * HOUR, "2026-01-02T04:30:00Z"],
    ["@hourly", undefined, 30 * MINUTE, "2026-01-01T01:00:00Z"],
    ["@every 90s", undefined, 10 * SECOND, "2026-01-01T00:01:40Z"],
    ["0 9 * * *", "Europe/Berlin", 0, "2026-01-01T08:00:00Z"],
    ["0 9 * * *", "America/New_York", 0, "2026-01-01T14:00:00Z"],
    ["30 2 * * *", "Europe/Berlin", 86 * DAY, "2026-03-28T01:30:00Z"],
    ["0 0 29 2 *", undefined, 0, "2028-02-29T00:00:00Z"],
    // Clocks leap from 2 to 3 on 8 March, and show 1 to 2 twice on 1 November: day 66 and 304.
    ["30 2 * * *", "America/New_York", 66 * DAY, "2026-03-09T06:30:00Z"],
    ["0 */2 * * *", "America/New_York", 66 * DAY + 6 * HOUR, "2026-03-08T08:00:00Z"],
    ["30 1 * * *", "America/New_York", 304 * DAY, "2026-11-01T05:30:00Z"],
    ["30 1 * * *", "America/New_York", 304 * DAY + 6 * HOUR, "2026-11-01T06:30:00Z"],
    ["0 0 1-31 * MON", undefined, 0, "2026-01-02T00:00:00Z"],
    ["0 0 */10 * MON", undefined, DAY, "2026-01-05T00:00:00Z"],
    ["0 0 * JAN-MAR/2 ?", undefined, 31 * DAY, "2026-03-01T00:00:00Z"],
  ])("%j in %s after %i is due at %s", (text, zone, after, due) => {
    expect(timestamp(parseSchedule(text, zone)(after) ?? -1)).toBe(due);
  });

  it("is due at the first minute after an instant that its fields allow, in every zone", () => {
    const field = (min: number, max: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min, max }).map(String),
        fc.integer({ min: 2, max: max - min }).map((step) => `*/${step}`),
      );
    const schedules = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6));
    const zones = fc.constantFrom(undefined, "America/New_York", "Europe/Berlin", "Asia/Kolkata");
    fc.assert(
      fc.property(schedules, zones, fc.nat(365 * 24 * 60), (parts, zone, minutes) => {
        const fields = cronFields(parts.join(" ")) as readonly CronField[];
        const [minute, hour, date, month, weekday] = fields;
        const allows = (time: number): boolean => {
          const local = localTime(time, zone);
          const text = timestamp(local.day * DAY);
          const [byDate, byWeekday] = [
            date?.values.has(Number(text.slice(8, 10))) === true,
            weekday?.values.has((local.day + 4) % 7) === true,
          ];
          const dayFits = date?.free || weekday?.free ? byDate && byWeekday : byDate || byWeekday;
          const monthFits = month?.values.has(Number(text.slice(5, 7))) === true;
          const hourFits = hour?.values.has(local.hour) === true;
          return dayFits && monthFits && hourFits && minute?.values.has(local.minute) === true;
        };
        const after = minutes * MINUTE;
        const due = parseSchedule(parts.join(" "), zone)(after);
        if (due !== undefined) expect(allows(due)).toBe(true);
        const until = Math.min(due ?? Number.POSITIVE_INFINITY, after + DAY);
        for (let time = after + MINUTE; time < until; time += MINUTE)
          expect(allows(time), timestamp(time)).toBe(false);
      }),
      { numRuns: 10 },
    );
  });

  it("that can never be is never due", () => {
    expect(parseSchedule("59 23 31 2 *", undefined)(0)).toBeUndefined();
  });
});

describe("the newest start that is due", () => {
  const every = parseSchedule("* * * * *", undefined);

  it.each([
    ["none before the first", 0, 59 * SECOND, undefined, false],
    ["the first", 0, 60 * SECOND, MINUTE, false],
    ["the last of a few", 0, 5 * MINUTE + SECOND, 5 * MINUTE, false],
    ["the last of a hundred", 0, 100 * MINUTE, 100 * MINUTE, false],
    ["the last of very many, with a warning", 0, 101 * MINUTE, 101 * MINUTE, true],
    ["the last of years", 0, 1000 * DAY, 1000 * DAY, true],
  ])("is %s", (_what, since, now, at, tooMany) => {
    expect(newestStart(every, since, now)).toMatchObject({ at, tooMany });
  });

  it("of a schedule without distances is an error", () => {
    const never = parseSchedule("59 23 31 2 *", undefined);
    expect(() => newestStart(never, 0, DAY)).toThrow("less than 1 second");
  });
});

describe("times in words", () => {
  it("carry the offset of their zone", () => {
    expect(zonedTimestamp(0, undefined)).toBe("2026-01-01T00:00:00Z");
    expect(zonedTimestamp(0, "Etc/UTC")).toBe("2026-01-01T00:00:00Z");
    expect(zonedTimestamp(0, "Asia/Kolkata")).toBe("2026-01-01T05:30:00+05:30");
    expect(zonedTimestamp(200 * DAY, "America/New_York")).toBe("2026-07-19T20:00:00-04:00");
  });

  it("name the day in mail's manner", () => {
    expect(mailTimestamp(0)).toBe("Thu, 01 Jan 2026 00:00:00 +0000");
    expect(mailTimestamp(31 * DAY + HOUR)).toBe("Sun, 01 Feb 2026 01:00:00 +0000");
  });
});

describe("a CronJob", () => {
  function cluster(spec: object = {}): SmallCluster {
    const run = new SmallCluster([cronJobController]);
    run.create({
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "tick", namespace: "default" },
      spec: {
        schedule: "* * * * *",
        jobTemplate: {
          spec: {
            template: {
              spec: { restartPolicy: "Never", containers: [{ name: "main", image: "x" }] },
            },
          },
        },
        ...spec,
      },
    });
    return run;
  }
  const jobs = (run: SmallCluster) => run.objects<Job>("Job");
  const finish = (run: SmallCluster, type: "Complete" | "Failed") => {
    const at = timestamp(run.engine.now);
    for (const job of jobs(run)) {
      if (job.status?.conditions !== undefined) continue;
      const condition = { type, status: "True", lastTransitionTime: at };
      const completed = type === "Complete" ? { completionTime: at } : {};
      run.engine.as("test", 0, () =>
        run.api.replace<Job>("Job", {
          ...job,
          status: { startTime: at, ...completed, conditions: [condition] },
        }),
      );
    }
  };

  it("starts a Job each time, named after the minute, and knows which run", () => {
    const run = cluster();
    run.run(125);
    expect(jobs(run).map(({ metadata }) => metadata.name)).toEqual([
      "tick-29453761",
      "tick-29453762",
    ]);
    const { active, lastScheduleTime } = run.get<CronJob>("CronJob", "tick").status ?? {};
    expect(active?.map(({ name }) => name)).toEqual(["tick-29453761", "tick-29453762"]);
    expect(lastScheduleTime).toBe("2026-01-01T00:02:00Z");
  });

  it("with Forbid skips while one runs, and starts the missed one when it ends", () => {
    const run = cluster({ concurrencyPolicy: "Forbid" });
    run.run(150);
    expect(jobs(run)).toHaveLength(1);
    finish(run, "Complete");
    run.run(1);
    expect(jobs(run).map(({ metadata }) => metadata.name)).toEqual([
      "tick-29453761",
      "tick-29453762",
    ]);
    expect(run.events("CronJob", "tick")).toContain(
      "SawCompletedJob: Saw completed job: tick-29453761, condition: Complete",
    );
  });

  it("with Replace deletes the one that runs", () => {
    const run = cluster({ concurrencyPolicy: "Replace" });
    run.run(125);
    expect(jobs(run).map(({ metadata }) => metadata.name)).toEqual(["tick-29453762"]);
  });

  it("keeps as many finished Jobs as its limits say", () => {
    const run = cluster({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 1 });
    for (let minute = 0; minute < 6; minute++) {
      run.run(61);
      finish(run, minute % 2 === 0 ? "Complete" : "Failed");
    }
    run.run(1);
    expect(jobs(run)).toHaveLength(3);
  });

  it("does not start what comes too late", () => {
    const run = cluster({ startingDeadlineSeconds: 15, suspend: true });
    run.run(90);
    const resume = (spec: object) =>
      run.change<CronJob>("CronJob", "tick", (before) => ({
        ...before,
        spec: { ...before.spec, ...spec },
      }));
    resume({ suspend: false });
    run.run(5);
    expect(jobs(run)).toEqual([]);
    run.run(30);
    expect(jobs(run)).toHaveLength(1);
  });

  it("begins with the next start of a schedule that is new to it", () => {
    const run = cluster({ schedule: "0 * * * *" });
    run.run(31 * 60);
    run.change<CronJob>("CronJob", "tick", (before) => ({
      ...before,
      spec: { ...before.spec, schedule: "*/5 * * * *" },
    }));
    run.run(1);
    expect(jobs(run)).toEqual([]);
    run.run(5 * 60);
    expect(jobs(run).map(({ metadata }) => metadata.name)).toEqual(["tick-29453795"]);
  });

  it("warns of very many missed starts and makes the newest", () => {
    const run = cluster({ suspend: true });
    run.run(3 * 3600);
    run.change<CronJob>("CronJob", "tick", (before) => ({
      ...before,
      spec: { ...before.spec, suspend: false },
    }));
    run.run(1);
    expect(jobs(run)).toHaveLength(1);
    expect(run.events("CronJob", "tick")[0]).toContain(
      "TooManyMissedTimes: too many missed start times",
    );
  });
});
