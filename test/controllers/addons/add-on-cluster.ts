import { type Cluster, type ClusterConfig, createCluster } from "../../../sim/cluster.ts";
import { SECOND } from "../../../sim/engine/time.ts";

/** A whole cluster with an add-on. */
export function clusterWith(addOn: string, config: Partial<ClusterConfig>): Cluster {
  return createCluster({
    seed: "add-on",
    detail: "changes",
    nodes: [],
    pace: { eventObjects: true },
    ...config,
    controllers: { enable: [addOn] },
  });
}

/** Runs until a time in seconds. */
export function at(cluster: Cluster, seconds: number): Cluster {
  cluster.runUntil(Math.round(seconds * SECOND));
  return cluster;
}

/** Writes an add-on's settings. */
export function configure(cluster: Cluster, name: string, config: string): void {
  create(cluster, "ConfigMap", { metadata: { name, namespace: "kube-system" }, data: { config } });
}

export function create(cluster: Cluster, kind: string, object: object): any {
  return cluster.api.create(kind, { apiVersion: "", kind, ...object } as never);
}

/** A Deployment of small pods. */
export function deployment(
  cluster: Cluster,
  name: string,
  replicas: number,
  cpu: string,
  spec: object = {},
): void {
  const labels = { app: name };
  const containers = [
    { name: "main", image: "web:1", resources: { requests: { cpu, memory: "64Mi" } } },
  ];
  create(cluster, "Deployment", {
    metadata: { name, namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers, ...spec } },
    },
  });
}

export function scale(cluster: Cluster, name: string, replicas: number): void {
  const before = cluster.store.get("Deployment", `default/${name}`) as any;
  cluster.api.update("Deployment", { ...before, spec: { ...before.spec, replicas } });
}

export function nodes(cluster: Cluster): string[] {
  return [...cluster.store.objects("Node").values()].map(({ metadata }) => metadata.name).sort();
}

/** Where running pods are, by name of the node. */
export function placement(cluster: Cluster): Record<string, number> {
  const count: Record<string, number> = {};
  for (const pod of cluster.store.objects("Pod").values() as Iterable<any>) {
    if (pod.status?.phase === "Running" && pod.metadata.deletionTimestamp === undefined)
      count[pod.spec.nodeName] = (count[pod.spec.nodeName] ?? 0) + 1;
  }
  return count;
}

/** `reason message` of all EventRecords of a reason. */
export function events(cluster: Cluster, reason: string): string[] {
  return ([...cluster.store.objects("Event").values()] as any[])
    .filter((event) => event.reason === reason)
    .map(({ message }) => message);
}
