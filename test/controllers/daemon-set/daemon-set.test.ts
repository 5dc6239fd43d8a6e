import { describe, expect, it } from "vitest";
import type { DaemonSet, Node, Pod } from "../../../sim/api/types.gen.ts";
import { nodeFit } from "../../../sim/controllers/daemon-set/node-fit.ts";
import { daemonFences } from "../../../sim/controllers/daemon-set/plan.ts";
import { daemonSetController } from "../../../sim/controllers/daemon-set.ts";
import { HOUR } from "../../../sim/engine/time.ts";
import { SmallCluster } from "../small-cluster.ts";

const template = (image: string, spec: object = {}) => ({
  metadata: { labels: { app: "agent" } },
  spec: { containers: [{ name: "main", image }], ...spec },
});

function cluster(spec: object = {}, nodes = 3): SmallCluster {
  const run = new SmallCluster([daemonSetController], { nodes });
  run.create({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "agent", namespace: "default" },
    spec: { selector: { matchLabels: { app: "agent" } }, template: template("web:1"), ...spec },
  });
  return run;
}

const change = (run: SmallCluster, spec: object) =>
  run.change<DaemonSet>("DaemonSet", "agent", (set) => ({
    ...set,
    spec: { ...set.spec, ...spec },
  }));
const live = (run: SmallCluster) =>
  run.objects<Pod>("Pod").filter(({ metadata }) => metadata.deletionTimestamp === undefined);
const setNode = (run: SmallCluster, name: string, by: (node: Node) => Node) =>
  run.change<Node>("Node", name, by, "");

describe("whether a node suits", () => {
  const node = (labels: object, taints: object[] = []) =>
    ({ metadata: { name: "n", labels }, spec: { taints } }) as never;
  const taint = (effect: string, key = "k") => ({ key, effect });
  const both = { shouldRun: true, mayStay: true };
  const none = { shouldRun: false, mayStay: false };

  it.each([
    ["a plain one", {}, node({}), both],
    ["one with the wanted label", { nodeSelector: { pool: "a" } }, node({ pool: "a" }), both],
    ["one without it", { nodeSelector: { pool: "a" } }, node({}), none],
    ["one with a taint", {}, node({}, [taint("NoSchedule")]), { shouldRun: false, mayStay: true }],
    ["one that evicts", {}, node({}, [taint("NoExecute")]), none],
    ["one that is not preferred", {}, node({}, [taint("PreferNoSchedule")]), both],
    [
      "a cordoned one",
      {},
      node({}, [taint("NoSchedule", "node.kubernetes.io/unschedulable")]),
      both,
    ],
    [
      "an unreachable one",
      {},
      node({}, [taint("NoExecute", "node.kubernetes.io/unreachable")]),
      both,
    ],
    ["another than the named one", { nodeName: "other" }, node({}), none],
  ])("%s", (_what, spec, of, fit) => {
    expect(nodeFit(template("x", spec) as never, of)).toEqual(fit);
  });
});

describe("the fences of a DaemonSet", () => {
  it.each([
    [{}, 0, 1],
    [{ maxUnavailable: "25%" }, 0, 3],
    [{ maxSurge: "10%", maxUnavailable: 0 }, 1, 0],
    [{ maxSurge: 0, maxUnavailable: 0 }, 0, 1],
  ])("%o of ten nodes are %i more and %i fewer", (rollingUpdate, surge, unavailable) => {
    const set = { spec: { updateStrategy: { rollingUpdate } } } as never;
    expect(daemonFences(set, 10)).toEqual({ surge, unavailable });
  });
});

