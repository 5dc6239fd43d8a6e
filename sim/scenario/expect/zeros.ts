import type { KubeObject } from "../../api/object.ts";

/**
 * Counters that Kubernetes leaves out of the JSON while they are zero. An expression that asks for
 * `status.readyReplicas` means the number, so it gets the zero.
 */
const COUNTERS: Readonly<Record<string, readonly string[]>> = {
  Deployment: [
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "observedGeneration",
  ],
  ReplicaSet: [
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "observedGeneration",
  ],
  StatefulSet: [
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
    "observedGeneration",
  ],
  DaemonSet: [
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "observedGeneration",
  ],
  Job: ["active", "succeeded", "failed", "ready"],
  HorizontalPodAutoscaler: ["currentReplicas", "desiredReplicas"],
  PodDisruptionBudget: ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"],
};

const completed = new WeakMap<KubeObject, KubeObject>();

/** An object with the zeros of its counters, and with labels, annotations, spec and status, if only empty ones. */
export function withZeros(object: KubeObject): KubeObject {
  const known = completed.get(object);
  if (known !== undefined) return known;
  const zeros = Object.fromEntries((COUNTERS[object.kind] ?? []).map((name) => [name, 0]));
  const { metadata } = object;
  const complete: KubeObject = {
    ...object,
    metadata: { labels: {}, annotations: {}, ...metadata },
    ...(object.kind in COUNTERS || object.status !== undefined
      ? { status: { ...zeros, ...(object.status as object | undefined) } }
      : {}),
  };
  completed.set(object, complete);
  return complete;
}
