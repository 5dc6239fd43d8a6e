import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../sim/cluster.ts";
import {
  at,
  clusterWith,
  configure,
  deployment,
  events,
  nodes,
  placement,
  scale,
} from "./add-on-cluster.ts";

const POOL = "{name: pool, min: 0, max: 4, startup: 60s, capacity: {cpu: '2', memory: 4Gi}}";

function scaled(config = `nodeGroups: [${POOL}]`): Cluster {
  const cluster = clusterWith("cluster-autoscaler", {
    nodes: [{ name: "base", capacity: { cpu: "2", memory: "4Gi" } }],
  });
  configure(cluster, "cluster-autoscaler", config);
  return at(cluster, 5);
}

describe("the cluster autoscaler", () => {
  it("adds machines for pods that fit nowhere, and the pods run on them", () => {
    const cluster = scaled();
    deployment(cluster, "web", 5, "900m");
    at(cluster, 60);
    expect(nodes(cluster)).toEqual(["base"]);
    expect(new Set(events(cluster, "TriggeredScaleUp"))).toEqual(
      new Set(["pod triggered scale-up: [{pool 0->2 (max: 4)}]"]),
    );
    at(cluster, 200);
    expect(nodes(cluster)).toEqual(["base", "pool-1", "pool-2"]);
    expect(Object.values(placement(cluster)).reduce((a, b) => a + b)).toBe(5);
  });

  it("never goes beyond a group's size, and says so", () => {
    const cluster = scaled();
    deployment(cluster, "web", 20, "900m");
    at(cluster, 300);
    expect(nodes(cluster)).toHaveLength(5);
    expect(events(cluster, "NotTriggerScaleUp")[0]).toBe(
      "pod didn't trigger scale-up: 1 max node group size reached",
    );
  });

  it("takes a machine away that was not needed for ten minutes", () => {
    const cluster = scaled();
    deployment(cluster, "web", 5, "900m");
    at(cluster, 200);
    scale(cluster, "web", 1);
    at(cluster, 700);
    expect(nodes(cluster)).toHaveLength(3);
    at(cluster, 1600);
    expect(nodes(cluster)).toHaveLength(1);
    expect(events(cluster, "ScaleDown")).toContain("node removed by cluster autoscaler");
    expect(Object.values(placement(cluster)).reduce((a, b) => a + b)).toBe(1);
  });

  it("takes the group that wastes least", () => {
    const big = "{name: big, max: 4, capacity: {cpu: '16', memory: 32Gi}}";
    const cluster = scaled(`nodeGroups: [${big}, ${POOL}]`);
    deployment(cluster, "web", 3, "1500m");
    at(cluster, 200);
    expect(nodes(cluster)).toEqual(["base", "pool-1", "pool-2"]);
  });

  it("gives up on machines that do not come, pauses, and tries again", () => {
    const cluster = scaled("nodeGroups: [{name: ghost, max: 2, startup: never}]");
    deployment(cluster, "web", 4, "900m");
    at(cluster, 920);
    expect(events(cluster, "TriggeredScaleUp").length).toBe(2);
    at(cluster, 1100);
    expect(nodes(cluster)).toEqual(["base"]);
    at(cluster, 1300);
    const last = cluster.engine.journal.entries.filter(
      (entry: any) => entry.kind === "record" && entry.record.reason === "TriggeredScaleUp",
    );
    expect(last.length).toBe(4);
    expect(last.at(-1)?.time).toBeGreaterThan(1200e6);
  });

  it("costs nothing while nothing changes", () => {
    const cluster = scaled();
    deployment(cluster, "web", 1, "900m");
    at(cluster, 2000);
    const { fired } = cluster.engine;
    at(cluster, 20_000);
    expect(cluster.engine.fired - fired).toBeLessThan(5);
  });
});
