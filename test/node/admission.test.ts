import { describe, expect, test } from "vitest";
import type { Pod } from "../../sim/api/types.gen.ts";
import { createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { oomScoreAdjust } from "../../sim/node/pod/resources.ts";
import { bed } from "./cluster.ts";

const wants = (cpu: string) => [{ image: "app", resources: { requests: { cpu } } }];

describe("a kubelet", () => {
  test("refuses what its node has no room for", () => {
    const b = bed({ nodes: [{ name: "node-1", capacity: { cpu: "2", pods: 2 } }] });
    b.addAll();
    b.run("a", wants("1500m"));
    b.until(1);
    b.run("b", wants("1"));
    b.run("c", wants("500m"));
    b.run("d", wants("0"));
    b.until(2);
    expect(b.pod("b")?.status).toMatchObject({
      phase: "Failed",
      reason: "OutOfcpu",
      message:
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 1000, used: 1500, capacity: 2000",
    });
    expect(b.pod("c")?.status?.phase).toBe("Running");
    expect(b.pod("d")?.status?.reason).toBe("OutOfpods");
  });

  test.each([
    ["offers nothing of", {}, "Running"],
    ["offers zero of", { "example.com/gpu": 0 }, "Running"],
    ["offers too little of", { "example.com/gpu": 1 }, "Failed"],
  ])("and its pod's extended resource that the node %s: %#", (_, offered, phase) => {
    const b = bed({ nodes: [{ name: "node-1", capacity: { cpu: "2", pods: 2, ...offered } }] });
    b.addAll();
    const requests = { "example.com/gpu": "2" };
    b.run("p", [{ image: "app", resources: { requests, limits: requests } }]);
    b.until(1);
    expect(b.pod("p")?.status?.phase).toBe(phase);
    if (phase === "Failed") expect(b.pod("p")?.status?.reason).toBe("OutOfexample.com/gpu");
  });

  test("refuses a pod whose nodeSelector its node does not match", () => {
    const b = bed();
    b.addAll();
    b.run("p", ["app"], { nodeSelector: { disk: "ssd" } });
    b.until(1);
    expect(b.pod("p")?.status).toMatchObject({ phase: "Failed", reason: "NodeAffinity" });
  });

  test.each([
    ["on the same address", "10.0.0.1", "10.0.0.1", "TCP", "Failed"],
    ["on another address", "10.0.0.1", "10.0.0.2", "TCP", "Running"],
    ["on every address", "10.0.0.1", "", "TCP", "Failed"],
    ["for another protocol", "", "", "UDP", "Running"],
  ])("and a host port that another pod has, %s", (_, hostIP, secondIP, protocol, phase) => {
    const b = bed();
    b.addAll();
    const ports = [{ containerPort: 80, hostPort: 80, hostIP, protocol: "TCP" }];
    b.run("a", ["app"], {
      initContainers: [{ name: "proxy", image: "app", restartPolicy: "Always", ports }],
    });
    b.until(1);
    b.run("b", [
      { image: "app", ports: [{ containerPort: 80, hostPort: 80, hostIP: secondIP, protocol }] },
    ]);
    b.until(5);
    expect(b.pod("b")?.status?.phase).toBe(phase);
    if (phase === "Failed") expect(b.pod("b")?.status?.reason).toBe("NodePorts");
  });

  test("leaves alone who has come in place of a pod that it refuses too late", () => {
    const b = bed();
    b.addAll();
    b.run("p", ["app"], { nodeSelector: { disk: "ssd" } });
    b.api.delete("Pod", "default/p", { gracePeriodSeconds: 0 });
    b.run("q", ["app"], { nodeSelector: { disk: "ssd" } });
    b.api.delete("Pod", "default/q", { gracePeriodSeconds: 0 });
    b.run("q", ["app"]);
    b.until(1);
    expect(b.pod("p")).toBeUndefined();
    expect(b.pod("q")?.status?.phase).toBe("Running");
  });

  test("takes its time to refuse: pods made again and again let time pass at the pace fast", () => {
    const nodes = [{ count: 1, name: "node-1", capacity: { cpu: "1", memory: "1Gi" } }];
    const cluster = createCluster({ seed: "1", detail: "digest", pace: "fast", nodes });
    const containers = [{ name: "a", image: "app", resources: { requests: { cpu: "2" } } }];
    const labels = { app: "a" };
    cluster.api.create("ReplicaSet", {
      metadata: { name: "a", namespace: "default" },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { nodeName: "node-1", containers } },
      },
    } as never);
    cluster.runUntil(2 * SECOND);
    const pods = [...cluster.store.objects("Pod").values()] as Pod[];
    const failed = pods.filter(({ status }) => status?.reason === "OutOfcpu");
    // One each twentieth of a second from the moment its account is there.
    expect(failed.length).toBeGreaterThan(30);
    expect(failed.length).toBeLessThanOrEqual(40);
  });

  test("waits for what a pod refers to", () => {
    const b = bed();
    b.addAll();
    const volumes = [{ name: "conf", configMap: { name: "app" } }];
    b.run("p", ["app"], { volumes });
    b.run("q", [{ image: "app", envFrom: [{ configMapRef: { name: "app" } }] }]);
    b.until(30);
    expect(b.events("p")).toEqual([
      'FailedMount: MountVolume.SetUp failed for volume "conf" : configmap "app" not found',
    ]);
    expect(b.pod("q")?.status?.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: "CreateContainerConfigError",
      message: 'configmap "app" not found',
    });
    b.api.create("ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "app", namespace: "default" },
    } as never);
    b.until(31);
    expect(b.pod("p")?.status?.phase).toBe("Running");
    expect(b.pod("q")?.status?.phase).toBe("Running");
  });

  test("resizes containers in place: at once, later, or never", () => {
    const b = bed({ nodes: [{ name: "node-1", capacity: { cpu: "4" } }] });
    b.addAll();
    b.run("p", wants("1"));
    b.run("q", wants("2"));
    b.until(5);
    const resize = (cpu: string): void => {
      const pod = b.pod("p") as Pod;
      const containers = pod.spec?.containers.map((container) => ({
        ...container,
        resources: { requests: { cpu } },
      }));
      const metadata = { ...pod.metadata, generation: (pod.metadata.generation ?? 0) + 1 };
      b.api.replace<Pod>("Pod", { ...pod, metadata, spec: { ...pod.spec, containers } as never });
    };
    const pending = () =>
      b.pod("p")?.status?.conditions?.find(({ type }) => type === "PodResizePending")?.reason;
    const granted = () => b.pod("p")?.status?.containerStatuses?.[0]?.allocatedResources?.["cpu"];
    resize("1500m");
    b.until(6);
    expect([granted(), pending()]).toEqual(["1500m", undefined]);
    resize("3");
    b.until(7);
    expect([granted(), pending()]).toEqual(["1500m", "Deferred"]);
    b.remove("q");
    b.until(60);
    expect([granted(), pending()]).toEqual(["3", undefined]);
    resize("5");
    b.until(61);
    expect([granted(), pending()]).toEqual(["3", "Infeasible"]);
    expect(b.pod("p")?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  test("reports an annotation it cannot read, and runs the pod all the same", () => {
    const b = bed();
    b.addAll();
    b.run("p", ["app"], {}, { "ksim.dev/exits": "{afterwards: 5s}" });
    b.until(10);
    expect(b.events("p")[0]).toBe(
      'InvalidBehaviour: metadata.annotations["ksim.dev/exits"].afterwards: unknown; known are after, code, times, message',
    );
    expect(b.pod("p")?.status?.phase).toBe("Running");
  });

  test("lets annotations say how a pod behaves, or one of its containers", () => {
    const b = bed();
    b.addAll();
    b.run(
      "p",
      ["app", "app"],
      { restartPolicy: "Never" },
      { "ksim.dev/exits": "{after: 5s, code: 0}", "ksim.dev/main-1.exits": "{after: 7s, code: 3}" },
    );
    b.until(10);
    expect(
      b.pod("p")?.status?.containerStatuses?.map(({ state }) => state?.terminated?.exitCode),
    ).toEqual([0, 3]);
    expect(b.pod("p")?.status?.phase).toBe("Failed");
  });
});

test.each([
  ["Guaranteed", 0, -997],
  ["BestEffort", 0, 1000],
  ["Burstable", 4, 500],
  ["Burstable", 0, 999],
  ["Burstable", 8, 2],
])("the kernel rates a %s container that requests %i of 8 at %i", (qos, request, score) => {
  expect(oomScoreAdjust(qos, request, 8)).toBe(score);
});

test("nodes of templates that share a name are numbered on", () => {
  const b = bed({
    nodes: [
      { count: 2, zones: ["a", "b"] },
      { count: 1, capacity: { cpu: "8" } },
      { name: "edge" },
      { name: "gpu", count: 2 },
    ],
  });
  b.addAll();
  expect(b.agents.nodeNames()).toEqual(["node-1", "node-2", "node-3", "edge", "gpu-1", "gpu-2"]);
  expect(b.store.get("Node", "node-2")?.metadata.labels?.["topology.kubernetes.io/zone"]).toBe("b");
});
