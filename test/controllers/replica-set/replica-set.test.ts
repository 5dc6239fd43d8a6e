import { describe, expect, it } from "vitest";
import { forbidden } from "../../../sim/api/api-error.ts";
import type { Pod, ReplicaSet } from "../../../sim/api/types.gen.ts";
import { replicaSetController } from "../../../sim/controllers/replica-set.ts";
import { replicationController } from "../../../sim/controllers/replication-controller.ts";
import { slowStart } from "../../../sim/controllers/runtime/slow-start.ts";
import { SmallCluster } from "../small-cluster.ts";

const pods = (run: SmallCluster) => run.objects<Pod>("Pod");
const status = (run: SmallCluster) => run.get<ReplicaSet>("ReplicaSet", "web").status;

function cluster(replicas: number, options: object = {}): SmallCluster {
  const run = new SmallCluster([replicaSetController], options);
  run.create({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web", tier: "front" } },
        spec: { containers: [{ name: "main", image: "web:1" }] },
      },
    },
  });
  return run;
}

const scale = (run: SmallCluster, replicas: number) =>
  run.change<ReplicaSet>("ReplicaSet", "web", (set) => ({
    ...set,
    spec: { ...set.spec, replicas },
  }));

describe("slow start", () => {
  it.each([
    [10, 0, 1],
    [10, 1, 3],
    [10, 3, 7],
    [10, 100, 10],
  ])("of %i tries %i successes and then stops after %i", (count, until, tries) => {
    let tried = 0;
    const { done } = slowStart(count, (at) => {
      tried++;
      if (at >= until) throw forbidden({ group: "", plural: "pods" } as never, "x", "no");
    });
    expect([tried, done]).toEqual([tries, Math.min(until, count)]);
  });
});

describe("a ReplicaSet", () => {
  it("creates at most 500 pods in one sync and goes on when it has seen them", () => {
    const run = cluster(700);
    run.run(0.004);
    expect(pods(run)).toHaveLength(500);
    run.run(3);
    expect(pods(run)).toHaveLength(700);
    expect(status(run)).toMatchObject({
      replicas: 700,
      readyReplicas: 700,
      availableReplicas: 700,
    });
  });

  it("never creates too many, however slow its writes and its cache are", () => {
    const run = cluster(20, { limit: { perSecond: 20, burst: 2 } });
    for (let step = 0; step < 60; step++) {
      run.run(0.05);
      expect(pods(run).length).toBeLessThanOrEqual(20);
    }
    run.run(3);
    expect(status(run)?.readyReplicas).toBe(20);
  });

  it("tells its terminating pods until they are gone", () => {
    const run = cluster(3);
    run.run(3);
    scale(run, 1);
    run.run(0.5);
    expect(status(run)).toMatchObject({ replicas: 1, terminatingReplicas: 2 });
    run.run(2);
    expect(status(run)).toMatchObject({ replicas: 1, terminatingReplicas: 0 });
  });

  it("adopts what matches, and gives up first what is not up yet", () => {
    const run = cluster(2);
    run.run(3);
    run.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "stray", namespace: "default", labels: { app: "web" } },
      spec: { containers: [{ name: "main", image: "x" }] },
    });
    run.run(2);
    expect(pods(run).map(({ metadata }) => metadata.name)).not.toContain("stray");
    expect(run.events("ReplicaSet", "web")).toContain("SuccessfulDelete: Deleted pod: stray");
  });

  it("looks at no siblings on a node when nobody owns it", () => {
    const run = cluster(3, { nodes: 2 });
    run.run(2000);
    const [alone] = pods(run).filter(({ spec }) => spec.nodeName === "node-1");
    run.engine.as("test", 0, () => run.api.delete("Pod", `default/${alone?.metadata.name}`));
    run.run(10);
    const fresh = pods(run).find(({ spec }) => spec.nodeName === "node-1")?.metadata.name;
    scale(run, 2);
    run.run(3);
    expect(pods(run).map(({ metadata }) => metadata.name)).not.toContain(fresh);
  });

  it("releases a pod that no longer matches and makes another", () => {
    const run = cluster(2);
    run.run(3);
    const name = pods(run)[0]?.metadata.name ?? "";
    run.change<Pod>("Pod", name, (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { app: "other" } },
    }));
    run.run(3);
    expect(run.get<Pod>("Pod", name).metadata.ownerReferences ?? []).toEqual([]);
    expect(pods(run)).toHaveLength(3);
  });

  it("tells which pods bear all labels of its template", () => {
    const run = cluster(2);
    run.run(3);
    const name = pods(run)[0]?.metadata.name ?? "";
    run.change<Pod>("Pod", name, (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { app: "web" } },
    }));
    run.run(1);
    expect(status(run)).toMatchObject({ replicas: 2, fullyLabeledReplicas: 1 });
  });

  it("replaces pods that ended", () => {
    const run = cluster(1);
    run.run(3);
    const [pod] = pods(run);
    run.engine.as("test", 0, () =>
      run.api.replace<Pod>("Pod", { ...(pod as Pod), status: { phase: "Failed" } }),
    );
    run.run(3);
    expect(status(run)?.readyReplicas).toBe(1);
    expect(pods(run)).toHaveLength(2);
  });
});

describe("a ReplicationController", () => {
  it("keeps its pods by a plain selector", () => {
    const run = new SmallCluster([replicationController]);
    run.create({
      apiVersion: "v1",
      kind: "ReplicationController",
      metadata: { name: "rc", namespace: "default" },
      spec: {
        replicas: 2,
        selector: { app: "rc" },
        template: {
          metadata: { labels: { app: "rc" } },
          spec: { containers: [{ name: "main", image: "x" }] },
        },
      },
    });
    run.run(3);
    expect(run.get<any>("ReplicationController", "rc").status).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
  });
});
