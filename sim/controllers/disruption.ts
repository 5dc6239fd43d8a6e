import type { Client } from "../api/client.ts";
import { withDisruptionAllowed } from "../api/eviction.ts";
import { withCondition, withPodCondition } from "../api/meta/conditions.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { matchesSelector } from "../api/meta/selector.ts";
import { goSelector } from "../api/meta/selector-text.ts";
import { parseTimestamp } from "../api/meta/time.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from "../api/types.gen.ts";
import { MINUTE, type Micros } from "../engine/time.ts";
import { expectedPods, UncountableError } from "./disruption/expected-pods.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import { hasEnded, isReady, isTerminating, podCondition } from "./runtime/pods.ts";
import type { ControllerServices } from "./runtime/services.ts";

/** How long an admitted eviction is believed in without a deletion (upstream `DeletionTimeout`). */
const DELETION_TIMEOUT: Micros = 2 * MINUTE;
/** How long a pod may be marked as disrupted without being deleted (upstream `stalePodDisruptionTimeout`). */
const STALE_MARK: Micros = 2 * MINUTE;
/** Keys of pods whose mark may be stale. */
const POD = "pod:";

type Result = { readonly requeueAfter: Micros } | undefined;

/** Keeps PodDisruptionBudgets' status: how many pods there should be, are healthy, and may be evicted. */
export function disruption({ kinds }: ControllerServices): Controller {
  return {
    name: "disruption-controller",
    eventSource: "controllermanager",
    for: "PodDisruptionBudget",
    watches: [
      {
        kind: "Pod",
        parts: Part.status | Part.labels | Part.owners | Part.deletion,
        keys: keysOfPod,
      },
    ],
    reads: ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"],
    reconcile(key, context) {
      return key.startsWith(POD)
        ? removeStaleMark(key.slice(POD.length), context)
        : reconcileBudget(key, context, kinds);
    },
  };
}

const NONE: readonly Key[] = [];

function keysOfPod(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): readonly Key[] {
  const pod = after as Pod | undefined;
  const old = before as Pod | undefined;
  // What it takes to count differently or to be marked is in the metadata or in the status.
  if (
    pod !== undefined &&
    old !== undefined &&
    pod.status === old.status &&
    !countsDifferently(pod, old)
  )
    return NONE;
  const keys: Key[] = [];
  if (
    pod !== undefined &&
    markedSince(pod) !== undefined &&
    (old === undefined || markedSince(old) === undefined)
  )
    keys.push(POD + keyOf(pod));
  if (pod !== undefined && old !== undefined && !countsDifferently(pod, old)) return keys;
  const namespace = (pod ?? old)?.metadata.namespace;
  if (client.count("PodDisruptionBudget", "namespace", namespace ?? "") === 0) return keys;
  for (const budget of client.list("PodDisruptionBudget", namespace)) {
    const matches = matchesSelector(budget.spec?.selector);
    if (matches(pod?.metadata.labels) || (old !== undefined && matches(old.metadata.labels)))
      keys.push(keyOf(budget));
  }
  return keys;
}

function countsDifferently(pod: Pod, old: Pod): boolean {
  return (
    isReady(pod) !== isReady(old) ||
    isTerminating(pod) !== isTerminating(old) ||
    pod.metadata.labels !== old.metadata.labels ||
    pod.metadata.ownerReferences !== old.metadata.ownerReferences
  );
}

function reconcileBudget(
  key: Key,
  context: ReconcileContext,
  kinds: ControllerServices["kinds"],
): Result {
  const { client, now, record } = context;
  const budget = client.get("PodDisruptionBudget", key);
  if (budget === undefined) return undefined;
  const matches = matchesSelector(budget.spec?.selector);
  const pods = [...client.list("Pod", budget.metadata.namespace)].filter(({ metadata }) =>
    matches(metadata.labels),
  );
  if (pods.length === 0) record.event(budget, "Normal", "NoPods", "No matching pods found");
  try {
    const { expected, desired, unmanaged } = expectedPods(client, kinds, budget, pods);
    if (unmanaged.length > 0)
      record.event(budget, "Warning", "UnmanagedPods", unmanagedText(budget));
    const { disrupted, recheck } = disruptedPods(budget, pods, context);
    const healthy = pods.filter(
      (pod) => !isTerminating(pod) && disrupted[pod.metadata.name] === undefined && isReady(pod),
    ).length;
    writeStatus(client, budget, { expected, desired, healthy, disrupted }, now);
    return recheck === undefined ? undefined : { requeueAfter: Math.max(0, recheck - now) };
  } catch (error) {
    if (!(error instanceof UncountableError)) throw error;
    const why = `Failed to calculate the number of expected pods: ${error.message}`;
    record.event(budget, "Warning", "CalculateExpectedPodCountFailed", why);
    failSync(client, budget, error.message, now);
    return undefined;
  }
}

