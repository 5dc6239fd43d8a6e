import { describe, expect, it } from "vitest";
import { bindPod } from "../../sim/api/pod-binding.ts";
import type { Pod } from "../../sim/api/types.gen.ts";
import { type Cluster, createCluster } from "../../sim/cluster.ts";
import { MILLISECOND, SECOND } from "../../sim/engine/time.ts";
import { create, find, kept, small, told } from "./bed.ts";
import { pod } from "./builders.ts";

const HOST = "kubernetes.io/hostname";

describe("a running scheduler", () => {
  it("wakes a pod that waits for company when its friend has been bound", () => {
    const running = createCluster({
      seed: "company",
      pace: "fast",
      nodes: [{ count: 2, name: "node-{i}", capacity: { cpu: "4", memory: "8Gi", pods: "110" } }],
    });
    const create = ({ metadata: { uid: _, ...metadata }, spec }: Pod) =>
      running.engine.as("test", 0, () =>
        running.api.create("Pod", { apiVersion: "v1", kind: "Pod", metadata, spec } as never),
      );
    const nodeOf = (name: string) =>
      (running.store.get("Pod", `default/${name}`) as Pod | undefined)?.spec.nodeName;
    const term = { labelSelector: { matchLabels: { app: "db" } }, topologyKey: HOST };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    create(pod("web", { spec: { affinity } }));
    running.runUntil(20 * SECOND);
    expect(nodeOf("web")).toBeUndefined();
    create(pod("db", { labels: { app: "db" } }));
    running.runUntil(40 * SECOND);
    expect(nodeOf("web")).toBe(nodeOf("db"));
    expect(nodeOf("web")).toBeDefined();
  });

  describe("that a pod gives up the node it was promised", () => {
    /** A pod that fits nowhere was promised the node that the others wait for. */
    function promised(): Cluster {
      const cluster = small({ pace: "fast" });
      const elsewhere = { nodeSelector: { no: "where" } };
      create(cluster, pod("promised", { cpu: "2", priority: 10, spec: elsewhere }));
      cluster.runUntil(5 * SECOND);
      nominate(cluster, "node-1");
      create(cluster, pod("less", { cpu: "1" }));
      create(cluster, pod("equal", { cpu: "1", priority: 10 }));
      cluster.runUntil(20 * SECOND);
      expect(["less", "equal"].map((name) => find(cluster, name)?.spec.nodeName)).toEqual([
        undefined,
        undefined,
      ]);
      return cluster;
    }
    const nominate = (cluster: Cluster, nominatedNodeName: string | undefined) =>
      cluster.engine.as("test", 0, () => {
        const { nominatedNodeName: _, ...status } = find(cluster, "promised")?.status ?? {};
        const next = nominatedNodeName === undefined ? status : { ...status, nominatedNodeName };
        cluster.api.writeStatus("Pod", "default/promised", next as never);
      });
    const attempts = (cluster: Cluster, name: string) =>
      cluster.scheduler.queue.find(`default/${name}`)?.attempts;

    it.each<[string, (cluster: Cluster) => void]>([
      ["its nomination goes", (cluster) => nominate(cluster, undefined)],
      ["it is promised another one", (cluster) => nominate(cluster, "node-2")],
      ["it goes", (cluster) => void cluster.api.delete("Pod", "default/promised")],
    ])(
      "wakes those that are no more important: %s (upstream hasNominatedNodeNameChanged)",
      (_, change) => {
        const cluster = promised();
        cluster.engine.as("test", 0, () => change(cluster));
        cluster.runUntil(25 * SECOND);
        expect(["less", "equal"].map((name) => find(cluster, name)?.spec.nodeName)).toEqual([
          "node-1",
          "node-1",
        ]);
      },
    );

    it("does not wake more important ones, which never minded it, nor does another change of it", () => {
      const cluster = promised();
      create(cluster, pod("more", { cpu: "9", priority: 100 }));
      cluster.runUntil(25 * SECOND);
      const before = ["more", "less"].map((name) => attempts(cluster, name));
      cluster.engine.as("test", 0, () => {
        const status = find(cluster, "promised")?.status;
        cluster.api.writeStatus("Pod", "default/promised", { ...status, reason: "x" } as never);
      });
      cluster.runUntil(30 * SECOND);
      expect(["more", "less"].map((name) => attempts(cluster, name))).toEqual(before);
      nominate(cluster, undefined);
      cluster.runUntil(35 * SECOND);
      expect(attempts(cluster, "more")).toBe(before[0]);
      expect(find(cluster, "less")?.spec.nodeName).toBe("node-1");
    });
  });

  it("leaves others asleep when a pod goes that was promised nothing", () => {
    const cluster = small();
    for (const name of ["a", "b"]) create(cluster, pod(name, { cpu: "9" }));
    cluster.runUntil(5 * SECOND);
    cluster.engine.as("test", 0, () => cluster.api.delete("Pod", "default/a"));
    cluster.runUntil(20 * SECOND);
    expect(cluster.scheduler.queue.find("default/b")?.attempts).toBe(1);
  });

  it("skips a pod that is deleted and kept by a finalizer (upstream skipPodSchedule)", () => {
    const cluster = small();
    create(cluster, kept(pod("kept", { cpu: "9" })));
    cluster.runUntil(5 * SECOND);
    cluster.engine.as("test", 0, () => cluster.api.delete("Pod", "default/kept"));
    cluster.engine.as("test", 0, () =>
      cluster.nodes.addNode({ name: "large", capacity: { cpu: "16" } }),
    );
    cluster.runUntil(60 * SECOND);
    expect(find(cluster, "kept")?.spec.nodeName).toBeUndefined();
    expect(told(cluster, "FailedScheduling").at(-1)).toContain(
      "skip schedule deleting pod: default/kept",
    );
    expect(cluster.scheduler.queue.has("default/kept")).toBe(false);
  });

  it("forgets a pod that somebody else bound while it waited", () => {
    const cluster = small();
    create(cluster, pod("taken", { spec: { nodeSelector: { no: "where" } } }));
    cluster.runUntil(5 * SECOND);
    cluster.engine.as("test", 0, () => void bindPod(cluster.api, "default/taken", "node-1"));
    // Before the kubelet finds that it does not belong there.
    cluster.runUntil(5 * SECOND + 2 * MILLISECOND);
    expect(cluster.scheduler.queue.has("default/taken")).toBe(false);
    expect(cluster.scheduler.core.snapshot.podCount).toBe(1);
  });
});
