import { ApiError, isApiError } from "../../api/api-error.ts";
import type { Client } from "../../api/client.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { matchesSelector } from "../../api/meta/selector.ts";
import { type Key, keyOf } from "../../api/object.ts";
import { Part } from "../../api/object-parts.ts";
import type {
  LabelSelector,
  Pod,
  PodTemplateSpec,
  ReplicaSet,
  ReplicaSetStatus,
  ReplicationController,
} from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import type { Controller, ReconcileContext, ReconcileResult } from "../runtime/controller.ts";
import {
  creationObserved,
  deletionObserved,
  expectationsMet,
  expectCreations,
  expectDeletions,
  forgetExpectations,
  unexpect,
} from "../runtime/expectations.ts";
import {
  adopt,
  byOrphanNamespace,
  controllerKeyOf,
  controllerOf,
  keysMatching,
  ORPHANS,
  release,
} from "../runtime/owner.ts";
import { availableAt, isActive, isTerminating, podFromTemplate } from "../runtime/pods.ts";
import { isNamespaceEnding, slowStart } from "../runtime/slow-start.ts";
import { byOwnerAndState, POD_STATES, type PodCounts, podCounts, withPods } from "./pod-counts.ts";
import { replicaStatus } from "./status.ts";
import { chooseVictims } from "./victims.ts";

/** Pods that one sync creates or deletes at most (upstream `BurstReplicas`). */
const BURST = 500;

/** A kind whose objects keep a number of equal pods. */
export type ReplicaOwner = ReplicaSet | ReplicationController;

/** What differs between ReplicaSets and ReplicationControllers. */
export interface ReplicaKind {
  readonly name: string;
  readonly kind: "ReplicaSet" | "ReplicationController";
  readonly selectorOf: (owner: ReplicaOwner) => LabelSelector | undefined;
  /** Source of its EventRecords, where that is not its name. */
  readonly eventSource?: string;
  /** Whether the status tells the terminating pods. */
  readonly tellsTerminating: boolean;
}

/** The controller that keeps as many pods as wanted, for either kind. */
export function replicaController(options: ReplicaKind): Controller {
  const { name, kind, selectorOf } = options;
  return {
    name,
    ...(options.eventSource === undefined ? {} : { eventSource: options.eventSource }),
    for: kind,
    owns: ["Pod"],
    watches: [
      {
        kind: "Pod",
        parts: Part.labels | Part.owners,
        keys: (after, _before, client) =>
          keysMatching(client, kind, after, (owner) =>
            matchesSelector(selectorOf(owner as ReplicaOwner)),
          ),
      },
    ],
    indexes: [
      { kind: "Pod", name: ORPHANS, keys: byOrphanNamespace },
      { kind: "Pod", name: POD_STATES, keys: byOwnerAndState },
    ],
    observedParts: Part.deletion,
    observe: (of, after, before, memory) => {
      if (of === "Pod")
        observePod(kind, after as Pod | undefined, before as Pod | undefined, memory);
      else if (of === kind && after === undefined && before !== undefined) {
        forgetExpectations(memory, keyOf(before));
      }
    },
    writeFailed: unexpect("Pod"),
    reconcile: (key, context) => reconcile(options, key, context),
  };
}

function observePod(
  kind: string,
  after: Pod | undefined,
  before: Pod | undefined,
  memory: Map<string, unknown>,
): void {
  const key = controllerKeyOf(after ?? before, kind);
  if (key === undefined) return;
  if (before === undefined) creationObserved(memory, key);
  else if (after === undefined || isTerminating(after))
    deletionObserved(memory, key, keyOf(before));
}

function reconcile(options: ReplicaKind, key: Key, context: ReconcileContext): ReconcileResult {
  const { client, memory, now } = context;
  const owner = client.get(options.kind, key) as ReplicaOwner | undefined;
  if (owner === undefined) return forgetExpectations(memory, key);
  const selector = options.selectorOf(owner);
  const labels = owner.spec.template?.metadata?.labels;
  const met = expectationsMet(memory, key, now);
  const cached = podCounts(client, owner, selector, labels);
  const adopted = syncOwnership(options, owner, cached, context);
  const counts = withPods(cached, adopted, labels);
  const alive = owner.metadata.deletionTimestamp === undefined;
  const error = met && alive ? manage(options, owner, counts, adopted, context) : undefined;
  const { available, nextAt } = availability(client, owner, counts, now);
  const missing = counts.active < (owner.spec.replicas ?? 1);
  const failure = error === undefined ? undefined : { error, missing };
  const generation = owner.metadata.generation ?? 0;
  const status = replicaStatus(owner.status, generation, counts, available, failure, now);
  writeStatus(options, owner, status, context);
  if (error !== undefined) throw error;
  return nextAt === undefined ? undefined : { requeueAfter: nextAt - now };
}