function unmanagedText({ spec }: PodDisruptionBudget): string {
  return `Pods selected by this PodDisruptionBudget (selector: ${goSelector(spec?.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
}

/** Evicted pods that are not being deleted yet, and when the first of them has to be by. */
function disruptedPods(
  { status, metadata }: PodDisruptionBudget,
  pods: readonly Pod[],
  { now, record }: ReconcileContext,
): { disrupted: Readonly<Record<string, string>>; recheck: Micros | undefined } {
  const disrupted: Record<string, string> = {};
  let recheck: Micros | undefined;
  for (const pod of pods) {
    const at = status?.disruptedPods?.[pod.metadata.name];
    if (at === undefined || isTerminating(pod)) continue;
    const until = (parseTimestamp(at) ?? 0) + DELETION_TIMEOUT;
    if (until < now) {
      const why = `Pod was expected by PDB ${metadata.namespace}/${metadata.name} to be deleted but it wasn't`;
      record.event(pod, "Warning", "NotDeleted", why);
      continue;
    }
    disrupted[pod.metadata.name] = at;
    recheck = Math.min(recheck ?? until, until);
  }
  return { disrupted, recheck: recheck === undefined ? undefined : recheck + 1 };
}

interface Counts {
  readonly expected: number;
  readonly desired: number;
  readonly healthy: number;
  readonly disrupted: Readonly<Record<string, string>>;
}

function writeStatus(
  client: Client,
  budget: PodDisruptionBudget,
  { expected, desired, healthy, disrupted }: Counts,
  now: Micros,
): void {
  const { disruptedPods: _, ...before } = budget.status ?? {};
  const { generation } = budget.metadata;
  const status: PodDisruptionBudgetStatus = {
    ...before,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    // A budget that matches no pods yet must not allow the first ones to be evicted.
    disruptionsAllowed: expected <= 0 ? 0 : Math.max(0, healthy - desired),
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  const next = withDisruptionAllowed(status, now);
  if (!deepEqual(next, budget.status))
    client.updateStatus("PodDisruptionBudget", { ...budget, status: next });
}

/** Without a count nothing may be disrupted. */
function failSync(client: Client, budget: PodDisruptionBudget, message: string, now: Micros): void {
  const { status = {}, metadata } = budget;
  const condition = {
    type: "DisruptionAllowed",
    status: "False",
    ...(status.observedGeneration === undefined
      ? {}
      : { observedGeneration: status.observedGeneration }),
    reason: "SyncFailed",
    message,
  };
  const next: PodDisruptionBudgetStatus = {
    ...status,
    disruptionsAllowed: 0,
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    conditions: withCondition(status.conditions ?? [], condition, now),
  };
  if (!deepEqual(next, status))
    client.updateStatus("PodDisruptionBudget", { ...budget, status: next });
}

/** Since when a pod that stays has been marked as disrupted by somebody other than its kubelet. */
function markedSince(pod: Pod): Micros | undefined {
  const condition = podCondition(pod, "DisruptionTarget");
  if (condition?.status !== "True" || condition.reason === "TerminationByKubelet") return undefined;
  if (isTerminating(pod) || hasEnded(pod)) return undefined;
  return parseTimestamp(condition.lastTransitionTime) ?? 0;
}

/** Takes a mark of disruption back that no deletion followed. */
function removeStaleMark(key: Key, { client, now }: ReconcileContext): Result {
  const pod = client.get("Pod", key);
  const since = pod === undefined ? undefined : markedSince(pod);
  if (pod === undefined || since === undefined) return undefined;
  if (now < since + STALE_MARK) return { requeueAfter: since + STALE_MARK - now };
  const { generation } = pod.metadata;
  const condition = {
    type: "DisruptionTarget",
    status: "False",
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  const status = withPodCondition(pod.status ?? {}, condition, now);
  client.updateStatus("Pod", { ...pod, status });
  return undefined;
}
