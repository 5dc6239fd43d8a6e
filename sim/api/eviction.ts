import type { Micros } from "../engine/time.ts";
import { ApiError, forbidden, type Status, tooManyRequests } from "./api-error.ts";
import type { ApiServer, DeleteOptions } from "./api-server.ts";
import { findCondition, withCondition, withPodCondition } from "./meta/conditions.ts";
import { matchesSelector } from "./meta/selector.ts";
import { timestamp } from "./meta/time.ts";
import { type Key, keyOf } from "./object.ts";
import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from "./types.gen.ts";

const BUDGETS = { group: "policy", plural: "poddisruptionbudgets" };
const VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget.";
/** Evictions that the budget's controller has not confirmed yet (upstream `MaxDisruptedPodSize`). */
const UNCONFIRMED_LIMIT = 2000;

/**
 * The `eviction` subresource: deletes a pod if its PodDisruptionBudget allows, and takes one disruption off it.
 * Throws `ApiError` 404 without the pod, 429 when the budget is used up, 500 when several budgets select the pod,
 * 403 for a budget that is out of order, 409 when a precondition fails.
 */
export function evict(api: ApiServer, key: Key, options: DeleteOptions = {}): Status {
  const pod = api.get<Pod>("Pod", key);
  if (!isUnguarded(pod)) checkBudget(api, pod, options.dryRun === true);
  if (options.dryRun !== true) markDisrupted(api, pod);
  api.delete("Pod", key, options);
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
}

/** Pods that have ended, have not begun or are going anyway: no budget counts them. */
function isUnguarded({ metadata, status }: Pod): boolean {
  const phase = status?.phase;
  return (
    phase === "Succeeded" ||
    phase === "Failed" ||
    phase === "Pending" ||
    metadata.deletionTimestamp !== undefined
  );
}

/** Budgets whose selector matches a pod. */
function budgetsOf(api: ApiServer, pod: Pod): readonly PodDisruptionBudget[] {
  const { namespace = "", labels } = pod.metadata;
  const budgets = api.store.objects("PodDisruptionBudget").indexed("namespace", namespace);
  return ([...budgets] as PodDisruptionBudget[]).filter(({ spec }) =>
    matchesSelector(spec?.selector)(labels),
  );
}

function checkBudget(api: ApiServer, pod: Pod, dryRun: boolean): void {
  const budgets = budgetsOf(api, pod);
  const [budget] = budgets;
  if (budget === undefined) return;
  if (budgets.length > 1) {
    throw new ApiError(
      500,
      "",
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  if (mayLeaveBroken(pod, budget)) return;
  takeDisruption(api, pod, budget, dryRun);
}

/** A pod that is not ready may go without using the budget up, as the budget's policy for unhealthy pods says. */
function mayLeaveBroken(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (findCondition(pod.status?.conditions, "Ready")?.status === "True") return false;
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

/** Upstream `checkAndDecrement`. */
function takeDisruption(
  api: ApiServer,
  pod: Pod,
  budget: PodDisruptionBudget,
  dryRun: boolean,
): void {
  const { name, generation = 0 } = budget.metadata;
  const status = budget.status ?? {};
  const { disruptionsAllowed = 0, observedGeneration = 0 } = status;
  if (observedGeneration < generation)
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  if (disruptionsAllowed < 0) throw forbidden(BUDGETS, name, "pdb disruptions allowed is negative");
  if (Object.keys(status.disruptedPods ?? {}).length > UNCONFIRMED_LIMIT) {
    const why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
    throw forbidden(BUDGETS, name, why);
  }
  if (disruptionsAllowed === 0) throw refused(whyNone(name, status), undefined);
  if (dryRun) return;
  const next: PodDisruptionBudgetStatus = {
    ...status,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: timestamp(api.now) },
  };
  const written = disruptionsAllowed === 1 ? withDisruptionAllowed(next, api.now) : next;
  api.update("PodDisruptionBudget", { ...budget, status: written }, { subresource: "status" });
}

function whyNone(name: string, status: PodDisruptionBudgetStatus): string {
  const condition = findCondition(status.conditions, "DisruptionAllowed");
  if (condition?.status === "False" && condition.reason === "SyncFailed")
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`;
  const { desiredHealthy = 0, currentHealthy = 0 } = status;
  return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
}

function refused(why: string, retryAfterSeconds: number | undefined): ApiError {
  return tooManyRequests(VIOLATION, {
    causes: [{ reason: "DisruptionBudget", message: why }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** A budget's status with its DisruptionAllowed condition in line with the disruptions it allows. */
export function withDisruptionAllowed(
  status: PodDisruptionBudgetStatus,
  now: Micros,
): PodDisruptionBudgetStatus {
  const allowed = (status.disruptionsAllowed ?? 0) > 0;
  const condition = {
    type: "DisruptionAllowed",
    status: allowed ? "True" : "False",
    ...(status.observedGeneration === undefined
      ? {}
      : { observedGeneration: status.observedGeneration }),
    reason: allowed ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
  return { ...status, conditions: withCondition(status.conditions ?? [], condition, now) };
}

function markDisrupted(api: ApiServer, seen: Pod): void {
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  };
  const status = withPodCondition(seen.status ?? {}, condition, api.now);
  if (status !== seen.status) api.writeStatus("Pod", keyOf(seen), status);
}
