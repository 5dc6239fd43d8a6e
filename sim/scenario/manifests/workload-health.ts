import { matchesSelector } from "../../api/meta/selector.ts";
import type { KubeObject } from "../../api/object.ts";
import type {
  CronJob,
  DaemonSet,
  Deployment,
  Event,
  HorizontalPodAutoscaler,
  Job,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  StatefulSet,
} from "../../api/types.gen.ts";
import type { StateView } from "../expect/state-view.ts";
import type { Health, HealthRule } from "./health-rule.ts";
import { troubleAmong } from "./pod-health.ts";

function conditionOf(
  object: KubeObject,
  type: string,
): { status: string; message?: string; reason?: string } | undefined {
  const conditions = (
    object.status as
      | { conditions?: { type: string; status: string; message?: string; reason?: string }[] }
      | undefined
  )?.conditions;
  return conditions?.find((one) => one.type === type);
}

/** The newest warning about an object. */
export function warningAbout(object: KubeObject, view: StateView): string | undefined {
  let found: string | undefined;
  for (const one of view.list("Event")) {
    const { involvedObject, type, message } = one as Event;
    if (type === "Warning" && involvedObject.uid === object.metadata.uid) found = message;
  }
  return found;
}

/** Ready out of wanted; where some are missing, why. */
function replicas(object: KubeObject, view: StateView, ready: number, wanted: number): Health {
  if (ready >= wanted) return { state: "fine", why: `${ready}/${wanted} ready` };
  const { selector } = object.spec as { selector?: Parameters<typeof matchesSelector>[0] };
  const matches = matchesSelector(selector);
  const { namespace } = object.metadata;
  const pods = troubleAmong(
    view,
    ({ metadata }: Pod) => metadata.namespace === namespace && matches(metadata.labels),
  );
  const why =
    conditionOf(object, "ReplicaFailure")?.message ??
    pods ??
    warningAbout(object, view) ??
    "no pods yet";
  return {
    state: /^starting|^waits/.test(why) ? "waiting" : "failing",
    why: `${ready}/${wanted} ready: ${why}`,
  };
}

function jobHealth(job: Job, view: StateView): Health {
  if (conditionOf(job, "Complete")?.status === "True") return { state: "fine", why: "complete" };
  const failed = conditionOf(job, "Failed");
  if (failed?.status === "True")
    return {
      state: "failing",
      why: `failed: ${failed.reason ?? ""} ${failed.message ?? ""}`.trim(),
    };
  if (conditionOf(job, "Suspended")?.status === "True")
    return { state: "stored", why: "suspended" };
  const trouble = troubleAmong(
    view,
    ({ metadata }) =>
      metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid) === true,
  );
  const done = `${job.status?.succeeded ?? 0}/${job.spec?.completions ?? 1} complete`;
  if (trouble !== undefined) return { state: "failing", why: `${done}: ${trouble}` };
  const { active = 0, succeeded = 0, failed: failures = 0 } = job.status ?? {};
  const why = `${done}, ${active} active`;
  // Who comes from a cluster expects its command to be run, and its pods to end.
  return active === 0 || succeeded + failures > 0 || declaresItsEnd(job)
    ? { state: "waiting", why }
    : {
        state: "waiting",
        why: `${why}; containers run until something declares their end, like the template's annotation ksim.dev/exits: "{after: 10s}"`,
      };
}

function declaresItsEnd({ spec }: Job): boolean {
  const names = Object.keys(spec?.template.metadata?.annotations ?? {});
  return names.some((name) => /^ksim\.dev\/(.+\.)?exits$/.test(name));
}

/** Kinds that make pods, or act on those that do. */
export const workloadHealth: Readonly<Record<string, HealthRule>> = {
  Deployment: (object, view) => {
    const { spec, status } = object as Deployment;
    return replicas(object, view, status?.availableReplicas ?? 0, spec?.replicas ?? 1);
  },
  ReplicaSet: (object, view) => {
    const { spec, status } = object as ReplicaSet;
    return replicas(object, view, status?.readyReplicas ?? 0, spec?.replicas ?? 1);
  },
  ReplicationController: (object, view) => {
    const { spec, status } = object as {
      spec?: { replicas?: number; selector?: Record<string, string> };
      status?: { readyReplicas?: number };
    };
    const selected = {
      ...object,
      spec: { ...spec, selector: { matchLabels: spec?.selector ?? {} } },
    };
    return replicas(selected, view, status?.readyReplicas ?? 0, spec?.replicas ?? 1);
  },
  StatefulSet: (object, view) => {
    const { spec, status } = object as StatefulSet;
    return replicas(object, view, status?.readyReplicas ?? 0, spec?.replicas ?? 1);
  },
  DaemonSet: (object, view) => {
    const { status } = object as DaemonSet;
    const wanted = status?.desiredNumberScheduled ?? 0;
    if (wanted === 0) return { state: "waiting", why: "no node is eligible" };
    return replicas(object, view, status?.numberReady ?? 0, wanted);
  },
  Job: (object, view) => jobHealth(object as Job, view),
  CronJob: (object) => {
    const { spec, status } = object as CronJob;
    if (spec?.suspend === true) return { state: "stored", why: "suspended" };
    const last =
      status?.lastScheduleTime === undefined
        ? "has not run yet"
        : `ran last at ${status.lastScheduleTime}`;
    return { state: "fine", why: `schedule ${spec?.schedule ?? ""}, ${last}` };
  },
  HorizontalPodAutoscaler: (object) => {
    const { status, spec } = object as HorizontalPodAutoscaler;
    const active = conditionOf(object, "ScalingActive") ?? conditionOf(object, "AbleToScale");
    if (active?.status === "False")
      return { state: "failing", why: active.message ?? active.reason ?? "cannot scale" };
    return {
      state: "fine",
      why: `${status?.currentReplicas ?? 0} replicas, between ${spec?.minReplicas ?? 1} and ${spec?.maxReplicas ?? 1}`,
    };
  },
  PodDisruptionBudget: (object) => {
    const { status } = object as PodDisruptionBudget;
    return {
      state: "fine",
      why: `${status?.currentHealthy ?? 0} healthy of ${status?.expectedPods ?? 0}, ${status?.disruptionsAllowed ?? 0} disruptions allowed`,
    };
  },
};
