import { describe, expect, it } from "vitest";
import { ApiError } from "../../sim/api/api-error.ts";
import type { Pod } from "../../sim/api/types.gen.ts";
import type { Cluster } from "../../sim/cluster.ts";
import { MILLISECOND, SECOND } from "../../sim/engine/time.ts";
import { unschedulable } from "../../sim/scheduler/framework/status.ts";
import { create, find, fired, small, told, withPlugin } from "./bed.ts";
import { pod } from "./builders.ts";

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

  /** Pods that take the node for themselves, and a more important one that needs it whole. */
  function crowded(victims: number): Cluster {
    const cluster = small();
    const cpu = `${2000 / victims}m`;
    for (let at = 0; at < victims; at++) create(cluster, pod(`low-${at}`, { cpu }));
    cluster.runUntil(10 * SECOND);
    create(cluster, pod("high", { cpu: "2", priority: 10 }));
    return cluster;
  }

  /** When pods were asked to end, in microseconds after the decision. */
  function endings({ engine }: Cluster): readonly number[] {
    const { entries } = engine.journal;
    const decided = entries.find(
      (entry) => entry.kind === "decision" && entry.subject === "Pod/default/high",
    );
    return entries.flatMap((entry) => {
      if (entry.kind !== "change" || entry.collection !== "Pod") return [];
      const [before, after] = [entry.before, entry.after] as (Pod | undefined)[];
      const ends = after?.metadata.deletionTimestamp !== undefined;
      if (!ends || before?.metadata.deletionTimestamp !== undefined) return [];
      return [entry.time - (decided?.time ?? 0)];
    });
  }

  it.each([
    ["one alone at once, without an event of its own", 1, 0, [0], 0],
    ["the last one when the others' two writes are answered", 4, 0, [0, 0, 0, 6], 1],
    ["which takes longer under a fault", 2, 10, [0, 26], 1],
  ])(
    "ends victims beside its own work: %s (upstream prepareCandidateAsync)",
    (_, victims, delay, expected, events) => {
      const cluster = crowded(victims);
      cluster.scheduler.binder.delay = () => delay * MILLISECOND;
      cluster.runUntil(11 * SECOND);
      expect(endings(cluster).map((at) => at / MILLISECOND)).toEqual(expected);
      expect(fired(cluster, "scheduler/preemption", "end")).toHaveLength(events);
    },
  );

  it("does not end again who is ending already", () => {
    const cluster = crowded(2);
    cluster.engine.as("test", 0, () => cluster.api.delete("Pod", "default/low-0"));
    cluster.runUntil(11 * SECOND);
    expect(told(cluster, "Preempted")).toHaveLength(1);
    expect(endings(cluster)).toHaveLength(2);
    // The other one is the last and the only one: nobody is waited for.
    expect(fired(cluster, "scheduler/preemption", "end")).toEqual([]);
  });

  it("keeps the node it nominated although the API does not take the nomination (upstream AddNominatedPod)", () => {
    const cluster = crowded(1);
    cluster.scheduler.binder.beforeWrite = () => {
      throw new ApiError(500, "InternalError", "out of order");
    };
    cluster.runUntil(10.05 * SECOND);
    const { nominations } = cluster.scheduler.core.snapshot;
    expect(nominations.to("node-1").map(({ pod: { metadata } }) => metadata.name)).toEqual([
      "high",
    ]);
    expect(find(cluster, "high")?.status?.nominatedNodeName).toBeUndefined();
  });

  it("gives a promise up at the refusal, not when the news of it comes", () => {
    const cluster = small();
    create(cluster, pod("promised", { cpu: "1", spec: { nodeSelector: { no: "where" } } }));
    cluster.runUntil(10 * SECOND);
    const nominate = { ...find(cluster, "promised")!.status, nominatedNodeName: "node-1" };
    cluster.engine.as("test", 0, () =>
      cluster.api.writeStatus("Pod", "default/promised", nominate),
    );
    const { nominations } = cluster.scheduler.core.snapshot;
    cluster.runUntil(11 * SECOND);
    expect([...nominations.nodes()]).toEqual(["node-1"]);
    cluster.scheduler.binder.beforeWrite = () => {
      throw new ApiError(500, "InternalError", "out of order");
    };
    cluster.engine.as("test", 0, () => cluster.nodes.addNode({ name: "node-2" }));
    cluster.runUntil(11.05 * SECOND);
    cluster.scheduler.queue.activate("default/promised", 0);
    create(cluster, pod("next", { cpu: "1" }));
    cluster.runUntil(11.1 * SECOND);
    expect([...nominations.nodes()]).toEqual([]);
  });
});
