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

const GROUPS =
  "[{name: large, price: 4, capacity: {cpu: '8', memory: 16Gi}}, {name: small, price: 1, capacity: {cpu: '2', memory: 4Gi}}]";

function scene(count: number, group = "large", policy = "WhenEmptyOrUnderutilized"): Cluster {
  const cpu = group === "large" ? "8" : "2";
  const cluster = clusterWith("consolidation", {
    nodes: [
      {
        count,
        name: `${group}-{i}`,
        capacity: { cpu, memory: "16Gi" },
        labels: { "ksim.dev/node-group": group },
      },
    ],
  });
  configure(cluster, "consolidation", `nodeGroups: ${GROUPS}\npolicy: ${policy}`);
  return at(cluster, 2);
}

describe("consolidation", () => {
  it("takes empty nodes away", () => {
    const cluster = scene(3, "small", "WhenEmpty");
    deployment(cluster, "web", 1, "500m");
    at(cluster, 600);
    expect(nodes(cluster)).toHaveLength(1);
    expect(events(cluster, "DisruptionTerminating")[0]).toBe("Disrupting Node: Empty/Delete");
  });

  it("moves pods together and takes away what becomes empty", () => {
    const cluster = scene(3, "small");
    deployment(cluster, "web", 9, "500m");
    at(cluster, 60);
    expect(Object.keys(placement(cluster))).toHaveLength(3);
    scale(cluster, "web", 4);
    at(cluster, 900);
    expect(nodes(cluster)).toHaveLength(1);
    expect(Object.values(placement(cluster))).toEqual([4]);
  });

  it("replaces a node by a cheaper machine that is large enough", () => {
    const cluster = scene(1, "large");
    deployment(cluster, "web", 2, "500m");
    at(cluster, 600);
    expect(nodes(cluster)).toEqual(["small-c1"]);
    expect(placement(cluster)).toEqual({ "small-c1": 2 });
  });

  it.each([
    ["local storage is no reason", { volumes: [{ name: "d", emptyDir: {} }] }, undefined, 1],
    ["an annotation is", {}, { "karpenter.sh/do-not-disrupt": "true" }, 3],
  ])("to keep a pod where it is %s", (_, spec, annotations, left) => {
    const cluster = scene(3, "small");
    deployment(cluster, "web", 3, "500m", spec);
    at(cluster, 20);
    for (const pod of cluster.store.objects("Pod").values())
      if (annotations !== undefined)
        cluster.api.update("Pod", { ...pod, metadata: { ...pod.metadata, annotations } } as never);
    at(cluster, 900);
    expect(nodes(cluster)).toHaveLength(left);
  });

  it("rests when nothing can become cheaper", () => {
    const cluster = scene(1, "small");
    deployment(cluster, "web", 2, "500m");
    at(cluster, 600);
    expect(nodes(cluster)).toEqual(["small-1"]);
    const { fired } = cluster.engine;
    at(cluster, 50_000);
    expect(cluster.engine.fired - fired).toBeLessThan(5);
  });
});
