import { timestamp } from "../../../sim/api/meta/time.ts";
import type { Cluster, ClusterConfig } from "../../../sim/cluster.ts";

/** What is done to a cluster, and when, in seconds. */
type Step = readonly [at: number, work: (cluster: Cluster) => void];

/** A small story that gives a controller work, and after which the cluster comes to rest. */
export interface World {
  readonly config?: Partial<ClusterConfig>;
  readonly steps: readonly Step[];
  /** When the cluster has been at rest for a while. */
  readonly until: number;
  /** What has to be the same in the end, where that is not the whole state. */
  readonly state?: (cluster: Cluster) => unknown;
  /** Whether the controller writes now and then although nothing changes: its own measurements. */
  readonly restless?: boolean;
}

const LABELS = { app: "web" };
const CONTAINERS = [
  { name: "main", image: "web:1", resources: { requests: { cpu: "100m", memory: "16Mi" } } },
];

export function create(cluster: Cluster, kind: string, object: object): any {
  return cluster.api.create(kind, { apiVersion: "", kind, ...object } as never);
}

function named(name: string, more: object = {}): { name: string; namespace: string } {
  return { name, namespace: "default", ...more };
}

function edit(cluster: Cluster, kind: string, key: string, change: (object: any) => any): void {
  cluster.api.update(kind, change(cluster.store.get(kind, key)));
}

function editSpec(kind: string, key: string, change: (spec: any) => object): Step[1] {
  return (cluster) =>
    edit(cluster, kind, key, (object) => ({ ...object, spec: change(object.spec) }));
}

function remove(kind: string, key: string, options: object = {}): Step[1] {
  return (cluster) => void cluster.api.delete(kind, key, options);
}

function template(spec: object = {}, annotations: object = {}): object {
  return {
    metadata: { labels: LABELS, annotations },
    spec: { terminationGracePeriodSeconds: 5, containers: CONTAINERS, ...spec },
  };
}

function workload(
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

const image = (text: string) => (spec: any) => ({
  ...spec,
  template: {
    ...spec.template,
    spec: { ...spec.template.spec, containers: [{ ...CONTAINERS[0], image: text }] },
  },
});

const service: Step[1] = (cluster) =>
  create(cluster, "Service", {
    metadata: named("web"),
    spec: { selector: LABELS, ports: [{ port: 80 }] },
  });

const rollout: World = {
  steps: [
    [1, service],
    [2, workload("Deployment", 3)],
    [12, editSpec("Deployment", "default/web", image("web:2"))],
    [30, editSpec("Deployment", "default/web", (spec) => ({ ...spec, replicas: 2 }))],
  ],
  until: 150,
};

function node(change: (node: any) => any, name = "node-1"): Step[1] {
  return (cluster) => edit(cluster, "Node", name, change);
}

const taint = (key: string): Step[1] =>
  node((object) => ({
    ...object,
    spec: { ...object.spec, taints: [{ key, effect: "NoExecute" }] },
  }));

const claim =
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

const storageClass: Step[1] = (cluster) =>
  create(cluster, "StorageClass", { metadata: { name: "fast" }, provisioner: "disk.example" });

const volumeUser = template({
  volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }],
});

const provisioned: World = {
  steps: [
    [1, storageClass],
    [2, claim("data", { storageClassName: "fast" })],
    [3, workload("Deployment", 1, {}, volumeUser)],
    [20, remove("Deployment", "default/web", { propagationPolicy: "Background" })],
    [25, remove("PersistentVolumeClaim", "default/data")],
    [26, claim("more", { storageClassName: "fast" })],
  ],
  until: 150,
};

