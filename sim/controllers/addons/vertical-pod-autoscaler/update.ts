import { isApiError } from "../../../api/api-error.ts";
import { milliValue } from "../../../api/meta/quantity.ts";
import { parseTimestamp } from "../../../api/meta/time.ts";
import { keyOf } from "../../../api/object.ts";
import type { Pod } from "../../../api/types.gen.ts";
import {
  type ContainerRecommendation,
  updateMode,
  type VerticalPodAutoscaler,
} from "../../../api/vertical-pod-autoscaler.ts";
import { HOUR, type Micros } from "../../../engine/time.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import { controllerOf } from "../../runtime/owner.ts";
import { isActive, isReady } from "../../runtime/pods.ts";

/** `--eviction-tolerance` and `--min-replicas`. */
const TOLERANCE = 0.5;
const MIN_REPLICAS = 2;
/** Pods within their bounds are updated when they are this old and the change is worth it. */
const LIFETIME: Micros = 12 * HOUR;
const SIGNIFICANT = 0.1;

/** Evicts pods whose requests are out of bounds, half of a workload at most, so that they come back with the target. */
export function updatePods(
  autoscaler: VerticalPodAutoscaler,
  recommendations: readonly ContainerRecommendation[],
  pods: readonly Pod[],
  { client, now, record }: ReconcileContext,
): void {
  const mode = updateMode(autoscaler);
  const live = pods.filter((pod) => isActive(pod) && controllerOf(pod) !== undefined);
  const least = autoscaler.spec?.updatePolicy?.minReplicas ?? MIN_REPLICAS;
  if (mode === "Off" || mode === "Initial" || live.length < least) return;
  const away = live.filter((pod) => !isReady(pod)).length;
  let allowed = Math.max(1, Math.floor(live.length * TOLERANCE)) - away;
  const outdated = live
    .map((pod) => ({ pod, gain: gainOf(pod, recommendations, now) }))
    .filter(({ gain }) => gain > 0)
    .sort((a, b) => b.gain - a.gain);
  for (const { pod } of outdated) {
    if (allowed <= 0) break;
    try {
      client.evict(keyOf(pod));
    } catch (error) {
      if (!isApiError(error)) throw error;
      continue;
    }
    record.event(
      pod,
      "Normal",
      "EvictedByVPA",
      "Pod was evicted by VPA Updater to apply resource recommendation.",
    );
    allowed--;
  }
}

/** How much an update would change a pod, as a share of what it requests; 0 when it is to stay as it is. */
function gainOf(
  pod: Pod,
  recommendations: readonly ContainerRecommendation[],
  now: Micros,
): number {
  let out = false;
  let difference = 0;
  for (const { name, resources } of pod.spec?.containers ?? []) {
    const found = recommendations.find(({ containerName }) => containerName === name);
    if (found === undefined) continue;
    for (const [resource, target] of Object.entries(found.target)) {
      const request = resources?.requests?.[resource];
      const amount = request === undefined ? 0 : milliValue(request);
      const wanted = milliValue(target);
      out ||=
        amount < milliValue(found.lowerBound[resource] ?? "0") ||
        amount > milliValue(found.upperBound[resource] ?? target);
      difference += Math.abs(wanted - amount) / Math.max(amount, 1);
    }
  }
  if (out) return difference;
  const born = parseTimestamp(pod.status?.startTime) ?? now;
  return now - born > LIFETIME && difference > SIGNIFICANT ? difference : 0;
}
