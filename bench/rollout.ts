import type { Deployment, Pod } from "../sim/api/types.gen.ts";
import { type Cluster, createCluster } from "../sim/cluster.ts";
import { MINUTE, SECOND } from "../sim/engine/time.ts";
import { assertWork, perSecond, report, rssMiB, timed } from "./report.ts";

/** Every pod of many Deployments replaced by one of a new revision, by rolling updates. */
export function run(): void {
  roll("warm-up", 20, 20, 50);
  roll("500 Deployments x 20 replicas", 500, 20, 1_000);
}

function roll(name: string, deployments: number, replicas: number, nodes: number): void {
  const cluster = createCluster({
    seed: "bench",
    detail: "digest",
    pace: "fast",
    nodes: [
      { count: nodes, name: "node-{i}", capacity: { cpu: "64", memory: "256Gi", pods: "110" } },
    ],
  });
  const total = deployments * replicas;
  for (let at = 0; at < deployments; at++)
    cluster.api.create<Deployment>("Deployment", deployment(`web-${at}`, replicas));
  settle(cluster, total);
  const before = { events: cluster.engine.fired, writes: cluster.store.revision };
  const { seconds, cpuSeconds } = timed(() => {
    for (let at = 0; at < deployments; at++) update(cluster, `default/web-${at}`);
    settle(cluster, total);
  });
  assertWork("pods of the new revision", readyOf(cluster, "web:2"), total);
  assertWork("pods of the old revision", countOf(cluster, "web:1"), 0);
  if (name === "warm-up") return;
  const writes = cluster.store.revision - before.writes;
  report({
    bench: "rollout",
    case: name,
    nodes,
    wallSeconds: Number(seconds.toFixed(2)),
    podsPerSecond: perSecond(total, seconds),
    cpuSeconds,
    podsPerCpuSecond: perSecond(total, cpuSeconds),
    events: cluster.engine.fired - before.events,
    writesPerPod: Number((writes / total).toFixed(2)),
    virtualSeconds: Math.round(cluster.now / SECOND),
    rssMiB: rssMiB(),
  });
}

/** Runs until every Deployment says that its rollout is complete, and no other pods are left. */
function settle(cluster: Cluster, total: number): void {
  for (let limit = cluster.now + SECOND; limit < 30 * MINUTE; limit += SECOND) {
    cluster.runUntil(limit);
    if (cluster.store.objects("Pod").size === total && isComplete(cluster)) return;
  }
}

function isComplete(cluster: Cluster): boolean {
  for (const object of cluster.store.objects("Deployment").values()) {
    const { metadata, spec, status } = object as unknown as Deployment;
    const { replicas } = spec;
    if (status?.observedGeneration !== metadata.generation) return false;
    if (status?.updatedReplicas !== replicas || status?.availableReplicas !== replicas)
      return false;
  }
  return true;
}

function update(cluster: Cluster, key: string): void {
  const before = cluster.store.get("Deployment", key) as unknown as Deployment;
  const { template } = before.spec;
  cluster.api.update<Deployment>("Deployment", {
    ...before,
    spec: {
      ...before.spec,
      template: { ...template, spec: { containers: [{ name: "main", image: "web:2" }] } },
    },
  });
}

function countOf(cluster: Cluster, image: string): number {
  let count = 0;
  for (const pod of cluster.store.objects("Pod").values())
    if ((pod as unknown as Pod).spec.containers[0]?.image === image) count++;
  return count;
}

function readyOf(cluster: Cluster, image: string): number {
  let ready = 0;
  for (const object of cluster.store.objects("Pod").values()) {
    const { spec, status } = object as unknown as Pod;
    if (spec.containers[0]?.image !== image) continue;
    for (const { type, status: value } of status?.conditions ?? [])
      if (type === "Ready" && value === "True") ready++;
  }
  return ready;
}

function deployment(
  name: string,
  replicas: number,
): Omit<Deployment, "metadata"> & { metadata: object } {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "main", image: "web:1" }] },
      },
    },
  };
}
