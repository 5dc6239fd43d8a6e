import { describe, expect, it } from "vitest";
import { forbidden } from "../../../sim/api/api-error.ts";
import type { Deployment, Pod, ReplicaSet } from "../../../sim/api/types.gen.ts";
import { templateHash } from "../../../sim/controllers/deployment/revision.ts";
import { deploymentController } from "../../../sim/controllers/deployment.ts";
import { replicaSetController } from "../../../sim/controllers/replica-set.ts";
import { SmallCluster } from "../small-cluster.ts";

const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "main", image }] },
});

function cluster(spec: object = {}, replicas = 3): SmallCluster {
  const made = new SmallCluster([deploymentController, replicaSetController]);
  made.create({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: template("web:1"),
      ...spec,
    },
  });
  return made;
}

function change(of: SmallCluster, spec: object): void {
  of.change<Deployment>("Deployment", "web", (before) => ({
    ...before,
    spec: { ...before.spec, ...spec },
  }));
}

const sets = (of: SmallCluster) => of.objects<ReplicaSet>("ReplicaSet");
const status = (of: SmallCluster) => of.get<Deployment>("Deployment", "web").status;
const progressing = (of: SmallCluster) =>
  status(of)?.conditions?.find(({ type }) => type === "Progressing")?.reason;

