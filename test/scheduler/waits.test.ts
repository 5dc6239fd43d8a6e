import { describe, expect, it } from "vitest";
import type { Pod } from "../../sim/api/types.gen.ts";
import type { Cluster } from "../../sim/cluster.ts";
import { MILLISECOND, SECOND } from "../../sim/engine/time.ts";
import { Permits } from "../../sim/scheduler/permits.ts";
import { create, find, fired, kept, small, told, withPlugin } from "./bed.ts";
import { pod } from "./builders.ts";

const NOWHERE = { nodeSelector: { no: "where" } };
const held = (seconds: number) => pod(`held-${seconds}`, { labels: { held: `${seconds}` } });

/** A cluster where pods wait at Permit for the seconds that they name. */
function holding(): Cluster {
  return small({
    scheduler: withPlugin({
      permit: ({ pod: { metadata } }) => {
        const seconds = metadata.labels?.["held"];
        return seconds === undefined ? undefined : { wait: Number(seconds) * SECOND };
      },
    }),
  });
}

/** When pods were bound, in microseconds. */
function bound({ engine }: Cluster): readonly number[] {
  return engine.journal.entries.flatMap((entry) => {
    if (entry.kind !== "change" || entry.collection !== "Pod") return [];
    const [before, after] = [entry.before, entry.after] as (Pod | undefined)[];
    return after?.spec.nodeName && !before?.spec.nodeName ? [entry.time] : [];
  });
}

describe("a pod that waits at Permit", () => {
  it.each([
    [[30, 10, 20], 10],
    [[10, 20, 30], 10],
    [[30, 20], 20],
    [[], undefined],
  ])("of those for %j s the first is heard of first", (waits, expected) => {
    const permits = new Permits();
    for (const wait of waits) permits.hold(`${wait}`, { wait, plugin: "P" }, 0);
    expect(permits.deadline).toBe(expected);
  });

  it("is refused when its time is over, whatever else is waited for", () => {
    const cluster = holding();
    // One waits for five minutes among the unschedulable: the next look at it is far away.
    create(cluster, pod("nowhere", { spec: NOWHERE }));
    create(cluster, held(40));
    create(cluster, held(20));
    cluster.runUntil(50 * SECOND);
    const refusals = told(cluster, "FailedScheduling").filter((line) => line.includes("timeout"));
    expect(refusals.map((line) => Math.floor(Number.parseFloat(line)))).toEqual([20, 40, 42]);
    expect(refusals[0]).toContain(
      "0/1 nodes are available: 1 rejected due to timeout after waiting 20s at plugin Tested.",
    );
  });

  it("is refused in time where nothing else is waited for, and not by another change of it", () => {
    const cluster = holding();
    create(cluster, held(20));
    cluster.runUntil(10 * SECOND);
    const waiting = find(cluster, "held-20") as Pod;
    const metadata = { ...waiting.metadata, annotations: { a: "b" } };
    cluster.engine.as("test", 0, () => cluster.api.update("Pod", { ...waiting, metadata }));
    cluster.runUntil(21 * SECOND);
    expect(
      told(cluster, "FailedScheduling").map((line) => Math.floor(Number.parseFloat(line))),
    ).toEqual([20]);
  });

  it("does not hold up the look at others that comes before its time", () => {
    const cluster = holding();
    create(cluster, held(600));
    create(cluster, pod("nowhere", { spec: NOWHERE }));
    cluster.runUntil(400 * SECOND);
    expect(fired(cluster, "scheduler", "flush")).toEqual([330]);
    expect(cluster.scheduler.queue.find("default/nowhere")?.attempts).toBe(2);
  });

  it("lets go of its place when it is deleted, though a finalizer keeps it (upstream handleAssumedPodDeletion)", () => {
    const cluster = holding();
    create(cluster, kept(pod("kept", { cpu: "2", labels: { held: "600" } })));
    cluster.runUntil(5 * SECOND);
    const quick = { terminationGracePeriodSeconds: 1 };
    create(cluster, pod("next", { cpu: "2", spec: quick }));
    cluster.runUntil(10 * SECOND);
    expect(find(cluster, "next")?.spec.nodeName).toBeUndefined();
    cluster.engine.as("test", 0, () => cluster.api.delete("Pod", "default/kept"));
    cluster.runUntil(13 * SECOND);
    expect(find(cluster, "next")?.spec.nodeName).toBe("node-1");
    expect(told(cluster, "FailedScheduling").at(-1)).toContain(
      "0/1 nodes are available: 1 removed.",
    );
    // Nothing brings it back: not the end of others, nor its own last change.
    cluster.engine.as("test", 0, () => cluster.api.delete("Pod", "default/next"));
    cluster.runUntil(19 * SECOND);
    expect(find(cluster, "next")).toBeUndefined();
    expect(cluster.scheduler.queue.find("default/kept")?.attempts).toBe(1);
  });
});