/** Adopts and releases pods where there is reason to; answers the adopted ones, which the cache does not show as such yet. */
function syncOwnership(
  options: ReplicaKind,
  owner: ReplicaOwner,
  counts: PodCounts,
  { client }: ReconcileContext,
): readonly Pod[] {
  const rule = { matches: matchesSelector(options.selectorOf(owner)), concerns: isActive };
  if (counts.strays > 0) release(client, "Pod", owner, rule);
  return adopt(client, "Pod", owner, rule);
}

/** Creates or deletes pods towards the wanted number; answers the first error. */
function manage(
  options: ReplicaKind,
  owner: ReplicaOwner,
  counts: PodCounts,
  adopted: readonly Pod[],
  context: ReconcileContext,
): ApiError | undefined {
  const missing = (owner.spec?.replicas ?? 1) - counts.active;
  if (missing > 0) return createPods(owner, Math.min(missing, BURST), context);
  if (missing < 0) {
    const pods = [...activePods(context.client, owner), ...adopted];
    return deletePods(options, owner, pods, Math.min(-missing, BURST), context);
  }
  return undefined;
}

function createPods(
  owner: ReplicaOwner,
  count: number,
  { client, memory, now, record }: ReconcileContext,
): ApiError | undefined {
  const key = keyOf(owner);
  expectCreations(memory, key, count, now);
  const manifest = podFromTemplate(owner.spec?.template as PodTemplateSpec | undefined, owner);
  const { done, error } = slowStart(count, () => {
    try {
      const pod = client.create("Pod", manifest);
      record.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
    } catch (caught) {
      if (caught instanceof ApiError && !isNamespaceEnding(caught))
        record.event(owner, "Warning", "FailedCreate", `Error creating: ${caught.message}`);
      throw caught;
    }
  });
  creationObserved(memory, key, count - done);
  return error !== undefined && isNamespaceEnding(error) ? undefined : error;
}

function deletePods(
  options: ReplicaKind,
  owner: ReplicaOwner,
  pods: readonly Pod[],
  count: number,
  { client, memory, now, record }: ReconcileContext,
): ApiError | undefined {
  const key = keyOf(owner);
  const victims = chooseVictims(pods, relatedPods(options, owner, client), count, now);
  expectDeletions(memory, key, victims.map(keyOf), now);
  let error: ApiError | undefined;
  for (const victim of victims) {
    const { name } = victim.metadata;
    try {
      client.delete("Pod", keyOf(victim));
      record.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
    } catch (caught) {
      if (!isApiError(caught)) throw caught;
      deletionObserved(memory, key, keyOf(victim));
      if (caught.code === 404) continue;
      record.event(owner, "Warning", "FailedDelete", `Error deleting: ${caught.message}`);
      error ??= caught;
    }
  }
  return error;
}

function activePods(client: Client, owner: ReplicaOwner): Pod[] {
  const pods: Pod[] = [];
  const { uid } = owner.metadata;
  for (const pod of client.ownedBy("Pod", uid))
    if (isActive(pod) && controllerOf(pod)?.uid === uid) pods.push(pod);
  return pods;
}

/**
 * Active pods of all ReplicaSets of the same owner: a scale-down spreads what stays, counting them together. A
 * ReplicaSet that nobody owns counts none, not even its own (upstream `getReplicaSetsWithSameController`).
 */
function relatedPods({ kind }: ReplicaKind, owner: ReplicaOwner, client: Client): readonly Pod[] {
  const above = controllerOf(owner);
  if (above === undefined) return [];
  const pods: Pod[] = [];
  for (const sibling of client.ownedBy(kind, above.uid))
    pods.push(...activePods(client, sibling as ReplicaOwner));
  return pods;
}

/** How many pods are available, and when the next one will be. */
function availability(
  client: Client,
  owner: ReplicaOwner,
  counts: PodCounts,
  now: Micros,
): { readonly available: number; readonly nextAt: Micros | undefined } {
  const delay = owner.spec?.minReadySeconds ?? 0;
  if (delay === 0) return { available: counts.ready, nextAt: undefined };
  let available = 0;
  let nextAt: Micros | undefined;
  for (const pod of activePods(client, owner)) {
    const at = availableAt(pod, delay);
    if (at === undefined) continue;
    if (at <= now) available++;
    else if (nextAt === undefined || at < nextAt) nextAt = at;
  }
  return { available, nextAt };
}

/** Writes the status where it differs; a conflict is tried once more on the newest version. */
function writeStatus(
  { kind, tellsTerminating }: ReplicaKind,
  owner: ReplicaOwner,
  next: ReplicaSetStatus,
  { client }: ReconcileContext,
): void {
  const status = tellsTerminating ? next : withoutTerminating(next);
  if (deepEqual(owner.status, status)) return;
  try {
    client.updateStatus(kind, { ...owner, status } as ReplicaSet);
  } catch (error) {
    if (!isApiError(error, "Conflict")) throw error;
    const fresh = client.live(kind, keyOf(owner));
    if (fresh !== undefined) client.updateStatus(kind, { ...fresh, status } as ReplicaSet);
  }
}

function withoutTerminating({
  terminatingReplicas: _,
  ...status
}: ReplicaSetStatus): ReplicaSetStatus {
  return status;
}