describe("a Deployment", () => {
  it("brings up its pods through one ReplicaSet and says so", () => {
    const run = cluster();
    run.run(3);
    expect(status(run)).toMatchObject({ replicas: 3, readyReplicas: 3, observedGeneration: 1 });
    expect(progressing(run)).toBe("NewReplicaSetAvailable");
    expect(sets(run).map(({ spec }) => spec.replicas)).toEqual([3]);
  });

  it("never leaves the fences of a rolling update", () => {
    const run = cluster({}, 10);
    run.run(3);
    change(run, { template: template("web:2") });
    for (let step = 0; step < 200; step++) {
      run.run(0.05);
      const pods = run.objects<Pod>("Pod").filter(({ metadata }) => !metadata.deletionTimestamp);
      const ready = pods.filter(({ status: now }) => now?.phase === "Running");
      expect(pods.length).toBeLessThanOrEqual(13);
      expect(ready.length).toBeGreaterThanOrEqual(8);
    }
    expect(sets(run).map(({ spec }) => spec.replicas)).toEqual([0, 10]);
  });

  it("recreates only when every old pod is gone", () => {
    const run = cluster({ strategy: { type: "Recreate" } });
    run.run(3);
    change(run, { template: template("web:2") });
    run.run(0.5);
    expect(sets(run)).toHaveLength(1);
    run.run(4);
    expect(sets(run).map(({ spec }) => spec.replicas)).toEqual([0, 3]);
  });

  it("goes back to an old revision with a new number and remembers the old one", () => {
    const run = cluster();
    run.run(3);
    change(run, { template: template("web:2") });
    run.run(8);
    change(run, { template: template("web:1") });
    run.run(8);
    const [first] = sets(run);
    expect(first?.spec.replicas).toBe(3);
    expect(first?.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "3",
      "deployment.kubernetes.io/revision-history": "1",
    });
  });

  it("keeps as many old ReplicaSets as its history limit", () => {
    const run = cluster({ revisionHistoryLimit: 1 }, 1);
    for (const image of ["web:2", "web:3", "web:4"]) {
      run.run(4);
      change(run, { template: template(image) });
    }
    run.run(6);
    const images = sets(run).map(({ spec }) => spec.template?.spec?.containers[0]?.image);
    expect(images).toEqual(["web:3", "web:4"]);
  });

  it("scales while it is paused and rolls when it is resumed", () => {
    const run = cluster({}, 2);
    run.run(3);
    change(run, { paused: true, template: template("web:2") });
    run.run(1);
    expect(progressing(run)).toBe("DeploymentPaused");
    change(run, { replicas: 4 });
    run.run(3);
    expect(sets(run).map(({ spec }) => spec.replicas)).toEqual([4]);
    change(run, { paused: false });
    run.run(10);
    expect(sets(run).map(({ spec }) => spec.replicas)).toEqual([0, 4]);
  });

  it("says when a rollout is stuck beyond its deadline, and goes on when it can", () => {
    const run = cluster({ progressDeadlineSeconds: 10 });
    run.run(3);
    run.pods.behave = (pod) =>
      pod.spec.containers[0]?.image === "bad" ? { startDelay: 1e12 } : {};
    change(run, { template: template("bad") });
    run.run(9);
    expect(progressing(run)).toBe("ReplicaSetUpdated");
    run.run(5);
    expect(progressing(run)).toBe("ProgressDeadlineExceeded");
    change(run, { template: template("web:1") });
    run.run(5);
    expect(progressing(run)).toBe("NewReplicaSetAvailable");
  });

  it("asks nothing for as long as a pod is missing of a rollout that succeeded", () => {
    const run = cluster({ progressDeadlineSeconds: 5 });
    run.run(10);
    run.pods.behave = () => ({ startDelay: 1e12 });
    const [pod] = run.objects<Pod>("Pod");
    run.api.delete("Pod", `default/${pod?.metadata.name}`, { gracePeriodSeconds: 0 });
    run.run(10);
    const before = run.engine.journal.seq;
    run.run(100);
    expect(status(run)?.unavailableReplicas).toBe(1);
    expect(run.engine.journal.seq - before).toBe(0);
  });

  it("counts a collision when its ReplicaSet's name is taken, and takes another name", () => {
    const run = new SmallCluster([deploymentController, replicaSetController]);
    const spec = { replicas: 1, selector: { matchLabels: { app: "web" } } };
    const metadata = { name: "web", namespace: "default" };
    run.create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { ...spec, template: template("web:1") },
    });
    const hash = templateHash(run.get<Deployment>("Deployment", "web").spec.template, undefined);
    run.create({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: `web-${hash}`, namespace: "default" },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "other" } },
        template: { metadata: { labels: { app: "other" } }, spec: template("x").spec },
      },
    });
    run.run(3);
    expect(status(run)?.collisionCount).toBe(1);
    expect(status(run)?.readyReplicas).toBe(1);
  });

  it("adopts the ReplicaSet that an orphaning deletion left", () => {
    const run = cluster();
    run.run(3);
    const [set] = sets(run);
    const { ownerReferences: _, ...metadata } = set?.metadata ?? { name: "" };
    run.engine.as("test", 0, () => {
      run.api.delete("Deployment", "default/web");
      run.api.update("ReplicaSet", { ...set, metadata } as never);
    });
    run.run(1);
    run.create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "default" },
      spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: template("web:1") },
    });
    run.run(2);
    expect(sets(run)).toHaveLength(1);
    expect(sets(run)[0]?.metadata.ownerReferences?.[0]?.name).toBe("web");
    expect(run.objects<Pod>("Pod")).toHaveLength(3);
  });

  it("gives up after fifteen tries again, until something changes", () => {
    const run = new SmallCluster([deploymentController]);
    const create = run.api.create.bind(run.api);
    const tried: number[] = [];
    run.api.create = ((kind: string, ...rest: never[]) => {
      if (kind !== "ReplicaSet") return (create as any)(kind, ...rest);
      tried.push(Math.round(run.engine.now / 1e6));
      throw forbidden({ group: "apps", plural: "replicasets" } as never, "x", "no");
    }) as never;
    run.create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "default" },
      spec: { selector: { matchLabels: { app: "web" } }, template: template("web:1") },
    });
    run.run(1000);
    expect(tried.slice(-6)).toEqual([5, 10, 20, 41, 82, 164]);
    const before = tried.length;
    change(run, { template: template("web:2") });
    run.run(1);
    expect(tried.length).toBeGreaterThan(before);
  });
});
