import { timestamp } from "../../../sim/api/meta/time.ts";
import type { Cluster, ClusterConfig } from "../../../sim/cluster.ts";

/** What is done to a cluster, and when, in seconds. */
export type Step = readonly [at: number, work: (cluster: Cluster) => void];

/** A small story that gives a controller work, and after which the cluster comes to rest. */
export interface World {
  readonly config?: Partial<ClusterConfig>;
  readonly steps: readonly Step[];
  /** When the cluster has been at rest for a while. */
  readonly until: number;
  /** What has to be the same in the end, where that is not the whole state. */
  readonly state?: (cluster: Cluster) => unknown;
  /** Kind whose objects are written now and then although nothing changes: the measurements of the controller itself. */
  readonly restless?: string;
}

export const LABELS = { app: "web" };
export const CONTAINERS = [
  { name: "main", image: "web:1", resources: { requests: { cpu: "100m", memory: "16Mi" } } },
];

export function create(cluster: Cluster, kind: string, object: object): any {
  return cluster.api.create(kind, { apiVersion: "", kind, ...object } as never);
}

export function named(name: string, more: object = {}): { name: string; namespace: string } {
  return { name, namespace: "default", ...more };
}

export function edit(
  cluster: Cluster,
  kind: string,
  key: string,
  change: (object: any) => any,
): void {
  cluster.api.update(kind, change(cluster.store.get(kind, key)));
}

export function editSpec(kind: string, key: string, change: (spec: any) => object): Step[1] {
  return (cluster) =>
    edit(cluster, kind, key, (object) => ({ ...object, spec: change(object.spec) }));
}

export function remove(kind: string, key: string, options: object = {}): Step[1] {
  return (cluster) => void cluster.api.delete(kind, key, options);
}

export function template(spec: object = {}, annotations: object = {}): object {
  return {
    metadata: { labels: LABELS, annotations },
    spec: { terminationGracePeriodSeconds: 5, containers: CONTAINERS, ...spec },
  };
}

export function workload(
  kind: string,
  replicas: number,
  more: object = {},
  pod: object = template(),
): Step[1] {
  return (cluster) => {
    const selector = kind === "ReplicationController" ? LABELS : { matchLabels: LABELS };
    create(cluster, kind, {
      metadata: named("web"),
      spec: { replicas, selector, template: pod, ...more },
    });
  };
}

export const image = (text: string) => (spec: any) => ({
  ...spec,
  template: {
    ...spec.template,
    spec: { ...spec.template.spec, containers: [{ ...CONTAINERS[0], image: text }] },
  },
});

export const service: Step[1] = (cluster) =>
  create(cluster, "Service", {
    metadata: named("web"),
    spec: { selector: LABELS, ports: [{ port: 80 }] },
  });

export function node(change: (node: any) => any, name = "node-1"): Step[1] {
  return (cluster) => edit(cluster, "Node", name, change);
}

export const taint = (key: string): Step[1] =>
  node((object) => ({
    ...object,
    spec: { ...object.spec, taints: [{ key, effect: "NoExecute" }] },
  }));

export const claim =
  (name: string, spec: object = {}): Step[1] =>
  (cluster) =>
    create(cluster, "PersistentVolumeClaim", {
      metadata: named(name),
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
        ...spec,
      },
    });

export const storageClass: Step[1] = (cluster) =>
  create(cluster, "StorageClass", { metadata: { name: "fast" }, provisioner: "disk.example" });

export function metrics(cluster: Cluster): void {
  const of = (key: string): any => {
    const pod = cluster.store.get("Pod", key);
    const containers = [{ name: "main", usage: { cpu: "120m", memory: "20Mi" } }];
    return (
      pod && {
        metadata: pod.metadata,
        timestamp: timestamp(cluster.now),
        window: "15s",
        containers,
      }
    );
  };
  cluster.virtual.provide("PodMetrics", { get: of, list: () => [] });
}

export function settings(name: string, config: string): Step[1] {
  return (cluster) =>
    create(cluster, "ConfigMap", {
      metadata: { name, namespace: "kube-system" },
      data: { config },
    });
}

export const runningPods = (cluster: Cluster): number =>
  ([...cluster.store.objects("Pod").values()] as any[]).filter(
    ({ status, metadata }) => status?.phase === "Running" && !metadata.deletionTimestamp,
  ).length;

export const nodeCount = (cluster: Cluster): unknown => ({
  nodes: cluster.store.objects("Node").size,
  running: runningPods(cluster),
});

export const POOL =
  "nodeGroups: [{name: pool, max: 4, startup: 20s, capacity: {cpu: '2', memory: 4Gi}}]";
export const job =
  (more: object): Step[1] =>
  (cluster) =>
    create(cluster, "Job", {
      metadata: named("work"),
      spec: {
        template: template({ restartPolicy: "Never" }, { "fake/run-seconds": "3" }),
        ...more,
      },
    });