describe("a DaemonSet", () => {
  it("keeps one pod on every node, pinned to it and tolerant of its trouble", () => {
    const run = cluster();
    run.run(3);
    expect(
      live(run)
        .map(({ spec }) => spec.nodeName)
        .sort(),
    ).toEqual(["node-0", "node-1", "node-2"]);
    const [pod] = live(run);
    expect(pod?.spec.tolerations).toHaveLength(6);
    expect(run.get<DaemonSet>("DaemonSet", "agent").status).toEqual({
      currentNumberScheduled: 3,
      numberMisscheduled: 0,
      desiredNumberScheduled: 3,
      numberReady: 3,
      observedGeneration: 1,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
    });
  });

  it("comes to new nodes and leaves those that no longer suit", () => {
    const run = cluster({ template: template("web:1", { nodeSelector: { pool: "a" } }) });
    run.run(1);
    expect(live(run)).toHaveLength(0);
    setNode(run, "node-1", (node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { pool: "a" } },
    }));
    run.run(3);
    expect(live(run).map(({ spec }) => spec.nodeName)).toEqual(["node-1"]);
    setNode(run, "node-1", (node) => ({ ...node, metadata: { ...node.metadata, labels: {} } }));
    run.run(3);
    expect(live(run)).toHaveLength(0);
  });

  it("updates one node at a time, never leaving two without a pod", () => {
    const run = cluster();
    run.run(3);
    change(run, { template: template("web:2") });
    for (let step = 0; step < 150; step++) {
      run.run(0.1);
      const ready = live(run).filter(({ status }) => status?.phase === "Running");
      expect(ready.length).toBeGreaterThanOrEqual(2);
    }
    expect(new Set(live(run).map(({ spec }) => spec.containers[0]?.image))).toEqual(
      new Set(["web:2"]),
    );
  });

  it("surges: the old pod goes when the new one on its node is available", () => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
    const run = cluster({ updateStrategy: { type: "RollingUpdate", rollingUpdate } });
    run.run(3);
    change(run, { template: template("web:2") });
    for (let step = 0; step < 150; step++) {
      run.run(0.1);
      const ready = live(run).filter(({ status }) => status?.phase === "Running");
      expect(ready.length).toBeGreaterThanOrEqual(3);
      expect(live(run).length).toBeLessThanOrEqual(4);
    }
    expect(new Set(live(run).map(({ spec }) => spec.containers[0]?.image))).toEqual(
      new Set(["web:2"]),
    );
  });

  it("counts old pods that never became available against maxUnavailable", () => {
    const run = cluster();
    run.pods.behave = ({ spec }) =>
      spec.containers[0]?.image?.startsWith("bad") === true ? { startDelay: HOUR } : {};
    run.run(3);
    // Three updates in a row that fail: the broken pod is replaced, the two good ones are let be.
    for (const version of [2, 3, 4]) {
      change(run, { template: template(`bad:${version}`) });
      run.run(10);
    }
    const images = live(run)
      .map(({ spec }) => spec.containers[0]?.image)
      .sort();
    expect(images).toEqual(["bad:4", "web:1", "web:1"]);
  });

  const tainted = (node: Node): Node => ({
    ...node,
    spec: { ...node.spec, taints: [{ key: "k", effect: "NoSchedule" }] },
  });

  it("surges on no node that is not to have a pod, and leaves it when enough are available", () => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
    const run = cluster({ updateStrategy: { type: "RollingUpdate", rollingUpdate } });
    run.run(3);
    setNode(run, "node-2", tainted);
    run.run(3);
    const [stays] = live(run).filter(({ spec }) => spec.nodeName === "node-2");
    expect(stays).toBeDefined();
    change(run, { template: template("web:2") });
    run.run(0.2);
    const on = (node: string) => live(run).filter(({ spec }) => spec.nodeName === node);
    expect(on("node-2")).toEqual([]);
    run.run(9);
    expect(live(run).map(({ spec }) => [spec.nodeName, spec.containers[0]?.image])).toEqual([
      ["node-0", "web:2"],
      ["node-1", "web:2"],
    ]);
  });

  it.each([
    [
      "goes",
      (run: SmallCluster) => run.engine.as("test", 0, () => run.api.delete("Node", "node-2")),
    ],
    ["gets a taint that lets its pod stay", (run: SmallCluster) => setNode(run, "node-2", tainted)],
  ])("looks at no node that %s before it has another reason", (_, happens) => {
    const run = cluster();
    run.run(3);
    happens(run);
    run.run(1);
    const status = () => run.get<DaemonSet>("DaemonSet", "agent").status;
    expect(status()?.desiredNumberScheduled).toBe(3);
    run.change<DaemonSet>("DaemonSet", "agent", (set) => ({
      ...set,
      metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, seen: "yes" } },
    }));
    run.run(1);
    expect(status()?.desiredNumberScheduled).toBe(2);
  });

  it("counts old revisions that pods still have towards its history's limit", () => {
    const run = cluster({ updateStrategy: { type: "OnDelete" }, revisionHistoryLimit: 1 });
    for (const version of [2, 3]) {
      run.run(3);
      change(run, { template: template(`web:${version}`) });
    }
    run.run(3);
    const revisions = run.objects<any>("ControllerRevision").map(({ revision }) => revision);
    expect(revisions.sort()).toEqual([1, 3]);
  });

  it("leaves updates to whoever deletes its pods with OnDelete", () => {
    const run = cluster({ updateStrategy: { type: "OnDelete" } });
    run.run(3);
    change(run, { template: template("web:2") });
    run.run(3);
    const [first] = live(run);
    run.engine.as("test", 0, () => run.api.delete("Pod", `default/${first?.metadata.name}`));
    run.run(4);
    const images = live(run)
      .map(({ spec }) => spec.containers[0]?.image)
      .sort();
    expect(images).toEqual(["web:1", "web:1", "web:2"]);
  });

  it("replaces failing pods on a node ever more slowly", () => {
    const run = cluster({}, 1);
    run.run(2);
    const fail = () => {
      const [pod] = live(run);
      if (pod === undefined || pod.status?.phase === "Failed") return;
      run.engine.as("test", 0, () =>
        run.api.replace<Pod>("Pod", { ...pod, status: { ...pod.status, phase: "Failed" } }),
      );
    };
    for (let step = 0; step < 300; step++) {
      fail();
      run.run(0.1);
    }
    const killed = run
      .events("DaemonSet", "agent")
      .filter((text) => text.startsWith("FailedDaemonPod"));
    expect(killed.length).toBeGreaterThanOrEqual(4);
    expect(killed.length).toBeLessThanOrEqual(7);
  });
});
