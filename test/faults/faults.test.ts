import { describe, expect, test } from "vitest";
import type { Pod } from "../../sim/api/types.gen.ts";
import { createCluster } from "../../sim/cluster.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { faultTypes } from "../../sim/faults/registry.ts";
import { Preemptor } from "../../sim/scheduler/preemptor.ts";
import { nodeReady, web } from "./web.ts";

/** What components recorded, of one reason. */
function recordsOf(cluster: ReturnType<typeof createCluster>, reason: string) {
  return cluster.engine.journal.entries.flatMap((entry) => {
    if (entry.kind !== "record") return [];
    const record = entry.record as { readonly reason: string; readonly message: string };
    return record.reason === reason ? [{ time: entry.time, message: record.message }] : [];
  });
}

describe("a fault", () => {
  test("enters the journal when it begins and ends, and what follows leads back to it", () => {
    const w = web();
    w.cluster.faults.begin({ type: "node-crash", target: { node: "node-2" }, for: 90 * SECOND });
    w.until(200);
    const entries = w.cluster.engine.journal.entries.filter((entry) => entry.kind === "fault");
    expect(
      entries.map((entry) => [entry.time / SECOND, entry.kind === "fault" && entry.phase]),
    ).toEqual([
      [30, "begin"],
      [120, "end"],
    ]);
    expect(entries[1]?.cause).toBe(entries[0]?.seq);
  });

  test("node-crash makes the node Unknown, and the end brings it back", () => {
    const w = web();
    w.cluster.faults.begin({ type: "node-crash", target: "node-2", for: 90 * SECOND });
    w.until(100);
    expect(nodeReady(w.node("node-2"))).toBe("Unknown");
    expect(w.ready()).toBeLessThan(6);
    w.until(150);
    expect(nodeReady(w.node("node-2"))).toBe("True");
    expect(w.ready()).toBe(6);
  });

  test.each(["node-pause", "node-partition"])("%s leaves containers alone", (type) => {
    const w = web();
    w.cluster.faults.begin({ type, target: { node: "node-2" }, for: 90 * SECOND });
    w.until(100);
    expect(nodeReady(w.node("node-2"))).toBe("Unknown");
    w.until(150);
    expect(w.ready()).toBe(6);
    expect(w.pods().every(({ status }) => status?.containerStatuses?.[0]?.restartCount === 0)).toBe(
      true,
    );
  });

  test("zone-outage hits the nodes of one zone", () => {
    const w = web();
    w.cluster.faults.begin({ type: "zone-outage", target: "b" });
    w.until(100);
    expect(["node-1", "node-2", "node-3"].map((name) => nodeReady(w.node(name)))).toEqual([
      "True",
      "Unknown",
      "True",
    ]);
  });

  test.each([
    [{ mode: "one" }, 1],
    [{ mode: "all" }, 6],
    [{ mode: "fixed", value: 2 }, 2],
    [{ mode: "fixed-percent", value: 30 }, 2],
  ])("pod-kill with %j deletes %i pods, which are replaced", (mode, count) => {
    const w = web();
    const before = new Set(w.pods().map(({ metadata }) => metadata.uid));
    w.cluster.faults.begin({ type: "pod-kill", target: { selector: "app=web" }, ...mode });
    w.until(60);
    expect(w.pods().filter(({ metadata }) => !before.has(metadata.uid)).length).toBe(count);
    expect(w.ready()).toBe(6);
  });

  test.each([
    ["container-kill", { exitCode: 3 }, { exitCode: 3, reason: "Error" }],
    ["oom-kill", {}, { exitCode: 137, reason: "OOMKilled" }],
  ])("%s ends a process, which is started again", (type, parameters, ended) => {
    const w = web(1);
    w.cluster.faults.begin({ type, target: { selector: { app: "web" } }, ...parameters });
    w.until(40);
    const status = w.pods()[0]?.status?.containerStatuses?.[0];
    expect(status).toMatchObject({ restartCount: 1, lastState: { terminated: ended } });
  });

  test("image-pull-failure stops new pods where the image is missing", () => {
    const w = web(0);
    w.cluster.faults.begin({
      type: "image-pull-failure",
      target: { image: "web" },
      for: 30 * SECOND,
    });
    const deployment = w.cluster.store.get("Deployment", "default/web") as any;
    w.cluster.api.update("Deployment", {
      ...deployment,
      spec: { ...deployment.spec, replicas: 2 },
    });
    w.until(40);
    expect(
      w.pods().map(({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason),
    ).toEqual(["ImagePullBackOff", "ImagePullBackOff"]);
    w.until(120);
    expect(w.ready()).toBe(2);
  });

  test("node-pressure taints the node", () => {
    const w = web(0);
    w.cluster.faults.begin({
      type: "node-pressure",
      target: "node-1",
      resource: "disk",
      for: 20 * SECOND,
    });
    w.until(45);
    expect(w.node("node-1").spec?.taints?.map(({ key }) => key)).toContain(
      "node.kubernetes.io/disk-pressure",
    );
    w.until(400);
    expect(w.node("node-1").spec?.taints ?? []).toEqual([]);
  });

  test.each([
    ["api-errors", { percent: 60 }],
    ["api-latency", { latency: "500ms" }],
    ["api-unavailable", {}],
    ["stale-watch", { target: "controller-manager" }],
    ["controller-crash", { target: "replicaset-controller" }],
    ["compaction", {}],
  ])("%s delays what controllers do, and all is well after it", (type, more) => {
    const w = web();
    w.cluster.faults.begin({ type, for: 20 * SECOND, ...more });
    const deployment = w.cluster.store.get("Deployment", "default/web") as any;
    w.cluster.api.update("Deployment", {
      ...deployment,
      spec: { ...deployment.spec, replicas: 9 },
    });
    w.until(180);
    expect(w.ready()).toBe(9);
  });

  test.each(["ReplicaSet", "StatefulSet", "Job"])(
    "api-latency has no pod of a %s made twice when that changes meanwhile",
    (kind) => {
      const w = web(0);
      const template = {
        metadata: { labels: { app: "slow" } },
        spec: { restartPolicy: "Never", containers: [{ name: "main", image: "slow:1" }] },
      };
      const selector = { matchLabels: { app: "slow" } };
      const always = { ...template, spec: { ...template.spec, restartPolicy: "Always" } };
      const [size, spec] =
        kind === "Job"
          ? ["parallelism", { template }]
          : [
              "replicas",
              { selector, template: always, serviceName: "slow", podManagementPolicy: "Parallel" },
            ];
      const metadata = { name: "slow", namespace: "default" };
      w.cluster.faults.begin({ type: "api-latency", for: 20 * SECOND });
      w.cluster.api.create(kind, { metadata, spec: { ...spec, [size as string]: 3 } } as never);
      w.until(30.5);
      const made = w.cluster.store.get(kind, "default/slow") as any;
      w.cluster.api.update(kind, { ...made, spec: { ...made.spec, [size as string]: 4 } });
      w.until(100);
      expect(w.pods()).toHaveLength(4);
      expect(recordsOf(w.cluster, "SuccessfulDelete")).toEqual([]);
    },
  );

  test("controller-crash behind a write that had to wait is no trouble", () => {
    const w = web(0);
    w.cluster.faults.begin({ type: "api-latency", for: 20 * SECOND });
    const target = { controller: "replicaset-controller" };
    w.cluster.faults.begin({ type: "controller-crash", target, writes: 2 });
    const deployment = w.cluster.store.get("Deployment", "default/web") as any;
    w.cluster.api.update("Deployment", {
      ...deployment,
      spec: { ...deployment.spec, replicas: 4 },
    });
    w.until(120);
    expect(w.ready()).toBe(4);
  });

  test("of the API fails the scheduler's bindings: pods are forgotten, back off, and are bound after it", () => {
    const w = web(0);
    w.cluster.faults.begin({
      type: "api-errors",
      target: "scheduler",
      percent: 100,
      for: 20 * SECOND,
    });
    const deployment = w.cluster.store.get("Deployment", "default/web") as any;
    w.cluster.api.update("Deployment", {
      ...deployment,
      spec: { ...deployment.spec, replicas: 1 },
    });
    w.until(45);
    expect(w.pods().map(({ spec }) => spec.nodeName)).toEqual([undefined]);
    const failures = recordsOf(w.cluster, "FailedScheduling");
    expect(failures[0]?.message).toBe(
      'running Bind plugin "DefaultBinder": Internal error occurred: injected fault',
    );
    expect(w.pods()[0]?.status?.conditions, "not even the reason is written").toBeUndefined();
    // Back-off of 1, 2 and 4 seconds, each until the second it ends in is over.
    const starts = failures.map(({ time }) => time / SECOND - 30);
    expect(starts.map(Math.floor)).toEqual([0, 2, 5, 10]);
    w.until(75);
    expect(w.ready()).toBe(1);
  });

  test("of the API keeps the scheduler from telling why and from preempting, for as long as it lasts", () => {
    const cluster = createCluster({
      seed: "1",
      nodes: [{ count: 1, capacity: { cpu: "2", memory: "4Gi", pods: "10" } }],
    });
    const pod = (name: string, cpu: string, priorityClassName?: string) =>
      cluster.api.create("Pod", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default" },
        spec: {
          ...(priorityClassName === undefined ? {} : { priorityClassName }),
          terminationGracePeriodSeconds: 1,
          containers: [{ name: "main", image: "a:1", resources: { requests: { cpu } } }],
        },
      } as never);
    const of = (name: string) => cluster.store.get("Pod", `default/${name}`) as Pod | undefined;
    const condition = (name: string) =>
      of(name)?.status?.conditions?.find(({ type }) => type === "PodScheduled")?.reason;
    cluster.api.create("PriorityClass", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "high" },
      value: 1000,
    } as never);
    pod("low-1", "1");
    pod("low-2", "1");
    cluster.runUntil(30 * SECOND);
    const trouble = { type: "api-errors", target: "scheduler", percent: 100, for: 20 * SECOND };
    cluster.faults.begin(trouble);
    pod("high", "2", "high");
    pod("much", "8");
    cluster.runUntil(49 * SECOND);
    expect([condition("high"), condition("much")]).toEqual([undefined, undefined]);
    expect(recordsOf(cluster, "Preempted")).toEqual([]);
    expect(of("low-1")?.metadata.deletionTimestamp).toBeUndefined();
    const tries = recordsOf(cluster, "FailedScheduling").length;
    expect(tries).toBeGreaterThan(20);
    expect(tries).toBeLessThan(100);
    cluster.runUntil(60 * SECOND);
    expect(recordsOf(cluster, "Preempted")).toHaveLength(2);
    expect([of("low-1"), of("low-2")]).toEqual([undefined, undefined]);
    expect(of("high")?.status?.phase).toBe("Running");
  });

  test("of the API spares the last victim when another one could not be ended", () => {
    const failing = { count: 0 };
    const ended: string[] = [];
    const told: string[] = [];
    const engine = new Engine("p", "digest");
    const binder = {
      delay: () => 0,
      preempt: ({ metadata }: Pod) => {
        ended.push(metadata.name);
        return failing.count-- <= 0;
      },
    };
    const nominated = { lessImportant: () => [] };
    const preemptor = new Preemptor(engine, binder as never, 0, nominated as never, {
      withdraw: () => false,
      failed: (by) => void told.push(by.metadata.name),
    });
    const named = (name: string) => ({ metadata: { name } }) as Pod;
    const victims = ["a", "b", "c"].map(named);
    preemptor.end(victims, named("by"), "node");
    engine.runUntil(SECOND);
    expect([ended.splice(0), told]).toEqual([["a", "b", "c"], []]);
    failing.count = 1;
    preemptor.end(victims, named("by"), "node");
    engine.runUntil(2 * SECOND);
    expect([ended, told]).toEqual([["a", "b"], ["by"]]);
  });

  test("of the API makes bindings take longer", () => {
    const boundAt = (latency: string) => {
      const w = web(0);
      w.cluster.faults.begin({
        type: "api-latency",
        target: "scheduler",
        latency,
        for: 60 * SECOND,
      });
      const deployment = w.cluster.store.get("Deployment", "default/web") as any;
      w.cluster.api.update("Deployment", {
        ...deployment,
        spec: { ...deployment.spec, replicas: 1 },
      });
      w.until(60);
      return recordsOf(w.cluster, "Scheduled")[0]?.time ?? 0;
    };
    expect(boundAt("5s") - boundAt("1s")).toBe(4 * SECOND);
  });

  test.each([
    [{ type: "meteor" }, 'unknown fault: "meteor"'],
    [{ type: "node-crash", target: "node-9" }, 'node-crash: no node "node-9"'],
    [
      { type: "pod-kill", mode: "some" },
      'pod-kill: mode: expected one, all, fixed or fixed-percent, got "some"',
    ],
    [{ type: "controller-crash", target: "nobody" }, 'controller-crash: no controller "nobody"'],
    [{ type: "zone-outage" }, "zone-outage: target: expected a zone"],
    [
      { type: "pod-kill", target: { selector: "app=web,!a=b" } },
      'pod-kill: selector: expected one like app=web,tier!=db, got "!a=b"',
    ],
  ])("as wrong as %j is refused", (fault, message) => {
    expect(() => web(0).cluster.faults.begin(fault)).toThrow(message);
  });

  test("under way is part of a checkpoint", () => {
    const w = web();
    w.cluster.faults.begin({ type: "node-crash", mode: "one", for: 90 * SECOND });
    w.cluster.faults.begin({ type: "api-errors", percent: 30, for: 60 * SECOND });
    w.until(60);
    const saved = w.cluster.save();
    w.until(300);
    const resumed = createCluster(w.cluster.config);
    resumed.load(saved);
    resumed.runUntil(300 * SECOND);
    expect(resumed.engine.journal.digest()).toBe(w.cluster.engine.journal.digest());
  });
});

test("every fault type says what it does and whom it hits", () => {
  for (const { name, description, targets } of faultTypes) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)+$|^compaction$/);
    expect(description.endsWith(".")).toBe(true);
    expect(Array.isArray(targets)).toBe(true);
  }
  expect(new Set(faultTypes.map(({ name }) => name)).size).toBe(faultTypes.length);
});
