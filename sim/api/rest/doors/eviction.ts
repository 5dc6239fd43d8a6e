import {
  ApiError,
  badRequest,
  forbidden,
  noSuchResource,
  type Status,
  tooManyRequests,
} from "../../api-error.ts";
import type { ApiServer } from "../../api-server.ts";
import { matchesSelector } from "../../meta/selector.ts";
import { timestamp } from "../../meta/time.ts";
import { keyOf, makeKey } from "../../object.ts";
import type { Condition, Pod, PodCondition, PodDisruptionBudget } from "../../types.gen.ts";
import { readObject } from "../body.ts";
import type { Answer, Call } from "../context.ts";
import { readWriteOptions } from "../options.ts";

const evictionTarget = {
  kind: "Eviction",
  group: "policy",
  version: "v1",
  type: "policy.v1.Eviction",
};
/** More disruptions than this unconfirmed stop evictions (upstream's `MaxDisruptedPodSize`). */
const MAX_DISRUPTED = 2000;

/** Asks for a pod to be deleted as its disruption budgets allow. */
export interface EvictionRequest {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/** POST of `/eviction`. */
export function evictionDoor(call: Call): Answer {
  const { request, query, target, api, warnings } = call;
  if (request.method !== "POST") throw noSuchResource();
  const options = readWriteOptions(query, "CreateOptions");
  const eviction = readObject(request, evictionTarget, options.validation, warnings);
  const name = target.name ?? "";
  if ((eviction.metadata.name ?? "") !== name)
    throw badRequest("name in URL does not match name in Eviction object");
  const { deleteOptions } = eviction as { deleteOptions?: EvictionRequest & { dryRun?: unknown } };
  const { gracePeriodSeconds, preconditions } = deleteOptions ?? {};
  evictPod(api, makeKey(target.namespace, name), {
    dryRun: options.dryRun || Array.isArray(deleteOptions?.dryRun),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions }),
  });
  const body: Status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    code: 201,
  };
  return { code: 201, body };
}

/**
 * Evicts a pod: its budget is charged and its deletion begun at once. Throws `ApiError` 404, 429 when the budget does
 * not allow it, 500 when several budgets match.
 */
export function evictPod(api: ApiServer, key: string, request: EvictionRequest = {}): void {
  const pod = api.get<Pod>("Pod", key);
  if (!isBeyondBudgets(pod)) {
    const budget = budgetOf(api, pod);
    if (budget !== undefined) charge(api, budget, pod, request.dryRun === true);
  }
  if (request.dryRun !== true) markDisrupted(api, key);
  api.delete("Pod", key, request);
}

/** Pods that ended, never started or are going anyway do not count. */
function isBeyondBudgets({ metadata, status }: Pod): boolean {
  const phase = status?.phase;
  return (
    phase === "Succeeded" ||
    phase === "Failed" ||
    phase === "Pending" ||
    metadata.deletionTimestamp !== undefined
  );
}

function budgetOf(api: ApiServer, pod: Pod): PodDisruptionBudget | undefined {
  const found: PodDisruptionBudget[] = [];
  const budgets = api.store.objects("PodDisruptionBudget");
  for (const object of budgets.indexed("namespace", pod.metadata.namespace ?? "")) {
    const budget = object as PodDisruptionBudget;
    const matches = matchesSelector(budget.spec?.selector);
    if (matches(pod.metadata.labels)) found.push(budget);
  }
  if (found.length > 1) {
    const why =
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new ApiError(500, "", why);
  }
  return found[0];
}

function isReady(pod: Pod): boolean {
  return (
    pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ??
    false
  );
}

/** Takes one disruption from the budget, unless the pod is unhealthy and its going harms nobody. */
function charge(api: ApiServer, budget: PodDisruptionBudget, pod: Pod, dryRun: boolean): void {
  const { status, spec } = budget;
  if (!isReady(pod)) {
    if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return;
    const desired = status?.desiredHealthy ?? 0;
    if ((status?.currentHealthy ?? 0) >= desired && desired > 0) return;
  }
  checkAllowed(budget);
  const { name } = pod.metadata;
  const disruptionsAllowed = (status?.disruptionsAllowed ?? 0) - 1;
  const disruptedPods = { ...status?.disruptedPods, [name]: timestamp(api.now) };
  if (dryRun) return;
  api.writeStatus<PodDisruptionBudget>("PodDisruptionBudget", keyOf(budget), {
    ...status,
    currentHealthy: status?.currentHealthy ?? 0,
    desiredHealthy: status?.desiredHealthy ?? 0,
    expectedPods: status?.expectedPods ?? 0,
    disruptionsAllowed,
    disruptedPods,
    ...(disruptionsAllowed > 0 ? {} : { conditions: exhausted(api, budget) }),
  });
}

function exhausted(api: ApiServer, { status, metadata }: PodDisruptionBudget): Condition[] {
  const conditions = status?.conditions ?? [];
  return conditions.map((condition) =>
    condition.type !== "DisruptionAllowed" || condition.status === "False"
      ? condition
      : {
          ...condition,
          status: "False",
          reason: "InsufficientPods",
          lastTransitionTime: timestamp(api.now),
          ...(metadata.generation === undefined
            ? {}
            : { observedGeneration: status?.observedGeneration ?? metadata.generation }),
        },
  );
}

const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";

function refusal(message: string, retryAfterSeconds?: number): ApiError {
  return tooManyRequests(REFUSED, {
    causes: [{ reason: "DisruptionBudget", message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function checkAllowed({ metadata, status }: PodDisruptionBudget): void {
  const { name } = metadata;
  const budgets = { group: "policy", plural: "poddisruptionbudgets" };
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    throw refusal(`The disruption budget ${name} is still being processed by the server.`, 10);
  const allowed = status?.disruptionsAllowed ?? 0;
  if (allowed < 0) throw forbidden(budgets, name, "pdb disruptions allowed is negative");
  if (Object.keys(status?.disruptedPods ?? {}).length > MAX_DISRUPTED) {
    const why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
    throw forbidden(budgets, name, why);
  }
  if (allowed > 0) return;
  const failed = status?.conditions?.find(
    ({ type, reason }) => type === "DisruptionAllowed" && reason === "SyncFailed",
  );
  if (failed !== undefined)
    throw refusal(
      `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failed.message}`,
    );
  throw refusal(
    `The disruption budget ${name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`,
  );
}

/** Says on the pod why it goes. */
function markDisrupted(api: ApiServer, key: string): void {
  const pod = api.get<Pod>("Pod", key);
  const condition: PodCondition = {
    type: "DisruptionTarget",
    status: "True",
    observedGeneration: pod.metadata.generation ?? 1,
    lastProbeTime: null as unknown as string,
    lastTransitionTime: timestamp(api.now),
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  };
  const others = pod.status?.conditions?.filter(({ type }) => type !== condition.type) ?? [];
  api.writeStatus<Pod>("Pod", key, { ...pod.status, conditions: [...others, condition] });
}
