import { milliValue } from "../../../api/meta/quantity.ts";
import { parseTimestamp } from "../../../api/meta/time.ts";
import type { Container, Pod } from "../../../api/types.gen.ts";
import {
  type ContainerRecommendation,
  type EvictionRequirement,
  OBSERVED_CONTAINERS,
  policyFor,
  type VerticalPodAutoscaler,
} from "../../../api/vertical-pod-autoscaler.ts";
import { HOUR, MINUTE, type Micros } from "../../../engine/time.ts";

/** Pods within their bounds are updated when they are this old and the change is worth it. */
const LIFETIME: Micros = 12 * HOUR;
const SIGNIFICANT = 0.1;
/** `--evict-after-oom-threshold`: a container that ran out of memory this soon cannot wait. */
const QUICK: Micros = 10 * MINUTE;

/** How much a pod needs an update. */
interface Urgency {
  /** A container is to grow. */
  readonly grows: boolean;
  /** By how much requests change, as shares of what is requested, summed over the resources. */
  readonly difference: number;
}

interface Comparison extends Urgency {
  readonly outside: boolean;
}

/** The more urgent first: pods that grow, then those that change most. Pods without urgency come last. */
export function byUrgency(a: Urgency | undefined, b: Urgency | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return Number(b.grows) - Number(a.grows) || b.difference - a.difference;
}

/** How much a pod needs an update; `undefined` when it is to stay as it is. */
export function urgencyOf(
  pod: Pod,
  autoscaler: VerticalPodAutoscaler,
  recommendations: readonly ContainerRecommendation[],
  now: Micros,
): Urgency | undefined {
  const observed = pod.metadata.annotations?.[OBSERVED_CONTAINERS]?.split(", ");
  const known = (name: string): boolean => observed === undefined || observed.includes(name);
  const containers = (pod.spec?.containers ?? []).filter(({ name }) => known(name));
  const compared = compare(containers, recommendations);
  const quick = containers.some(
    ({ name }) => policyFor(autoscaler, name).mode !== "Off" && ranOutOfMemoryQuickly(pod, name),
  );
  if (!compared.outside && !quick) {
    const started = parseTimestamp(pod.status?.startTime);
    if (started === undefined || now < started + LIFETIME) return undefined;
    if (compared.difference < SIGNIFICANT) return undefined;
  }
  if (quick && compared.difference === 0) return undefined;
  const requirements = autoscaler.spec?.updatePolicy?.evictionRequirements ?? [];
  return isAdmitted(containers, recommendations, requirements) ? compared : undefined;
}

function compare(
  containers: readonly Container[],
  recommendations: readonly ContainerRecommendation[],
): Comparison {
  let outside = false;
  let grows = false;
  const requests = new Map<string, number>();
  const targets = new Map<string, number>();
  const add = (sums: Map<string, number>, name: string, value: number): void => {
    sums.set(name, (sums.get(name) ?? 0) + value);
  };
  for (const [container, found] of matched(containers, recommendations)) {
    for (const [name, quantity] of Object.entries(found.target)) {
      const target = milliValue(quantity);
      add(targets, name, target);
      const requested = container.resources?.requests?.[name];
      if (requested === undefined) {
        outside = grows = true;
        continue;
      }
      const request = milliValue(requested);
      add(requests, name, request);
      grows ||= target > request;
      const [lower, upper] = [found.lowerBound[name], found.upperBound[name]];
      outside ||= lower !== undefined && request < milliValue(lower);
      outside ||= upper !== undefined && request > milliValue(upper);
    }
  }
  let difference = 0;
  for (const [name, target] of targets) {
    const request = requests.get(name) ?? 0;
    difference += Math.abs(request - target) / Math.max(request, 1);
  }
  return { outside, grows, difference };
}

/** Some container meets all requirements, each by one of its resources, or requests not all there is. */
function isAdmitted(
  containers: readonly Container[],
  recommendations: readonly ContainerRecommendation[],
  requirements: readonly EvictionRequirement[],
): boolean {
  if (requirements.length === 0) return true;
  return matched(containers, recommendations).some(([{ resources: own }, { target }]) => {
    const requests = own?.requests ?? {};
    if (requests["cpu"] === undefined || requests["memory"] === undefined) return true;
    return requirements.every(({ resources, changeRequirement }) =>
      resources.some((name) => {
        const change = milliValue(target[name] ?? "0") - milliValue(requests[name] ?? "0");
        return changeRequirement === "TargetHigherThanRequests" ? change > 0 : change < 0;
      }),
    );
  });
}

function matched(
  containers: readonly Container[],
  recommendations: readonly ContainerRecommendation[],
): (readonly [Container, ContainerRecommendation])[] {
  return containers.flatMap((container) => {
    const found = recommendations.find(({ containerName }) => containerName === container.name);
    return found === undefined ? [] : [[container, found] as const];
  });
}

function ranOutOfMemoryQuickly({ status }: Pod, container: string): boolean {
  const ended = status?.containerStatuses?.find(({ name }) => name === container)?.lastState;
  const { reason, startedAt, finishedAt } = ended?.terminated ?? {};
  const [from, to] = [parseTimestamp(startedAt), parseTimestamp(finishedAt)];
  return reason === "OOMKilled" && from !== undefined && to !== undefined && to - from < QUICK;
}