function metrics(cluster: Cluster): void {
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

function settings(name: string, config: string): Step[1] {
  return (cluster) =>
    create(cluster, "ConfigMap", {
      metadata: { name, namespace: "kube-system" },
      data: { config },
    });
}

const runningPods = (cluster: Cluster): number =>
  ([...cluster.store.objects("Pod").values()] as any[]).filter(
    ({ status, metadata }) => status?.phase === "Running" && !metadata.deletionTimestamp,
  ).length;

const nodeCount = (cluster: Cluster): unknown => ({
  nodes: cluster.store.objects("Node").size,
  running: runningPods(cluster),
});

const POOL = "nodeGroups: [{name: pool, max: 4, startup: 20s, capacity: {cpu: '2', memory: 4Gi}}]";
const job =
  (more: object): Step[1] =>
  (cluster) =>
    create(cluster, "Job", {
      metadata: named("work"),
      spec: {
        template: template({ restartPolicy: "Never" }, { "fake/run-seconds": "3" }),
        ...more,
      },
    });

/** A world for every controller that is registered, by its name. */
export const worlds: Readonly<Record<string, World>> = {
  "garbage-collector-controller": {
    steps: [
      [1, workload("Deployment", 3)],
      [10, remove("Deployment", "default/web", { propagationPolicy: "Foreground" })],
      [20, workload("Deployment", 2)],
      [30, remove("Deployment", "default/web", { propagationPolicy: "Background" })],
      [40, workload("Deployment", 2)],
      [50, remove("Deployment", "default/web", { propagationPolicy: "Orphan" })],
    ],
    until: 150,
  },
  "node-lifecycle-controller": {
    steps: [
      [
        1,
        workload(
          "Deployment",
          4,
          {},
          template({
            tolerations: [{ operator: "Exists", effect: "NoExecute", tolerationSeconds: 20 }],
          }),
        ),
      ],
      [20, (cluster) => cluster.nodes.pause("node-1")],
      [
        30,
        (cluster) =>
          edit(cluster, "Node", "node-2", (object) => ({
            ...object,
            spec: { ...object.spec, unschedulable: true },
          })),
      ],
    ],
    until: 400,
  },
  "taint-eviction-controller": {
    steps: [
      [1, workload("Deployment", 4)],
      [
        2,
        workload(
          "StatefulSet",
          1,
          { serviceName: "web", selector: { matchLabels: { app: "db" } } },
          {
            metadata: { labels: { app: "db" } },
            spec: {
              containers: CONTAINERS,
              tolerations: [{ operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 }],
            },
          },
        ),
      ],
      // Closed for new pods, or what tolerates the taint for a while would come back for ever.
      [9, node((object) => ({ ...object, spec: { ...object.spec, unschedulable: true } }))],
      [10, taint("maintenance")],
    ],
    until: 150,
  },
  "pod-garbage-collector-controller": {
    steps: [
      [1, workload("Deployment", 4)],
      [10, (cluster) => cluster.nodes.removeNode("node-1")],
    ],
    until: 250,
  },
  "deployment-controller": rollout,
  "replicaset-controller": rollout,
  "endpointslice-controller": rollout,
  "endpoints-controller": rollout,
  "replicationcontroller-controller": {
    steps: [
      [1, workload("ReplicationController", 4)],
      [10, editSpec("ReplicationController", "default/web", (spec) => ({ ...spec, replicas: 1 }))],
    ],
    until: 120,
  },
  "statefulset-controller": {
    steps: [
      [1, workload("StatefulSet", 3, { serviceName: "web" })],
      [15, editSpec("StatefulSet", "default/web", image("web:2"))],
      [40, editSpec("StatefulSet", "default/web", (spec) => ({ ...spec, replicas: 1 }))],
    ],
    until: 200,
  },
  "daemonset-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "DaemonSet", {
            metadata: named("web"),
            spec: { selector: { matchLabels: LABELS }, template: template() },
          }),
      ],
      [10, editSpec("DaemonSet", "default/web", image("web:2"))],
      [12, (cluster) => void cluster.nodes.addNode({ name: "late" })],
    ],
    until: 150,
  },
  "job-controller": { steps: [[1, job({ completions: 4, parallelism: 2 })]], until: 150 },
  "cronjob-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "CronJob", {
            metadata: named("tick"),
            spec: {
              schedule: "* * * * *",
              concurrencyPolicy: "Forbid",
              jobTemplate: {
                spec: {
                  template: template({ restartPolicy: "Never" }, { "fake/run-seconds": "3" }),
                },
              },
            },
          }),
      ],
      [350, editSpec("CronJob", "default/tick", (spec) => ({ ...spec, suspend: true }))],
    ],
    until: 500,
  },
  "namespace-controller": {
    steps: [
      [1, (cluster) => create(cluster, "Namespace", { metadata: { name: "shop" } })],
      [
        2,
        (cluster) =>
          create(cluster, "ConfigMap", { metadata: { name: "a", namespace: "shop" }, data: {} }),
      ],
      [
        3,
        (cluster) =>
          create(cluster, "Deployment", {
            metadata: { name: "web", namespace: "shop" },
            spec: { replicas: 2, selector: { matchLabels: LABELS }, template: template() },
          }),
      ],
      [10, remove("Namespace", "shop")],
    ],
    until: 200,
  },
  "serviceaccount-controller": {
    steps: [
      [1, (cluster) => create(cluster, "Namespace", { metadata: { name: "shop" } })],
      [5, remove("ServiceAccount", "default/default")],
    ],
    until: 100,
  },
  "root-ca-certificate-publisher-controller": {
    steps: [
      [1, (cluster) => create(cluster, "Namespace", { metadata: { name: "shop" } })],
      [5, remove("ConfigMap", "default/kube-root-ca.crt")],
    ],
    until: 100,
  },
  "disruption-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "PodDisruptionBudget", {
            metadata: named("web"),
            spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } },
          }),
      ],
      [2, workload("Deployment", 3)],
      [20, editSpec("Deployment", "default/web", (spec) => ({ ...spec, replicas: 5 }))],
    ],
    until: 120,
  },
  "ttl-controller": {
    steps: [[5, (cluster) => void cluster.nodes.addNode({ name: "late-{i}", count: 3 })]],
    until: 100,
  },
  "ttl-after-finished-controller": {
    steps: [[1, job({ ttlSecondsAfterFinished: 5 })]],
    until: 120,
  },
  "clusterrole-aggregation-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "ClusterRole", {
            metadata: { name: "all" },
            aggregationRule: { clusterRoleSelectors: [{ matchLabels: LABELS }] },
          }),
      ],
      [
        2,
        (cluster) =>
          create(cluster, "ClusterRole", {
            metadata: { name: "one", labels: LABELS },
            rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
          }),
      ],
      [
        3,
        (cluster) =>
          create(cluster, "ClusterRole", {
            metadata: { name: "two", labels: LABELS },
            rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }],
          }),
      ],
      [6, remove("ClusterRole", "one")],
    ],
    until: 100,
  },
  "persistentvolumeclaim-protection-controller": provisioned,
  "persistentvolume-protection-controller": provisioned,
  "persistentvolume-binder-controller": provisioned,
  "persistentvolume-attach-detach-controller": provisioned,
  "volume-provisioner": provisioned,
  "volume-attacher": provisioned,
  "volumeattributesclass-protection-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "VolumeAttributesClass", {
            metadata: { name: "gold" },
            driverName: "disk.example",
            parameters: { iops: "1" },
          }),
      ],
      [5, remove("VolumeAttributesClass", "gold")],
    ],
    until: 100,
  },
  "node-ipam-controller": {
    steps: [[5, (cluster) => void cluster.nodes.addNode({ name: "late-{i}", count: 3 })]],
    until: 100,
    state: (cluster) =>
      new Set([...cluster.store.objects("Node").values()].map(({ spec }) => (spec as any).podCIDR))
        .size,
  },
  "horizontal-pod-autoscaler-controller": {
    steps: [
      [1, metrics],
      [1, workload("Deployment", 2)],
      [
        3,
        (cluster) =>
          create(cluster, "HorizontalPodAutoscaler", {
            metadata: named("web"),
            spec: {
              scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
              minReplicas: 2,
              maxReplicas: 6,
              metrics: [
                {
                  type: "Resource",
                  resource: {
                    name: "cpu",
                    target: { type: "Utilization", averageUtilization: 50 },
                  },
                },
              ],
            },
          }),
      ],
    ],
    until: 400,
  },
  "resourceclaim-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "ResourceClaimTemplate", {
            metadata: named("gpu"),
            spec: {
              spec: { devices: { requests: [{ name: "g", exactly: { deviceClassName: "gpu" } }] } },
            },
          }),
      ],
      [
        2,
        workload(
          "Deployment",
          2,
          {},
          template({ resourceClaims: [{ name: "dev", resourceClaimTemplateName: "gpu" }] }),
        ),
      ],
    ],
    until: 100,
  },
  "resourcequota-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "ResourceQuota", {
            metadata: named("q"),
            spec: { hard: { pods: "5", "requests.cpu": "1", "count/configmaps": "9" } },
          }),
      ],
      [2, workload("Deployment", 3)],
      [12, editSpec("Deployment", "default/web", (spec) => ({ ...spec, replicas: 1 }))],
    ],
    until: 100,
  },
  "cluster-autoscaler": {
    config: { nodes: [{ name: "base", capacity: { cpu: "2", memory: "4Gi" } }] },
    steps: [
      [1, settings("cluster-autoscaler", POOL)],
      [
        2,
        workload(
          "Deployment",
          6,
          {},
          template({
            containers: [
              { name: "main", image: "web:1", resources: { requests: { cpu: "900m" } } },
            ],
          }),
        ),
      ],
    ],
    until: 300,
    state: nodeCount,
  },
  consolidation: {
    config: {
      nodes: [
        {
          name: "pool-{i}",
          count: 3,
          capacity: { cpu: "2", memory: "4Gi" },
          labels: { "ksim.dev/node-group": "pool" },
        },
      ],
    },
    steps: [
      [1, settings("consolidation", POOL)],
      [2, workload("Deployment", 4)],
    ],
    until: 600,
    state: nodeCount,
  },
  descheduler: {
    steps: [
      [1, settings("descheduler", "{interval: 30s, strategies: [{name: RemoveDuplicates}]}")],
      [
        1,
        (cluster) => {
          for (const name of ["node-2", "node-3"])
            edit(cluster, "Node", name, (object) => ({
              ...object,
              spec: { ...object.spec, unschedulable: true },
            }));
        },
      ],
      [3, workload("Deployment", 3)],
      [
        10,
        (cluster) => {
          for (const name of ["node-2", "node-3"])
            edit(cluster, "Node", name, (object) => ({
              ...object,
              spec: { ...object.spec, unschedulable: false },
            }));
        },
      ],
    ],
    until: 200,
    state: (cluster) =>
      ([...cluster.store.objects("Pod").values()] as any[]).map(({ spec }) => spec.nodeName).sort(),
  },
  "vertical-pod-autoscaler": {
    steps: [
      [1, metrics],
      [2, workload("Deployment", 3)],
      [
        3,
        (cluster) =>
          create(cluster, "VerticalPodAutoscaler.autoscaling.k8s.io", {
            apiVersion: "autoscaling.k8s.io/v1",
            metadata: named("web"),
            spec: {
              targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
              updatePolicy: { updateMode: "Recreate" },
            },
          }),
      ],
    ],
    until: 600,
    state: (cluster) =>
      ([...cluster.store.objects("Pod").values()] as any[]).map(
        ({ spec }) => spec.containers[0].resources.requests.cpu,
      ),
    restless: true,
  },
};
