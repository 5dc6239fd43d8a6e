import type {
  DaemonSetStatus,
  DeploymentStatus,
  ReplicaSetStatus,
  StatefulSetStatus,
} from "../../types.gen.ts";
import { type FieldError, invalidValue } from "../field-error.ts";
import { countErrors } from "../numbers.ts";

type Counts = Readonly<Record<string, unknown>>;

const TOO_MANY = "cannot be greater than status.replicas";

/** Counts of a status that may not be negative, in this order. */
function negativeErrors(status: Counts, keys: readonly string[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const key of keys) {
    const value = status[key];
    if (typeof value === "number" && value < 0) errors.push(...countErrors(value, `status.${key}`));
  }
  return errors;
}

function numberOf(status: Counts, key: string): number {
  const value = status[key];
  return typeof value === "number" ? value : 0;
}

/** Counts that may not exceed the number of replicas; available ones must be ready, in `readyWords`. */
function exceedingErrors(
  status: Counts,
  keys: readonly string[],
  readyWords: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const replicas = numberOf(status, "replicas");
  for (const key of keys) {
    const value = numberOf(status, key);
    if (value > replicas) errors.push(invalidValue(`status.${key}`, value, TOO_MANY));
  }
  const available = numberOf(status, "availableReplicas");
  if (available > numberOf(status, "readyReplicas")) {
    errors.push(invalidValue("status.availableReplicas", available, readyWords));
  }
  return errors;
}

/** The count of name collisions only grows. */
function collisionErrors(next: Counts, before: Counts): readonly FieldError[] {
  const value = numberOf(next, "collisionCount");
  const decremented = value < numberOf(before, "collisionCount");
  return decremented ? [invalidValue("status.collisionCount", value, "cannot be decremented")] : [];
}

interface With<S> {
  readonly status?: S;
}

function countsOf(object: With<object>): Counts {
  return (object.status ?? {}) as Counts;
}

/** apps `ValidateDeploymentStatusUpdate`. */
export function deploymentStatusErrors(
  next: With<DeploymentStatus>,
  before: With<DeploymentStatus>,
): readonly FieldError[] {
  const status = countsOf(next);
  return [
    ...negativeErrors(status, [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      "readyReplicas",
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount",
    ]),
    ...exceedingErrors(
      status,
      ["updatedReplicas", "readyReplicas", "availableReplicas"],
      "cannot be greater than readyReplicas",
    ),
    ...collisionErrors(status, countsOf(before)),
  ];
}

/** apps `ValidateReplicaSetStatus`. */
export function replicaSetStatusErrors(next: With<ReplicaSetStatus>): readonly FieldError[] {
  const status = countsOf(next);
  return [
    ...negativeErrors(status, [
      "replicas",
      "fullyLabeledReplicas",
      "readyReplicas",
      "availableReplicas",
      "observedGeneration",
      "terminatingReplicas",
    ]),
    ...exceedingErrors(
      status,
      ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
      "cannot be greater than readyReplicas",
    ),
  ];
}

/** apps `ValidateStatefulSetStatusUpdate`. */
export function statefulSetStatusErrors(
  next: With<StatefulSetStatus>,
  before: With<StatefulSetStatus>,
): readonly FieldError[] {
  const status = countsOf(next);
  return [
    ...negativeErrors(status, [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ]),
    ...exceedingErrors(
      status,
      ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
      "cannot be greater than status.readyReplicas",
    ),
    ...collisionErrors(status, countsOf(before)),
  ];
}

/** apps `ValidateDaemonSetStatusUpdate`. */
export function daemonSetStatusErrors(
  next: With<DaemonSetStatus>,
  before: With<DaemonSetStatus>,
): readonly FieldError[] {
  const status = countsOf(next);
  return [
    ...negativeErrors(status, [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount",
    ]),
    ...collisionErrors(status, countsOf(before)),
  ];
}
