import { describe, expect, it } from "vitest";
import { ApiError } from "../../sim/api/api-error.ts";
import type { Pod } from "../../sim/api/types.gen.ts";
import { type Cluster, type ClusterConfig, createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import type { Plugin } from "../../sim/scheduler/framework/plugin.ts";
import { unschedulable } from "../../sim/scheduler/framework/status.ts";
import type { Strategy } from "../../sim/scheduler/strategies/strategy.ts";
import { pod } from "./builders.ts";

/** A cluster with one node of two cores. */
function small(more: Partial<ClusterConfig> = {}): Cluster {
  const capacity = { cpu: "2", memory: "8Gi", pods: "110" };
  const nodes = [{ count: 1, name: "node-1", capacity }];
  const cluster = createCluster({ seed: "1", nodes, ...more });
  cluster.engine.as("test", 0, () => {
    for (const value of [10, 100])
      cluster.api.create("PriorityClass", { metadata: { name: `of-${value}` }, value } as never);
  });
  return cluster;
}

function create(cluster: Cluster, { metadata: { uid: _, ...metadata }, spec: all }: Pod): void {
  const { priority = 0, ...rest } = all;
  const spec = priority === 0 ? rest : { ...rest, priorityClassName: `of-${priority}` };
  cluster.engine.as("test", 0, () =>
    cluster.api.create("Pod", { apiVersion: "v1", kind: "Pod", metadata, spec } as never),
  );
}

const find = (cluster: Cluster, name: string) =>
  cluster.store.get("Pod", `default/${name}`) as Pod | undefined;

/** The default scheduler with one more plugin. */
function withPlugin(plugin: Omit<Plugin, "name">): Strategy {
  const name = "Tested";
  return {
    name: "tested",
    describe: "",
    source: "",
    config: { plugins: { multiPoint: { enabled: [{ name }] } } },
    plugins: [{ name, create: () => ({ name, ...plugin }) }],
  };
}

describe("a running scheduler", () => {
  it("takes a node back from a less important pod that it was promised to", () => {
    const cluster = small();
    create(cluster, pod("low", { cpu: "2" }));
    cluster.runUntil(10 * SECOND);
    const promised = pod("mid", { cpu: "2", priority: 10 });
    create(cluster, { ...promised, spec: { ...promised.spec, nodeSelector: { no: "where" } } });
    cluster.runUntil(20 * SECOND);
    const nominate = { ...find(cluster, "mid")!.status, nominatedNodeName: "node-1" };
    cluster.engine.as("test", 0, () => cluster.api.writeStatus("Pod", "default/mid", nominate));
    cluster.runUntil(30 * SECOND);
    create(cluster, pod("high", { cpu: "2", priority: 100 }));
    cluster.runUntil(35 * SECOND);
    expect(find(cluster, "high")?.spec.nodeName).toBe("node-1");
    expect(find(cluster, "mid")?.status?.nominatedNodeName).toBeUndefined();
  });

  it("keeps a node for a pod that somebody else nominated for it", () => {
    const cluster = small();
    const elsewhere = pod("important", { cpu: "2", priority: 10 });
    create(cluster, { ...elsewhere, spec: { ...elsewhere.spec, nodeSelector: { no: "where" } } });
    cluster.runUntil(5 * SECOND);
    const status = (nominatedNodeName: string | undefined) => {
      const { nominatedNodeName: _, ...rest } = find(cluster, "important")!.status!;
      const next = nominatedNodeName === undefined ? rest : { ...rest, nominatedNodeName };
      cluster.engine.as("test", 0, () => cluster.api.writeStatus("Pod", "default/important", next));
    };
    status("node-1");
    cluster.runUntil(6 * SECOND);
    create(cluster, pod("first", { cpu: "1" }));
    cluster.runUntil(8 * SECOND);
    expect(find(cluster, "first")?.spec.nodeName).toBeUndefined();
    status(undefined);
    cluster.runUntil(9 * SECOND);
    create(cluster, pod("second", { cpu: "1" }));
    cluster.runUntil(12 * SECOND);
    expect(find(cluster, "second")?.spec.nodeName).toBe("node-1");
  });

  it("takes the nomination of a pod back that could not be bound", () => {
    const cluster = small();
    const { scheduler, engine } = cluster;
    create(cluster, pod("low", { cpu: "2" }));
    cluster.runUntil(5 * SECOND);
    create(cluster, pod("high", { cpu: "2", priority: 10 }));
    const nominated = () => find(cluster, "high")?.status?.nominatedNodeName;
    while (nominated() === undefined) cluster.runUntil(engine.now + 1000);
    while (find(cluster, "low") !== undefined) cluster.runUntil(engine.now + 1000);
    let failed = false;
    scheduler.binder.beforeWrite = () => {
      if (failed) return;
      failed = true;
      throw new ApiError(500, "InternalError", "out of order");
    };
    while (!failed) cluster.runUntil(engine.now + 1000);
    expect(nominated()).toBeUndefined();
    cluster.runUntil(engine.now + 30 * SECOND);
    expect(find(cluster, "high")?.spec.nodeName).toBe("node-1");
  });

  it("survives that the API refuses what PreBind writes, and tries again", () => {
    let tries = 0;
    const cluster = small({
      scheduler: withPlugin({
        preBind: (_, __, ___, writes) => {
          if (tries++ === 0) writes.writeClaim("default/none", (stored) => stored);
        },
      }),
    });
    create(cluster, pod("claiming", { cpu: "1" }));
    cluster.runUntil(30 * SECOND);
    expect(tries).toBe(2);
    expect(find(cluster, "claiming")?.spec.nodeName).toBe("node-1");
    const messages = [...cluster.store.objects("Event").values()].map(
      (event) => (event as unknown as { readonly message: string }).message,
    );
    expect(messages).toContain(
      'running PreBind plugin "Tested": resourceclaims.resource.k8s.io "none" not found',
    );
  });

  it("takes its place from a victim that waits at Permit, and does not end it", () => {
    const held = (victim: Pod) => victim.metadata.labels?.["held"] === "yes";
    const cluster = small({
      scheduler: withPlugin({
        permit: ({ pod: asked }) => (held(asked) ? { wait: 600 * SECOND } : undefined),
      }),
    });
    create(cluster, pod("waiting", { cpu: "2", labels: { held: "yes" } }));
    cluster.runUntil(5 * SECOND);
    create(cluster, pod("high", { cpu: "2", priority: 10 }));
    cluster.runUntil(10 * SECOND);
    expect(find(cluster, "high")?.spec.nodeName).toBe("node-1");
    const waiting = find(cluster, "waiting");
    expect(waiting?.metadata.deletionTimestamp).toBeUndefined();
    expect(waiting?.status?.phase).toBe("Pending");
    const conditions = waiting?.status?.conditions?.map(({ type, reason }) => `${type} ${reason}`);
    expect(conditions).toEqual(["PodScheduled Unschedulable"]);
  });

  it("gives back what was set aside for a pod that goes before it is bound", () => {
    const aside = new Set<string>();
    const cluster = small({
      scheduler: withPlugin({
        reserve: ({ pod: { metadata } }) => void aside.add(metadata.name),
        unreserve: ({ pod: { metadata } }) => void aside.delete(metadata.name),
        permit: () => ({ wait: 600 * SECOND }),
      }),
    });
    create(cluster, pod("gone", { cpu: "1" }));
    cluster.runUntil(5 * SECOND);
    expect([...aside]).toEqual(["gone"]);
    cluster.engine.as("test", 0, () => cluster.api.delete("Pod", "default/gone"));
    cluster.runUntil(6 * SECOND);
    expect([...aside]).toEqual([]);
  });

  it("does not wake a pod by giving back what it gave that very pod", () => {
    let tries = 0;
    const cluster = small({
      scheduler: withPlugin({
        wakesOn: [{ resource: "AssignedPod", actions: ["delete"] }],
        permit: () => {
          tries++;
          return { reject: unschedulable("never") };
        },
      }),
    });
    create(cluster, pod("refused", { cpu: "1" }));
    cluster.runUntil(120 * SECOND);
    expect(tries).toBe(1);
  });
});
