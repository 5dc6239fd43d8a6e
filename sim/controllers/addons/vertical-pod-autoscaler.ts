import { ApiError } from "../../api/api-error.ts";
import type { Client } from "../../api/client.ts";
import { findCondition } from "../../api/meta/conditions.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { milliValue } from "../../api/meta/quantity.ts";
import { timestamp } from "../../api/meta/time.ts";
import type { PodMetrics } from "../../api/metrics-types.ts";
import { type Key, keyOf } from "../../api/object.ts";
import type { Container, CustomResourceDefinition, Pod } from "../../api/types.gen.ts";
import {
  type AutoscalerCondition,
  type ContainerRecommendation,
  policyFor,
  type VerticalPodAutoscaler,
  VPA_KIND,
} from "../../api/vertical-pod-autoscaler.ts";
import { MINUTE, type Micros } from "../../engine/time.ts";
import type { Controller, ReconcileContext } from "../runtime/controller.ts";
import { isActive } from "../runtime/pods.ts";
import type { ControllerServices } from "../runtime/services.ts";
import {
  nothing,
  type Observed,
  observe,
  observeOutOfMemory,
  recommend,
} from "./vertical-pod-autoscaler/recommend.ts";
import { findTarget } from "./vertical-pod-autoscaler/target.ts";
import { updatePods } from "./vertical-pod-autoscaler/update.ts";

const NO_PODS = "NoPodsMatched";
const SETUP = "/setup";
/** Definitions in groups of Kubernetes itself must name who approved them. */
const APPROVED = "api-approved.kubernetes.io";
const APPROVAL = "https://github.com/kubernetes/kubernetes/pull/63797";
/** `--recommender-interval` and `--updater-interval`. */
const INTERVAL: Micros = MINUTE;

/**
 * Recommends requests from usage and recreates pods that are far from them: recommender and updater of the vertical pod
 * autoscaler. Its admission plugin gives new pods what is recommended. Runs every minute per autoscaler.
 */
export function verticalPodAutoscaler(services: ControllerServices): Controller {
  return {
    name: "vertical-pod-autoscaler",
    eventSource: "vpa-updater",
    for: VPA_KIND,
    startKey: SETUP,
    concerns: (after, before) => after !== undefined && after.spec !== before?.spec,
    watches: [
      {
        kind: VPA_KIND,
        keys: (after, before) =>
          after !== undefined && before === undefined ? [keyOf(after)] : [],
      },
    ],
    reads: ["Pod", "CustomResourceDefinition"],
    observe(kind, after, before, memory) {
      if (kind !== VPA_KIND || after !== undefined || before === undefined) return;
      const prefix = `${keyOf(before)}/`;
      for (const key of [...memory.keys()]) if (key.startsWith(prefix)) memory.delete(key);
    },
    reconcile(key, context) {
      if (key === SETUP) {
        defineKind(context.client);
        return undefined;
      }
      const autoscaler = context.client.get(VPA_KIND, key) as VerticalPodAutoscaler | undefined;
      if (autoscaler === undefined) return undefined;
      reconcile(key, autoscaler, context, services);
      return { requeueAfter: INTERVAL };
    },
  };
}

/** Brings the custom resource along, unless somebody has. */
function defineKind(client: Client): void {
  const name = "verticalpodautoscalers.autoscaling.k8s.io";
  if (client.live("CustomResourceDefinition", name) !== undefined) return;
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: open, status: open } } };
  client.create("CustomResourceDefinition", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name, annotations: { [APPROVED]: APPROVAL } },
    spec: {
      group: "autoscaling.k8s.io",
      scope: "Namespaced",
      names: {
        plural: "verticalpodautoscalers",
        singular: "verticalpodautoscaler",
        kind: "VerticalPodAutoscaler",
        listKind: "VerticalPodAutoscalerList",
        shortNames: ["vpa"],
      },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema }],
    } as unknown as CustomResourceDefinition["spec"],
  });
}

