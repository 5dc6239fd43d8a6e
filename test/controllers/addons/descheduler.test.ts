import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../sim/cluster.ts";
import {
  at,
  clusterWith,
  configure,
  create,
  deployment,
  events,
  placement,
} from "./add-on-cluster.ts";

const NODES = [
  { count: 3, name: "n{i}", capacity: { cpu: "4", memory: "8Gi" }, zones: ["a", "b"] },
];

function scene(strategies: string, nodes: readonly object[] = NODES): Cluster {
  const cluster = clusterWith("descheduler", { nodes: nodes as never });
  configure(cluster, "descheduler", `interval: 1m\nstrategies: ${strategies}`);
  return at(cluster, 2);
}

function edit(cluster: Cluster, node: string, change: (node: any) => any): void {
  cluster.api.update("Node", change(cluster.store.get("Node", node)));
}

function cordon(cluster: Cluster, node: string, unschedulable: boolean): void {
  edit(cluster, node, (object) => ({ ...object, spec: { ...object.spec, unschedulable } }));
}

describe("the descheduler", () => {
  it("spreads pods of one owner that had to share a node (RemoveDuplicates)", () => {
    const cluster = scene("[{name: RemoveDuplicates}]");
    for (const node of ["n2", "n3"]) cordon(cluster, node, true);
    deployment(cluster, "web", 3, "100m");
    at(cluster, 40);
    expect(placement(cluster)).toEqual({ n1: 3 });
    for (const node of ["n2", "n3"]) cordon(cluster, node, false);
    at(cluster, 180);
    expect(placement(cluster)).toEqual({ n1: 1, n2: 1, n3: 1 });
    expect(events(cluster, "RemoveDuplicates")[0]).toBe(
      "pod eviction from n1 node by sigs.k8s.io/descheduler",
    );
  });

  it("moves pods from full nodes to idle ones (LowNodeUtilization)", () => {
    const cluster = scene(
      "[{name: LowNodeUtilization, thresholds: {cpu: 20, memory: 20, pods: 20}, targetThresholds: {cpu: 50, memory: 50, pods: 50}}]",
    );
    for (const node of ["n2", "n3"]) cordon(cluster, node, true);
    deployment(cluster, "web", 7, "500m");
    at(cluster, 50);
    expect(placement(cluster)).toEqual({ n1: 7 });
    for (const node of ["n2", "n3"]) cordon(cluster, node, false);
    at(cluster, 110);
    expect(placement(cluster)["n1"]).toBeLessThanOrEqual(4);
  });

  it("evicts what a new taint does not let in any more (RemovePodsViolatingNodeTaints)", () => {
    const cluster = scene("[{name: RemovePodsViolatingNodeTaints}]");
    deployment(cluster, "web", 3, "100m");
    at(cluster, 40);
    edit(cluster, "n1", (node) => ({
      ...node,
      spec: { ...node.spec, taints: [{ key: "gpu", effect: "NoSchedule" }] },
    }));
    at(cluster, 110);
    expect(placement(cluster)["n1"]).toBeUndefined();
  });

  it("evicts from nodes that a pod's affinity excludes now, if another takes it (RemovePodsViolatingNodeAffinity)", () => {
    const cluster = scene("[{name: RemovePodsViolatingNodeAffinity}]");
    const nodeSelector = { "topology.kubernetes.io/zone": "a" };
    deployment(cluster, "web", 2, "100m", { nodeSelector });
    at(cluster, 40);
    edit(cluster, "n1", (node) => ({
      ...node,
      metadata: {
        ...node.metadata,
        labels: { ...node.metadata.labels, "topology.kubernetes.io/zone": "c" },
      },
    }));
    at(cluster, 110);
    expect(placement(cluster)).toEqual({ n3: 2 });
  });

  it("takes pods from domains that grew too large (RemovePodsViolatingTopologySpreadConstraint)", () => {
    const cluster = scene("[{name: RemovePodsViolatingTopologySpreadConstraint}]");
    for (const node of ["n2", "n3"]) cordon(cluster, node, true);
    const labelSelector = { matchLabels: { app: "web" } };
    const topologySpreadConstraints = [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector,
        nodeTaintsPolicy: "Honor",
      },
    ];
    deployment(cluster, "web", 3, "100m", { topologySpreadConstraints });
    at(cluster, 40);
    expect(placement(cluster)).toEqual({ n1: 3 });
    for (const node of ["n2", "n3"]) cordon(cluster, node, false);
    at(cluster, 180);
    expect(placement(cluster)).toEqual({ n1: 1, n2: 1, n3: 1 });
  });

  it("leaves daemons, pods of nobody and what a budget protects alone", () => {
    const cluster = scene("[{name: RemoveDuplicates}]");
    for (const node of ["n2", "n3"]) cordon(cluster, node, true);
    deployment(cluster, "web", 3, "100m");
    create(cluster, "PodDisruptionBudget", {
      metadata: { name: "web", namespace: "default" },
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: "web" } } },
    });
    at(cluster, 40);
    for (const node of ["n2", "n3"]) cordon(cluster, node, false);
    at(cluster, 400);
    expect(placement(cluster)).toEqual({ n1: 3 });
  });

  it("evicts and places for ever where it does not ask what fits", () => {
    const nodes = [
      { name: "big", capacity: { cpu: "12", memory: "32Gi" } },
      { count: 2, name: "small{i}", capacity: { cpu: "1", memory: "1Gi" } },
    ];
    const cluster = scene("[{name: RemoveDuplicates}]", nodes);
    deployment(cluster, "web", 4, "2");
    at(cluster, 620);
    expect(events(cluster, "RemoveDuplicates").length).toBeGreaterThanOrEqual(10);
    const calm = scene("[{name: RemoveDuplicates, nodeFit: true}]", nodes);
    deployment(calm, "web", 4, "2");
    at(calm, 620);
    expect(events(calm, "RemoveDuplicates")).toEqual([]);
  });
});
