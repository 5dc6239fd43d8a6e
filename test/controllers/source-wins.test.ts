import { describe, expect, it } from "vitest";
import { newestStart, parseSchedule } from "../../sim/controllers/cron-job/schedule.ts";
import { remaining } from "../../sim/controllers/job/back-off.ts";
import { handleDisruption, NEW_ZONE } from "../../sim/controllers/node-lifecycle/zones.ts";
import { nodeLifecycle } from "../../sim/controllers/node-lifecycle.ts";
import { MINUTE, SECOND } from "../../sim/engine/time.ts";
import { ControlPlane, postReady, readyNode } from "./control-plane.ts";

/** Kubernetes' documentation and its source disagree here; what the source does is simulated. */
describe("where documentation and source disagree", () => {
  it("a Job's back-off grows to ten minutes, not to the documented six", () => {
    const waits = [5, 6, 7, 8, 20].map(
      (failures) => remaining({ failures, lastFailure: 0 }, 0) / SECOND,
    );
    expect(waits).toEqual([160, 320, 600, 600, 600]);
  });

  it("a CronJob that missed more than a hundred starts warns and makes the newest, instead of never starting again", () => {
    const schedule = parseSchedule("* * * * *", undefined);
    expect(newestStart(schedule, 0, 250 * MINUTE)).toMatchObject({
      at: 250 * MINUTE,
      tooMany: true,
    });
  });

  it("a node's grace is 50 s, not the documented 40", () => {
    const plane = new ControlPlane(nodeLifecycle);
    plane.at(1);
    plane.create("Node", readyNode("n1", "a"));
    plane.heartbeats.begin("n1", plane.now, 10 * SECOND);
    postReady(plane, "n1");
    const isReady = () =>
      plane.get("Node", "n1").status.conditions.find(({ type }: any) => type === "Ready").status;
    plane.at(31);
    plane.heartbeats.stop("n1", plane.now);
    plane.at(31 + 48);
    expect(isReady()).toBe("True");
    plane.at(31 + 56);
    expect(isReady()).toBe("Unknown");
  });

  it("the size that slows evictions down is a zone's, not the cluster's as documented", () => {
    const paces = (sizes: Readonly<Record<string, number>>) => {
      const zones = Object.keys(sizes);
      const counts = new Map(
        zones.map((zone) => [
          zone,
          { ready: 0.4 * (sizes[zone] ?? 0), notReady: 0.6 * (sizes[zone] ?? 0) },
        ]),
      );
      const before = new Map(zones.map((zone) => [zone, NEW_ZONE]));
      const { zones: after } = handleDisruption(before, counts, 0);
      return zones.map((zone) => after.get(zone)?.interval);
    };
    // 200 nodes in zones of 40: each zone stops, as in a small cluster. One zone of 60 goes on slowly.
    expect(paces({ a: 40, b: 40, c: 40, d: 40, e: 40 })).toEqual(Array(5).fill(undefined));
    expect(paces({ a: 60 })).toEqual([100 * SECOND]);
  });
});
