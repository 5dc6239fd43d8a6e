import { describe, expect, it } from "vitest";
import { ApiError } from "../../sim/api/api-error.ts";
import { bindPod } from "../../sim/api/pod-binding.ts";
import type { Pod, PodStatus, ResourceClaim } from "../../sim/api/types.gen.ts";
import type { Cluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { create, find, kept, small, told } from "./bed.ts";
import { pod } from "./builders.ts";

const NOWHERE = { no: "where" };
const scheduled = (status: PodStatus | undefined) =>
  status?.conditions?.find(({ type }) => type === "PodScheduled");

/** A cluster with a pod that no node takes. */
function waiting(): { readonly cluster: Cluster; readonly asked: () => Pod } {
  const cluster = small();
  create(cluster, pod("p", { spec: { nodeSelector: NOWHERE } }));
  cluster.runUntil(10 * SECOND);
  return { cluster, asked: () => find(cluster, "p") as Pod };
}

const as = <T>(cluster: Cluster, work: () => T): T => cluster.engine.as("test", 0, work);
const refuse = (
  { scheduler }: Cluster,
  of: Pod,
  said: { readonly message?: string; readonly nominatedNode?: string },
) => scheduler.binder.markRefused(of, said, scheduler.core.snapshot);

describe("what is written of a refusal (upstream updatePod)", () => {
  it.each<[string, string | undefined, string | undefined, string | undefined]>([
    ["a nomination that nobody spoke of stays", "node-1", undefined, "node-1"],
    ["one that is taken back goes", "node-1", "", undefined],
    ["another one replaces it", "node-1", "node-2", "node-2"],
    ["the first one is written", undefined, "node-2", "node-2"],
    ["none stays none", undefined, "", undefined],
  ])("%s", (_, before, said, expected) => {
    const { cluster, asked } = waiting();
    const message = scheduled(asked().status)?.message ?? "";
    if (before !== undefined)
      as(cluster, () => refuse(cluster, asked(), { nominatedNode: before, message }));
    expect(asked().status?.nominatedNodeName).toBe(before);
    const writes: string[] = [];
    const { binder } = cluster.scheduler;
    binder.beforeWrite = () => void writes.push("");
    as(cluster, () =>
      refuse(cluster, asked(), said === undefined ? { message } : { message, nominatedNode: said }),
    );
    expect(asked().status?.nominatedNodeName).toBe(expected);
    // One is for the status of the pod's group; what is the same is not written again.
    expect(writes).toHaveLength(before === expected ? 1 : 2);
  });

  it("keeps the time since which it is so, and its place among others", () => {
    const { cluster, asked } = waiting();
    const { lastTransitionTime } = scheduled(asked().status) ?? {};
    as(cluster, () => refuse(cluster, asked(), { message: "otherwise" }));
    expect(scheduled(asked().status)).toMatchObject({
      message: "otherwise",
      reason: "Unschedulable",
      lastTransitionTime,
    });
    expect(asked().status?.conditions).toHaveLength(1);
    const others = { type: "example.com/other", status: "True" };
    const { status } = asked();
    const conditions = [...(status?.conditions ?? []), others];
    as(cluster, () => cluster.api.writeStatus("Pod", "default/p", { ...status, conditions }));
    as(cluster, () => cluster.scheduler.binder.markFailed(asked(), "SchedulerError", "otherwise"));
    expect(scheduled(asked().status)?.reason).toBe("SchedulerError");
    const types = asked().status?.conditions?.map(({ type }) => type);
    expect(types).toEqual(["PodScheduled", "example.com/other"]);
  });

  it.each<[string, (cluster: Cluster) => void]>([
    ["is gone", (cluster) => cluster.api.delete("Pod", "default/p")],
    ["was bound", (cluster) => void bindPod(cluster.api, "default/p", "node-1")],
    [
      "has another one of its name in its place",
      (cluster) => {
        cluster.api.delete("Pod", "default/p");
        create(cluster, pod("p", { spec: { nodeSelector: NOWHERE } }));
      },
    ],
  ])("is told, but not written, of a pod that meanwhile %s", (_, change) => {
    const { cluster, asked } = waiting();
    const then = asked();
    as(cluster, () => change(cluster));
    const now = find(cluster, "p");
    as(cluster, () => refuse(cluster, then, { message: "late" }));
    expect(find(cluster, "p")).toBe(now);
    expect(told(cluster, "FailedScheduling").at(-1)).toBe("10 late");
  });
});

describe("a write that the API refuses", () => {
  it.each<[string, number, number]>([
    ["an error of the server is tried four times (client-go retry.DefaultBackoff)", 500, 4],
    ["so is a server that is not there", 503, 4],
    ["a conflict is not tried again", 409, 1],
    ["nor is a pod that is gone", 404, 1],
    ["nor what clients do too often", 429, 1],
  ])("%s", (_, code, expected) => {
    const { cluster, asked } = waiting();
    const { binder } = cluster.scheduler;
    let tries = 0;
    binder.beforeWrite = () => {
      tries++;
      throw new ApiError(code, "", "no");
    };
    binder.markFailed(asked(), "SchedulerError", "failed");
    expect(tries).toBe(expected);
  });

  it("is written at the try that comes through", () => {
    const { cluster, asked } = waiting();
    const { binder } = cluster.scheduler;
    let tries = 0;
    binder.beforeWrite = () => {
      if (++tries < 4) throw new ApiError(500, "InternalError", "no");
    };
    as(cluster, () => binder.markFailed(asked(), "SchedulerError", "failed"));
    expect(scheduled(asked().status)?.message).toBe("failed");
  });

  describe("to a victim", () => {
    /** Preempts; the writes with these numbers fail. Answers whether the victim ends, and how many were tried. */
    const preempt = (cluster: Cluster, of: Pod, ...failing: readonly number[]) => {
      const { binder } = cluster.scheduler;
      let tries = 0;
      binder.beforeWrite = () => {
        if (failing.includes(++tries)) throw new ApiError(500, "InternalError", "no");
      };
      return as(cluster, () => [binder.preempt(of, pod("by"), "node-1"), tries]);
    };
    const target = (of: Pod) =>
      of.status?.conditions?.find(({ type }) => type === "DisruptionTarget");

    it("leaves it where it is: unmarked it is not deleted, and marked it need not be marked again", () => {
      const { cluster, asked } = waiting();
      expect(preempt(cluster, asked(), 1, 2, 3, 4)).toEqual([false, 4]);
      expect(target(asked())).toBeUndefined();
      expect(preempt(cluster, asked(), 2)).toEqual([false, 2]);
      const marked = asked();
      expect(target(marked)?.status).toBe("True");
      cluster.runUntil(20 * SECOND);
      expect(preempt(cluster, asked(), 1)).toEqual([false, 1]);
      expect(asked()).toBe(marked);
      expect(told(cluster, "Preempted")).toEqual([]);
      expect(preempt(cluster, asked())).toEqual([true, 1]);
      expect(find(cluster, "p")).toBeUndefined();
      expect(told(cluster, "Preempted")).toEqual(["20 Preempted by pod uid-by on node node-1"]);
      expect(preempt(cluster, marked)).toEqual([true, 0]);
    });

    it("is not written where it ends already", () => {
      const cluster = small();
      create(cluster, kept(pod("p", { spec: { nodeSelector: NOWHERE } })));
      as(cluster, () => cluster.api.delete("Pod", "default/p"));
      expect(preempt(cluster, find(cluster, "p") as Pod)).toEqual([true, 0]);
      expect(told(cluster, "Preempted")).toEqual([]);
    });

    it("tells since when it is one, which it was not before", () => {
      const { cluster, asked } = waiting();
      const before = { type: "DisruptionTarget", status: "False", lastTransitionTime: "2025" };
      as(cluster, () => {
        const { status } = asked();
        const conditions = [...(status?.conditions ?? []), before];
        cluster.api.writeStatus("Pod", "default/p", { ...status, conditions } as never);
      });
      preempt(cluster, asked(), 2);
      expect(target(asked())).toMatchObject({ status: "True" });
      expect(target(asked())?.lastTransitionTime).toBe("2026-01-01T00:00:10Z");
    });
  });

  it("takes back only a nomination that is there, of the very pod", () => {
    const { cluster, asked } = waiting();
    const { binder } = cluster.scheduler;
    let writes = 0;
    binder.beforeWrite = () => void writes++;
    binder.clearNomination(asked());
    expect(writes).toBe(0);
    as(cluster, () => refuse(cluster, asked(), { nominatedNode: "node-1" }));
    writes = 0;
    binder.clearNomination(pod("p"));
    binder.clearNomination(pod("none"));
    expect(writes).toBe(0);
    as(cluster, () => binder.clearNomination(asked()));
    expect([writes, asked().status?.nominatedNodeName]).toEqual([1, undefined]);
  });

  it("ends the run when it is a mistake of ours", () => {
    const { cluster, asked } = waiting();
    const { scheduler } = cluster;
    scheduler.binder.beforeWrite = () => {
      throw new TypeError("a mistake");
    };
    expect(() => scheduler.binder.markFailed(asked(), "r", "m")).toThrow("a mistake");
    expect(() => scheduler.binder.straggle(asked(), "node-1", scheduler.core)).toThrow("a mistake");
    create(cluster, pod("q"));
    expect(() => cluster.runUntil(20 * SECOND)).toThrow("a mistake");
  });
});

describe("a binding", () => {
  it("of a process that does not know of another leader is refused in silence", () => {
    const { cluster, asked } = waiting();
    const { scheduler } = cluster;
    as(cluster, () => void bindPod(cluster.api, "default/p", "node-1"));
    scheduler.binder.straggle(asked(), "node-2", scheduler.core);
    expect(asked().spec.nodeName).toBe("node-1");
  });

  it.each<[string, Pod]>([
    ["is gone", pod("none")],
    ["has another one of its name in its place", pod("p")],
  ])("of a pod that %s is refused, and no plugin is asked", (_, of) => {
    const { scheduler } = waiting().cluster;
    let writes = 0;
    scheduler.binder.beforeWrite = () => void writes++;
    expect(() => scheduler.binder.bind(of, "node-1", scheduler.core)).toThrow(
      `pods "${of.metadata.name}" not found`,
    );
    expect(writes).toBe(0);
  });
});

describe("a claim that a pod gives back", () => {
  /** A claim with a device that these pods have reserved. */
  function claimed(uids: readonly string[], allocated = true): Cluster {
    const { cluster } = waiting();
    as(cluster, () => {
      const spec = { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c" } }] } };
      const metadata = { name: "c", namespace: "default" };
      cluster.api.create("ResourceClaim", { apiVersion: "", kind: "", metadata, spec } as never);
      const result = { request: "r", driver: "d.example.com", pool: "p", device: "0" };
      const reservedFor = uids.map((uid) => ({ resource: "pods", name: uid, uid }));
      const allocation = { devices: { results: [result] } };
      if (allocated)
        cluster.api.writeStatus("ResourceClaim", "default/c", { allocation, reservedFor } as never);
    });
    return cluster;
  }
  const claimOf = (cluster: Cluster) =>
    cluster.store.get("ResourceClaim", "default/c") as ResourceClaim;

  it.each<[string, readonly string[], boolean]>([
    ["is free when nobody has it", [], false],
    ["is free when the pod alone has it", ["uid-p"], false],
    ["stays where another one has it, too", ["uid-p", "uid-q"], true],
  ])("%s", (_, uids, stays) => {
    const cluster = claimed(uids);
    as(cluster, () => cluster.scheduler.binder.discard("default/c", pod("p")));
    expect(claimOf(cluster).status?.allocation !== undefined).toBe(stays);
  });

  it("is not written when it has no devices, nor when it is gone", () => {
    const cluster = claimed([], false);
    const before = claimOf(cluster);
    as(cluster, () => {
      cluster.scheduler.binder.discard("default/c", pod("p"));
      cluster.scheduler.binder.discard("default/none", pod("p"));
    });
    expect(claimOf(cluster)).toBe(before);
  });
});
