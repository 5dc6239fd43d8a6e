import { isApiError } from "../../../api/api-error.ts";
import type { Client } from "../../../api/client.ts";
import type { KindRegistry } from "../../../api/kinds/kind-registry.ts";
import { keyOf, makeKey } from "../../../api/object.ts";
import type { OwnerReference, Pod } from "../../../api/types.gen.ts";
import {
  type ContainerRecommendation,
  updateMode,
  type VerticalPodAutoscaler,
} from "../../../api/vertical-pod-autoscaler.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import { controllerOf } from "../../runtime/owner.ts";
import { storedKind } from "../../runtime/scale.ts";
import { byUrgency, urgencyOf } from "./urgency.ts";

/** `--eviction-tolerance` and `--min-replicas`. */
const TOLERANCE = 0.5;
const MIN_REPLICAS = 2;

/** How many pods a workload can spare. */
interface Budget {
  /** Pods that are no longer Pending, less those evicted. */
  running: number;
  /** As many are to run always. */
  readonly needed: number;
  /** One may go although the tolerance is none: all run. */
  single: boolean;
}

/** Evicts pods whose requests are out of bounds, half of a workload at most, so that they come back with the target. */
export function updatePods(
  autoscaler: VerticalPodAutoscaler,
  recommendations: readonly ContainerRecommendation[],
  pods: readonly Pod[],
  { client, now, record }: ReconcileContext,
  kinds: KindRegistry,
): void {
  const mode = updateMode(autoscaler);
  if (mode === "Off" || mode === "Initial") return;
  const live = pods.filter((pod) => pod.spec?.nodeName !== undefined);
  const budgets = budgetsOf(autoscaler, live, client, kinds);
  const outdated = live
    .map((pod) => ({ pod, urgency: urgencyOf(pod, autoscaler, recommendations, now) }))
    .sort((a, b) => byUrgency(a.urgency, b.urgency));
  for (const { pod, urgency } of outdated) {
    const budget = budgets.get(controllerOf(pod)?.uid);
    if (urgency === undefined || budget === undefined) continue;
    const waits = pod.status?.phase === "Pending";
    if (!waits && budget.running <= budget.needed && !budget.single) continue;
    try {
      client.evict(keyOf(pod));
    } catch (error) {
      if (!isApiError(error)) throw error;
      continue;
    }
    const told = "Pod was evicted by VPA Updater to apply resource recommendation.";
    record.event(pod, "Normal", "EvictedByVPA", told);
    const name = pod.metadata.name;
    const note = `VPA Updater evicted Pod ${name} to apply resource recommendation.`;
    record.event(autoscaler, "Normal", "EvictedPod", note);
    if (waits) continue;
    budget.running--;
    budget.single = false;
  }
}

/** What each workload with pods enough can spare, by its uid. */
function budgetsOf(
  autoscaler: VerticalPodAutoscaler,
  live: readonly Pod[],
  client: Client,
  kinds: KindRegistry,
): Map<string | undefined, Budget> {
  const least = autoscaler.spec?.updatePolicy?.minReplicas ?? MIN_REPLICAS;
  const budgets = new Map<string | undefined, Budget>();
  for (const uid of new Set(live.map((pod) => controllerOf(pod)?.uid))) {
    const pods = live.filter((pod) => controllerOf(pod)?.uid === uid);
    const owner = controllerOf(pods[0]);
    if (owner === undefined || pods.length < least) continue;
    const configured = configuredReplicas(autoscaler, owner, pods.length, client, kinds);
    if (configured === undefined) continue;
    const running = pods.filter(({ status }) => status?.phase !== "Pending").length;
    const tolerance = Math.floor(configured * TOLERANCE);
    const needed = configured - tolerance;
    budgets.set(uid, { running, needed, single: tolerance === 0 && running === configured });
  }
  return budgets;
}

/** How many pods a workload is to have; `undefined` when it is gone or does not tell. */
function configuredReplicas(
  { metadata }: VerticalPodAutoscaler,
  reference: OwnerReference,
  live: number,
  client: Client,
  kinds: KindRegistry,
): number | undefined {
  if (reference.kind === "Job") return live;
  const kind = storedKind(kinds, reference);
  if (kind === undefined) return undefined;
  const owner = client.live(kind, makeKey(metadata.namespace, reference.name)) as
    | { spec?: { replicas?: number }; status?: { numberReady?: number } }
    | undefined;
  if (reference.kind !== "DaemonSet") return owner?.spec?.replicas;
  // None ready is as good as not known.
  return owner?.status?.numberReady || undefined;
}
