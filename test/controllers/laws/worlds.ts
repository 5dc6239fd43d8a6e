import { addOnWorlds } from "./add-on-worlds.ts";
import { claimWorlds } from "./claim-worlds.ts";
import { credentialWorlds } from "./credential-worlds.ts";
import {
  CONTAINERS,
  create,
  edit,
  editSpec,
  image,
  job,
  LABELS,
  metrics,
  named,
  node,
  remove,
  type Step,
  service,
  taint,
  template,
  type World,
  workload,
} from "./parts.ts";
import { volumeWorlds } from "./volume-worlds.ts";

const range =
  (name: string, cidr: string): Step[1] =>
  (cluster) =>
    create(cluster, "ServiceCIDR", { metadata: { name }, spec: { cidrs: [cidr] } });

const rollout: World = {
  steps: [
    [1, service],
    [2, workload("Deployment", 3)],
    [12, editSpec("Deployment", "default/web", image("web:2"))],
    [30, editSpec("Deployment", "default/web", (spec) => ({ ...spec, replicas: 2 }))],
  ],
  until: 150,
};

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
  "service-cidr-controller": {
    steps: [
      [1, range("more", "10.9.0.0/24")],
      [2, range("spare", "10.9.0.0/28")],
      [
        10,
        (cluster) =>
          create(cluster, "Service", {
            metadata: named("web"),
            spec: { clusterIP: "10.9.0.77", ports: [{ port: 80 }] },
          }),
      ],
      [15, remove("ServiceCIDR", "more")],
      [16, remove("ServiceCIDR", "spare")],
      [40, remove("Service", "default/web")],
    ],
    until: 120,
  },
  "endpointslice-mirroring-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "Service", { metadata: named("db"), spec: { ports: [{ port: 5432 }] } }),
      ],
      [
        2,
        (cluster) =>
          create(cluster, "Endpoints", {
            metadata: named("db"),
            subsets: [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 5432 }] }],
          }),
      ],
      [
        10,
        (cluster) =>
          edit(cluster, "Endpoints", "default/db", (object) => ({
            ...object,
            subsets: [{ addresses: [{ ip: "192.0.2.2" }], ports: [{ port: 5433 }] }],
          })),
      ],
    ],
    until: 100,
  },
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
  ...credentialWorlds,
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
  "validatingadmissionpolicy-status-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "ValidatingAdmissionPolicy", {
            metadata: { name: "policy" },
            spec: {
              matchConstraints: {
                resourceRules: [
                  {
                    apiGroups: ["apps"],
                    apiVersions: ["v1"],
                    resources: ["deployments"],
                    operations: ["CREATE"],
                  },
                ],
              },
              validations: [{ expression: "object.spec.replicas < '1'" }],
            },
          }),
      ],
    ],
    until: 100,
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
  ...claimWorlds,
  ...volumeWorlds,
  ...addOnWorlds,
};
