import { describe, expect, test } from "vitest";
import type { Lease, Node, Pod } from "../../sim/api/types.gen.ts";
import { ComputedReads } from "../../sim/api/virtual.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { bed, isReady, restartsOf } from "./cluster.ts";

describe("a node", () => {
  test("that crashed tells nobody, and starts its containers again when it is back", () => {
    const b = bed();
    b.addAll();
    b.run("p", ["app"]);
    b.run("job", ["app"], { restartPolicy: "Never" });
    b.until(10);
    b.agents.crash("node-1");
    b.until(100);
    expect(b.pod("p")?.status?.phase).toBe("Running");
    expect(b.agents.heartbeats.alive("node-1")).toBe(false);
    b.agents.recover("node-1");
    b.until(101);
    expect(restartsOf(b.pod("p"))).toBe(1);
    expect(isReady(b.pod("p"))).toBe(true);
    expect(b.pod("p")?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 255,
      reason: "Unknown",
    });
    expect(b.pod("job")?.status?.phase).toBe("Failed");
  });

  test("that was down has forgotten the back-offs, and counts the first start as a restart", () => {
    const b = bed({ images: { app: { exits: { after: "0s", code: 1 } } } });
    b.addAll();
    b.run("p", ["app"]);
    b.until(400);
    b.agents.crash("node-1");
    b.until(450);
    b.agents.recover("node-1");
    b.until(500);
    const after = b.history("p", restartsOf).filter(([time]) => time > 400);
    const [first] = after[0] ?? [];
    expect(after.map(([time]) => time - (first ?? 0))).toEqual([0, 10, 30]);
  });

  test("that was paused sees at once what it missed", () => {
    const b = bed();
    b.addAll();
    b.run("p", ["app"], { terminationGracePeriodSeconds: 5 });
    b.until(10);
    b.agents.pause("node-1");
    b.remove("p");
    b.run("q", ["app"]);
    b.until(60);
    expect(b.pod("p")).toBeDefined();
    expect(b.pod("q")?.status?.phase).toBe("Pending");
    b.agents.resume("node-1");
    b.until(70);
    expect(b.pod("p")).toBeUndefined();
    expect(b.pod("q")?.status?.phase).toBe("Running");
  });

  test("that is cut off works on, and reports when it can", () => {
    const b = bed({ images: { app: { exits: { after: "30s", code: 1, times: 1 } } } });
    b.addAll();
    b.run("p", ["app"]);
    b.until(10);
    b.agents.partition("node-1");
    b.until(60);
    expect(restartsOf(b.pod("p"))).toBe(0);
    b.agents.heal("node-1");
    b.until(61);
    expect(restartsOf(b.pod("p"))).toBe(1);
  });

  test("whose watch was held up, too, does not begin anew what ended, although a finalizer keeps it", () => {
    const b = bed({ images: { app: { exits: { after: "20s", code: 0 } } } });
    b.addAll();
    const pod = b.run("p", ["app"], { restartPolicy: "Never" });
    const finalizers = ["example.com/keep"];
    b.api.update("Pod", { ...pod, metadata: { ...pod.metadata, finalizers } });
    b.until(10);
    b.agents.partition("node-1");
    b.informers.freeze(61 * SECOND);
    b.until(20);
    const labelled = b.pod("p") as Pod;
    b.api.update("Pod", { ...labelled, metadata: { ...labelled.metadata, labels: { a: "b" } } });
    b.remove("p");
    b.until(60);
    b.agents.heal("node-1");
    b.until(80);
    const phases = b.history("p", ({ status }) => status?.phase).map(([, phase]) => phase);
    expect(phases.slice(phases.indexOf("Succeeded"))).toEqual(["Succeeded"]);
  });

  test("whose watch was held up minds no pod that it would refuse and that is gone", () => {
    const b = bed();
    b.addAll();
    b.informers.freeze(30 * SECOND);
    b.run("p", ["app"], { nodeSelector: { disk: "none" } });
    b.api.delete("Pod", "default/p", { gracePeriodSeconds: 0 });
    b.until(40);
    expect(b.pod("p")).toBeUndefined();
  });

  test("that comes when pods are bound to its name already takes them over", () => {
    const b = bed({ nodes: [{ name: "node-1" }] });
    b.run("early", ["app"]);
    b.until(5);
    expect(b.pod("early")?.status?.phase).toBe("Pending");
    b.addAll();
    b.until(10);
    expect(b.pod("early")?.status?.phase).toBe("Running");
    b.agents.removeNode("node-1");
    b.remove("early");
    b.until(20);
    expect(b.pod("early")?.status?.phase).toBe("Running");
    b.addAll();
    b.until(30);
    expect(b.pod("early")).toBeUndefined();
    expect(b.history("early", ({ status }) => status?.phase).at(-1)?.[1]).toBe("Failed");
  });

  test("that starts again while it is cut off stays so until the way is found", () => {
    const b = bed();
    b.addAll();
    b.run("p", ["app"]);
    b.until(10);
    b.agents.partition("node-1");
    b.agents.crash("node-1");
    b.until(20);
    b.agents.recover("node-1");
    b.until(60);
    expect(b.agents.heartbeats.alive("node-1")).toBe(false);
    expect(restartsOf(b.pod("p"))).toBe(0);
    b.agents.heal("node-1");
    b.until(61);
    expect(b.agents.heartbeats.alive("node-1")).toBe(true);
    expect(restartsOf(b.pod("p"))).toBe(1);
  });

  test("renews its Lease every 10 s without an event, until it stops", () => {
    const b = bed();
    b.addAll();
    const reads = new ComputedReads(b.engine, b.agents.heartbeats);
    const renewed = () =>
      reads.transform("Lease", b.store.get("Lease", "kube-node-lease/node-1") as never as Lease)
        .spec?.renewTime;
    const reported = () =>
      reads
        .transform("Node", b.store.get("Node", "node-1") as never as Node)
        .status?.conditions?.find(({ type }) => type === "Ready")?.lastHeartbeatTime;
    const fired = b.engine.fired;
    b.until(25);
    expect(renewed()).toBe("2026-01-01T00:00:20.000000Z");
    b.until(301);
    expect(reported()).toBe("2026-01-01T00:05:00Z");
    b.agents.pause("node-1");
    b.until(600);
    expect(renewed()).toBe("2026-01-01T00:05:00.000000Z");
    expect(b.engine.fired - fired).toBeLessThan(5);
  });

  test("evicts pods that exceed their requests when its memory runs out, and says so for five minutes", () => {
    const b = bed({
      images: { hog: { memory: { value: "100Mi", growth: "100Mi" } }, calm: { memory: "200Mi" } },
      nodes: [{ name: "node-1", capacity: { memory: "2Gi", cpu: "4", pods: 10 } }],
    });
    b.addAll();
    b.run("hog", [{ image: "hog", resources: { requests: { memory: "100Mi" } } }]);
    b.run("calm", [{ image: "calm", resources: { requests: { memory: "200Mi" } } }]);
    b.until(120);
    expect(b.pod("hog")?.status).toMatchObject({ phase: "Failed", reason: "Evicted" });
    expect(b.pod("hog")?.status?.message).toMatch(
      /^The node was low on resource: memory\. Threshold quantity: 100Mi, available: /,
    );
    expect(b.pod("calm")?.status?.phase).toBe("Running");
    const pressure = () =>
      (b.store.get("Node", "node-1") as never as Node).status?.conditions?.find(
        ({ type }) => type === "MemoryPressure",
      )?.status;
    expect(pressure()).toBe("True");
    b.until(400);
    expect(pressure()).toBe("False");
    // All that is left is the end of the Event objects.
    b.until(7_200);
    expect(b.engine.pending).toBe(0);
  });

  test("serves usage averaged over whole windows of 15 s, once there is one", () => {
    const b = bed({
      images: { app: { cpu: [{ value: "200m" }, { from: "60s", value: "50m" }], memory: "64Mi" } },
    });
    const reads = new ComputedReads(b.engine, b.agents.heartbeats);
    b.agents.provideMetrics(reads);
    b.addAll();
    b.until(1);
    b.run("p", ["app"]);
    const usage = () =>
      (
        reads.get("PodMetrics", "default/p") as never as
          | { containers: { usage: unknown }[] }
          | undefined
      )?.containers[0]?.usage;
    b.until(29);
    expect(usage()).toBeUndefined();
    b.until(31);
    expect(usage()).toEqual({ cpu: "200m", memory: "64Mi" });
    b.until(76);
    expect(usage()).toEqual({ cpu: "60m", memory: "64Mi" });
    b.until(91);
    expect(usage()).toEqual({ cpu: "50m", memory: "64Mi" });
    expect(reads.list("NodeMetrics").length).toBe(1);
  });

  test("spreads first probes over a period when its kubelet has just started", () => {
    const b = bed();
    b.addAll();
    const probe = {
      httpGet: { port: 80 },
      periodSeconds: 10,
      failureThreshold: 3,
      successThreshold: 1,
    } as never;
    b.run("p", [{ image: "app", readinessProbe: probe }]);
    b.until(5);
    b.agents.crash("node-1");
    b.agents.recover("node-1");
    b.until(60);
    const again = b.history("p", isReady).at(-1);
    expect(again?.[1]).toBe(true);
    expect(again?.[0]).toBeGreaterThan(5);
    expect(again?.[0]).toBeLessThanOrEqual(15);
    expect(b.engine.now).toBe(60 * SECOND);
  });
});
