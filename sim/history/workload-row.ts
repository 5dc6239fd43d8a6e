import { findCondition } from "../api/meta/conditions.ts";
import type { Key, KubeObject } from "../api/object.ts";
import type { DaemonSet, Deployment, Job, StatefulSet } from "../api/types.gen.ts";

/** Kinds that people deploy and views show. */
export type WorkloadKind = "Deployment" | "StatefulSet" | "DaemonSet" | "Job";

/** A workload as a view shows it. */
export interface WorkloadRow {
  readonly kind: WorkloadKind;
  readonly key: Key;
  /** Replicas that are ready; of a Job, completions. */
  readonly there: number;
  readonly wanted: number;
  /** What keeps it from being whole, where its status says so. */
  readonly trouble: string;
}

type Facts = Omit<WorkloadRow, "kind" | "key">;

const factsOf: Readonly<Record<WorkloadKind, (object: KubeObject) => Facts>> = {
  Deployment: (object) => {
    const { spec, status } = object as unknown as Deployment;
    const progress = findCondition(status?.conditions ?? [], "Progressing");
    const trouble = progress?.status === "False" ? (progress.reason ?? "") : "";
    return { there: status?.readyReplicas ?? 0, wanted: spec?.replicas ?? 1, trouble };
  },
  StatefulSet: (object) => {
    const { spec, status } = object as unknown as StatefulSet;
    return { there: status?.readyReplicas ?? 0, wanted: spec?.replicas ?? 1, trouble: "" };
  },
  DaemonSet: (object) => {
    const { status } = object as unknown as DaemonSet;
    const wanted = status?.desiredNumberScheduled ?? 0;
    return { there: status?.numberReady ?? 0, wanted, trouble: "" };
  },
  Job: (object) => {
    const { spec, status } = object as unknown as Job;
    const failed = findCondition(status?.conditions ?? [], "Failed");
    const trouble = failed?.status === "True" ? (failed.reason ?? "Failed") : "";
    return { there: status?.succeeded ?? 0, wanted: spec?.completions ?? 1, trouble };
  },
};

/** Whether a kind is one that views show as a workload. */
export function isWorkload(kind: string): kind is WorkloadKind {
  return kind in factsOf;
}

/** A workload's row. */
export function workloadRow(kind: WorkloadKind, object: KubeObject): WorkloadRow {
  const { namespace = "", name } = object.metadata;
  return { kind, key: `${namespace}/${name}`, ...factsOf[kind](object) };
}

/** Whether nothing is missing and nothing is wrong. */
export function isWhole({ there, wanted, trouble }: WorkloadRow): boolean {
  return there >= wanted && trouble === "";
}
