import { describe, expect, test } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import { nodeReady, web } from "./web.ts";

describe("a fault that is not the only one", () => {
  test.each([
    ["node-crash", "node-crash", { node: "node-2" }],
    ["node-crash", "zone-outage", { zone: "b" }],
    ["node-partition", "api-unavailable", undefined],
    ["node-pause", "node-pause", { node: "node-2" }],
  ])("%s outlasts a %s that hits its node, too", (type, other, target) => {
    const w = web(0);
    w.cluster.faults.begin({ type, target: "node-2", for: 180 * SECOND });
    w.cluster.faults.begin({ type: other, target, for: 60 * SECOND });
    w.until(200);
    expect(nodeReady(w.node("node-2"))).toBe("Unknown");
    w.until(260);
    expect(nodeReady(w.node("node-2"))).toBe("True");
  });

  test("image-pull-failure outlasts another one of the same image", () => {
    const w = web(0);
    for (const seconds of [60, 10])
      w.cluster.faults.begin({
        type: "image-pull-failure",
        target: "web",
        for: seconds * SECOND,
      });
    const scaled = w.cluster.store.get("Deployment", "default/web") as any;
    w.until(45);
    w.cluster.api.update("Deployment", { ...scaled, spec: { ...scaled.spec, replicas: 1 } });
    w.until(50);
    const [pod] = w.pods();
    expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toMatch(/Pull/);
  });

  test.each([
    ["stale-watch", 60],
    ["api-unavailable", 60],
  ])("%s is over after a minute when nobody says, and at once when it is ended", (type, lasts) => {
    for (const [from, ended, until] of [
      [30, undefined, 30 + lasts],
      [150, 170, 170],
    ] as const) {
      const w = web(0);
      w.until(from);
      const id = w.cluster.faults.begin({ type });
      w.until(from + 1);
      w.cluster.engine.as("test", 0, () => {
        const old = w.cluster.store.get("Deployment", "default/web") as any;
        w.cluster.api.update("Deployment", { ...old, spec: { ...old.spec, replicas: 2 } });
      });
      if (ended !== undefined) {
        w.until(ended);
        w.cluster.faults.end(id);
      }
      w.until(until - 1);
      if (ended === undefined) expect(w.pods()).toEqual([]);
      w.until(until + 45);
      expect(w.cluster.faults.active).toEqual([]);
      expect(w.ready()).toBe(2);
    }
  });

  test("stale-watch is not made shorter by another one", () => {
    const w = web(0);
    for (const seconds of [60, 5])
      w.cluster.faults.begin({ type: "stale-watch", for: seconds * SECOND });
    const old = w.cluster.store.get("Deployment", "default/web") as any;
    w.cluster.api.update("Deployment", { ...old, spec: { ...old.spec, replicas: 2 } });
    w.until(85);
    expect(w.pods()).toEqual([]);
    w.until(100);
    expect(w.ready()).toBe(2);
  });
});
