import {
  create,
  edit,
  editSpec,
  metrics,
  named,
  nodeCount,
  POOL,
  settings,
  template,
  type World,
  workload,
} from "./parts.ts";

/** Worlds of the add-ons. */
export const addOnWorlds: Readonly<Record<string, World>> = {
  "cluster-autoscaler": {
    config: { nodes: [{ name: "base", capacity: { cpu: "2", memory: "4Gi" } }] },
    steps: [
      [
        1,
        settings(
          "cluster-autoscaler",
          `${POOL}\nscaleDownUnneededTime: 30s\nscaleDownDelayAfterAdd: 30s\nunremovableNodeRecheckTimeout: 20s`,
        ),
      ],
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
      [120, editSpec("Deployment", "default/web", (spec) => ({ ...spec, replicas: 1 }))],
    ],
    until: 500,
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
    restless: "VerticalPodAutoscaler.autoscaling.k8s.io",
  },
};