describe("a pod that PreBind makes wait", () => {
  /** PreBind answers "later" every five seconds, ten at the longest. */
  function later(pace: "fast" | "kubernetes", permit = 0): { cluster: Cluster; asked: number[] } {
    const asked: number[] = [];
    const cluster: Cluster = small({
      pace,
      scheduler: withPlugin({
        permit: () =>
          permit > 0 && cluster.engine.now < permit ? { wait: permit * 2 } : undefined,
        preBind: () => {
          asked.push(cluster.engine.now);
          return { retryAfter: 5 * SECOND, atMost: 10 * SECOND, tooLate: "too late" };
        },
      }),
    });
    create(cluster, pod("p"));
    return { cluster, asked };
  }

  it.each<["fast" | "kubernetes", readonly number[]]>([
    ["fast", [0, 5, 10]],
    ["kubernetes", [0, 5, 10]],
  ])("is given up when its time is over, and not a try later (pace %s)", (pace, seconds) => {
    const { cluster, asked } = later(pace);
    cluster.runUntil(10.5 * SECOND);
    expect(asked.map((at) => Math.floor(at / SECOND))).toEqual(seconds);
    expect(told(cluster, "FailedScheduling")).toEqual([
      `${(asked.at(-1) ?? 0) / SECOND} running PreBind plugin "Tested": too late`,
    ]);
  });

  it("has all its time, however long it waited at Permit", () => {
    const { cluster, asked } = later("kubernetes", 30 * SECOND);
    cluster.runUntil(29 * SECOND);
    expect(asked).toEqual([]);
    create(cluster, pod("nowhere", { spec: NOWHERE }));
    cluster.runUntil(31 * SECOND);
    create(cluster, pod("second"));
    cluster.runUntil(42 * SECOND);
    const first = asked[0] ?? 0;
    const times = asked.map((at) => (at - first) / SECOND);
    expect(times.filter((at) => at === 5 || at === 10)).toHaveLength(4);
  });
});

describe("the scheduler's own events", () => {
  it("are not left behind where something earlier comes to be due", () => {
    const cluster = holding();
    create(cluster, pod("nowhere", { spec: NOWHERE }));
    cluster.runUntil(SECOND);
    const { pending } = cluster.engine;
    create(cluster, held(20));
    create(cluster, held(10));
    cluster.runUntil(1.5 * SECOND);
    expect(cluster.engine.pending).toBe(pending);
    cluster.runUntil(12.5 * SECOND);
    expect(fired(cluster, "scheduler", "flush")[0]).toBeCloseTo(11, 1);
  });

  it("a binding is written when its answer is there: after the client's turn, the API's time and a fault's", () => {
    const cluster = small({
      pace: {
        apiLatency: 3 * MILLISECOND,
        watchLag: 0,
        schedulingTime: 0,
        schedulerLimit: { perSecond: 10, burst: 2 },
      },
    });
    cluster.scheduler.binder.delay = () => 20 * MILLISECOND;
    for (const name of ["a", "b", "c", "d"]) create(cluster, pod(name));
    cluster.runUntil(5 * SECOND);
    expect(bound(cluster).map((at) => at / MILLISECOND)).toEqual([23, 23, 123, 223]);
    expect(cluster.scheduler.save().assumed).toEqual([]);
  });
});
