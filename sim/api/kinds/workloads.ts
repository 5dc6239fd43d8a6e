import { autoscalerFromV1, autoscalerToV1 } from "./autoscaling-defaults.ts";
import { describeKind, type KindDescriptor, type KindFacts } from "./descriptor.ts";
import { readWithZero } from "./fields.ts";

const facts: readonly KindFacts[] = [
  {
    kind: "Deployment",
    group: "apps",
    plural: "deployments",
    short: ["deploy"],
    categories: ["all"],
    hasGeneration: true,
    subresources: ["scale", "status"],
  },
  {
    kind: "ReplicaSet",
    group: "apps",
    plural: "replicasets",
    short: ["rs"],
    categories: ["all"],
    hasGeneration: true,
    subresources: ["scale", "status"],
    selectableFields: { "status.replicas": readWithZero("status.replicas", "0") },
  },
  {
    kind: "StatefulSet",
    group: "apps",
    plural: "statefulsets",
    short: ["sts"],
    categories: ["all"],
    hasGeneration: true,
    subresources: ["scale", "status"],
  },
  {
    kind: "DaemonSet",
    group: "apps",
    plural: "daemonsets",
    short: ["ds"],
    categories: ["all"],
    hasGeneration: true,
    subresources: ["status"],
  },
  { kind: "ControllerRevision", group: "apps", plural: "controllerrevisions" },
  {
    kind: "Job",
    group: "batch",
    plural: "jobs",
    categories: ["all"],
    hasGeneration: true,
    subresources: ["status"],
    selectableFields: { "status.successful": readWithZero("status.succeeded", "0") },
  },
  {
    kind: "CronJob",
    group: "batch",
    plural: "cronjobs",
    short: ["cj"],
    categories: ["all"],
    hasGeneration: true,
    subresources: ["status"],
  },
  {
    kind: "HorizontalPodAutoscaler",
    group: "autoscaling",
    version: "v2",
    plural: "horizontalpodautoscalers",
    short: ["hpa"],
    categories: ["all"],
    subresources: ["status"],
    otherVersions: [
      {
        group: "autoscaling",
        version: "v1",
        type: "autoscaling.v1.HorizontalPodAutoscaler",
        toStored: autoscalerFromV1,
        fromStored: autoscalerToV1,
      },
    ],
  },
  {
    kind: "PodDisruptionBudget",
    unconditionalUpdate: false,
    group: "policy",
    plural: "poddisruptionbudgets",
    short: ["pdb"],
    hasGeneration: true,
    subresources: ["status"],
  },
];

/** Workloads and what steers them: apps, batch, autoscaling, policy. */
export const workloadKinds: readonly KindDescriptor[] = facts.map(describeKind);
