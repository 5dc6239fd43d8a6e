import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pod, ReplicaSet } from "../../sim/api/types.gen.ts";
import { ClusterObjects } from "../../sim/scheduler/snapshot/objects.ts";
import { heldResources } from "../../sim/scheduler/snapshot/relevance.ts";
import { Snapshot } from "../../sim/scheduler/snapshot/snapshot.ts";
import { node, pod } from "./builders.ts";

function replicaSet(app: string, ready: number): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { matchLabels: { app } } },
    status: { replicas: ready },
  } as unknown as ReplicaSet;
}

describe("the version of an object that scheduling reads", () => {
  it.each<[string, (objects: ClusterObjects) => void, number]>([
    ["stays when only the status changes", (o) => o.put("ReplicaSet", replicaSet("a", 2)), 0],
    ["rises when the selector changes", (o) => o.put("ReplicaSet", replicaSet("b", 1)), 1],
    ["rises when the object goes", (o) => o.remove("ReplicaSet", "default/web"), 1],
    ["rises when all objects are taken out", (o) => o.clear(), 1],
  ])("%s", (_, change, rise) => {
    const objects = new ClusterObjects();
    objects.put("ReplicaSet", replicaSet("a", 1));
    const before = [objects.version("ReplicaSet"), objects.versionOf("ReplicaSet", "default/web")];
    change(objects);
    const after = [objects.version("ReplicaSet"), objects.versionOf("ReplicaSet", "default/web")];
    expect(after).toEqual(before.map((version) => version + rise));
  });

  it("never comes back to an earlier value, even when the object goes and comes again", () => {
    const objects = new ClusterObjects();
    objects.put("ReplicaSet", replicaSet("a", 1));
    const seen = objects.versionOf("ReplicaSet", "default/web");
    objects.remove("ReplicaSet", "default/web");
    objects.put("ReplicaSet", replicaSet("a", 1));
    expect(objects.versionOf("ReplicaSet", "default/web")).toBeGreaterThan(seen);
  });
});

describe("questions about the labels of pods on nodes", () => {
  const small = fc.constantFrom("a", "b", "c");
  const labelled = fc.record({ app: small, tier: small, at: fc.nat(2), namespace: small });

  it("a question about one label counts the same pods as the question put to all", () => {
    const law = fc.property(fc.array(labelled, { maxLength: 12 }), fc.nat(12), (pods, asked) => {
      const snapshot = new Snapshot();
      for (let at = 0; at < 3; at++) snapshot.addNode(node(`n${at}`));
      const add = (from: number, to: number) => {
        for (const [at, { namespace, at: place, ...labels }] of pods.slice(from, to).entries())
          snapshot.addPod(pod(`p${from + at}`, { namespace, labels, node: `n${place}` }));
      };
      add(0, asked);
      const test = (namespace: string, labels: Readonly<Record<string, string>> = {}) =>
        namespace === "a" && labels["app"] === "b" && labels["tier"] !== "c";
      const broad = snapshot.matcher({ key: "broad", test, skipTerminating: true });
      const within = { namespace: "a", label: "app", value: "b" };
      const narrow = snapshot.matcher({ key: "narrow", test, skipTerminating: true, within });
      add(asked, pods.length);
      if (pods.length > 0) snapshot.removePod(pod("p0"));
      expect([...narrow.counts]).toEqual([...broad.counts]);
      expect(broad.counts.reduce((sum, count) => sum + count, 0)).toBe(
        pods.filter(({ app, namespace, tier }, at) => at > 0 && test(namespace, { app, tier }))
          .length,
      );
    });
    fc.assert(law);
  });
});

describe("what a node says a pod holds", () => {
  const holding = (cpu: string) => {
    const asking = pod("p", { cpu: "1" });
    const requests = { cpu };
    const held = [{ name: "app", resources: { requests }, allocatedResources: requests }];
    return { ...asking, status: { ...asking.status, containerStatuses: held } } as unknown as Pod;
  };

  it("is nothing of its own while that is what the pod asks for", () => {
    expect(heldResources(pod("p", { cpu: "1" }))).toBeUndefined();
    expect(heldResources(holding("1"))).toBeUndefined();
  });

  it("is told while the pod is being resized", () => {
    expect(heldResources(holding("2"))).toEqual([[["app", { cpu: "2" }, { cpu: "2" }]], undefined]);
  });
});