function reconcile(
  key: Key,
  autoscaler: VerticalPodAutoscaler,
  context: ReconcileContext,
  services: ControllerServices,
): void {
  const target = findTarget(autoscaler, context.client, services.kinds);
  const pods = [...context.client.list("Pod", autoscaler.metadata.namespace)].filter(
    (pod) => isActive(pod) && target.matches?.(pod.metadata.labels) === true,
  );
  const containers = pods[0]?.spec?.containers ?? [];
  const recommendations: ContainerRecommendation[] = [];
  for (const container of containers) {
    const policy = policyFor(autoscaler, container.name);
    if (policy.mode === "Off") continue;
    const observed = sample(`${key}/${container.name}`, container, pods, context, services);
    if (observed.samples === 0) continue;
    recommendations.push(
      recommend(container.name, observed, policy, containers.length, context.now),
    );
  }
  // What was recommended stays while there are no pods, but not once the target is no good.
  const old = autoscaler.status?.recommendation;
  const kept = target.refusal === undefined ? old : old && {};
  const recommendation =
    recommendations.length === 0 ? kept : { containerRecommendations: recommendations };
  writeStatus(autoscaler, recommendation, target.refusal, pods.length > 0, context);
  if (recommendations.length > 0)
    updatePods(autoscaler, recommendations, pods, context, services.kinds);
}

/** Adds what a container uses in all pods to what is known of it. */
function sample(
  key: string,
  container: Container,
  pods: readonly Pod[],
  { memory, now }: ReconcileContext,
  { virtual }: ControllerServices,
): Observed {
  let observed = (memory.get(key) as Observed | undefined) ?? nothing(now);
  const requested = container.resources?.requests ?? {};
  for (const pod of pods) {
    const metrics = virtual.get("PodMetrics", keyOf(pod)) as unknown as PodMetrics | undefined;
    const usage = metrics?.containers.find(({ name }) => name === container.name)?.usage;
    if (usage !== undefined) {
      const cpu = milliValue(usage["cpu"] ?? "0");
      const bytes = milliValue(usage["memory"] ?? "0") / 1000;
      observed = observe(observed, cpu, bytes, milliValue(requested["cpu"] ?? "0"), now);
    }
    const ended = pod.status?.containerStatuses?.find(({ name }) => name === container.name);
    const killed = ended?.lastState?.terminated ?? ended?.state?.terminated;
    const told = `${key}/oom/${pod.metadata.uid}/${ended?.restartCount ?? 0}`;
    if (killed?.reason === "OOMKilled" && !memory.has(told)) {
      memory.set(told, true);
      const bytes = Math.max(milliValue(requested["memory"] ?? "0") / 1000, observed.peak);
      observed = observeOutOfMemory(observed, bytes, now);
    }
  }
  memory.set(key, observed);
  return observed;
}

function writeStatus(
  autoscaler: VerticalPodAutoscaler,
  recommendation: NonNullable<VerticalPodAutoscaler["status"]>["recommendation"],
  refusal: string | undefined,
  matched: boolean,
  { client, now }: ReconcileContext,
): void {
  const why = matched ? {} : { reason: NO_PODS, message: "No pods match this VPA object" };
  const provided = (recommendation?.containerRecommendations ?? []).length > 0;
  const told: Omit<AutoscalerCondition, "lastTransitionTime">[] = [];
  if (refusal !== undefined)
    told.push({ type: "ConfigUnsupported", status: "True", message: refusal });
  if (!matched) told.push({ type: NO_PODS, status: "True", ...why });
  told.push({
    type: "RecommendationProvided",
    ...(provided ? { status: "True" } : { status: "False", ...why }),
  });
  const conditions = told.map((condition) => {
    const before = findCondition(autoscaler.status?.conditions, condition.type);
    const same = before?.status === condition.status;
    return { ...condition, lastTransitionTime: same ? before.lastTransitionTime : timestamp(now) };
  });
  const status = { conditions, ...(recommendation === undefined ? {} : { recommendation }) };
  if (deepEqual(status, autoscaler.status)) return;
  try {
    client.updateStatus(VPA_KIND, { ...autoscaler, status });
  } catch (error) {
    // Somebody edited it meanwhile: the next minute will do.
    if (!(error instanceof ApiError)) throw error;
  }
}
