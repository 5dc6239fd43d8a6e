import { ApiError } from "../api/api-error.ts";
import { apiCode, type Client } from "../api/client.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { matchesSelector } from "../api/meta/selector.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type { ControllerRevision, DaemonSet, Node, Pod } from "../api/types.gen.ts";
import { MINUTE, type Micros, SECOND } from "../engine/time.ts";
import {
  newestRevision,
  REVISION_HASH,
  revisionsOf,
  truncateHistory,
} from "./controller-history/revisions.ts";
import { nodeFit } from "./daemon-set/node-fit.ts";
import {
  type DaemonNode,
  type DaemonPlan,
  type DaemonView,
  nodePlan,
  updatePlan,
} from "./daemon-set/plan.ts";
import { daemonPod, targetNode } from "./daemon-set/pod.ts";
import { daemonStatus } from "./daemon-set/status.ts";
import type { Controller, ReconcileContext, ReconcileResult } from "./runtime/controller.ts";
import {
  creationObserved,
  deletionObserved,
  expectationsMet,
  expectCreations,
  expectDeletions,
  forgetExpectations,
  unexpect,
} from "./runtime/expectations.ts";
import {
  byOrphanNamespace,
  claim,
  controllerKeyOf,
  keysMatching,
  ORPHANS,
} from "./runtime/owner.ts";
import { availableAt, hasEnded, isTerminating } from "./runtime/pods.ts";
import { isNamespaceEnding, slowStart } from "./runtime/slow-start.ts";

/** Pods that one sync creates or deletes at most (upstream `BurstReplicas`). */
const BURST = 250;
/** How long a node whose pods fail waits for the next one: doubling. */
const FIRST_BACK_OFF: Micros = SECOND;
const LONGEST_BACK_OFF: Micros = 15 * MINUTE;

/** Keeps one pod on every node that suits. */
export const daemonSetController: Controller = {
  name: "daemonset-controller",
  for: "DaemonSet",
  owns: ["Pod"],
  watches: [
    {
      kind: "Pod",
      parts: Part.labels | Part.owners,
      keys: (after, _before, client) =>
        keysMatching(client, "DaemonSet", after, ({ spec }) => matchesSelector(spec.selector)),
    },
    {
      kind: "Node",
      keys: (after, before, client) =>
        setsConcerned(after as Node | undefined, before as Node | undefined, client),
    },
  ],
  reads: ["ControllerRevision"],
  indexes: [
    { kind: "Pod", name: ORPHANS, keys: byOrphanNamespace },
    { kind: "ControllerRevision", name: ORPHANS, keys: byOrphanNamespace },
  ],
  observedParts: Part.deletion,
  observe: (kind, after, before, memory) => {
    const key = kind === "Pod" ? controllerKeyOf(after ?? before, "DaemonSet") : undefined;
    if (key === undefined) return;
    if (before === undefined) creationObserved(memory, key);
    else if (after === undefined || isTerminating(after as Pod))
      deletionObserved(memory, key, keyOf(before));
  },
  writeFailed: unexpect("Pod"),
  reconcile,
};

/**
 * DaemonSets that have something to do on a node that appeared, or whose labels or taints changed: a pod is missing or must
 * go, or one that was misplaced may not be any more. A node that goes concerns none (upstream `syncNodeUpdate`).
 */
function setsConcerned(
  after: Node | undefined,
  before: Node | undefined,
  client: Client,
): readonly Key[] {
  if (after === undefined) return [];
  const same =
    before !== undefined &&
    deepEqual(after.metadata.labels, before.metadata.labels) &&
    deepEqual(after.spec?.taints, before.spec?.taints);
  if (same) return [];
  const keys: Key[] = [];
  for (const set of client.list("DaemonSet")) {
    const { shouldRun, mayStay } = nodeFit(set.spec.template, after);
    const hasPod = before !== undefined && runsOn(set, after.metadata.name, client);
    const misplaced = (set.status?.numberMisscheduled ?? 0) > 0;
    if (hasPod ? !mayStay || misplaced : shouldRun) keys.push(keyOf(set));
  }
  return keys;
}

function runsOn({ metadata }: DaemonSet, node: string, client: Client): boolean {
  for (const pod of client.ownedBy("Pod", metadata.uid))
    if (pod.spec.nodeName === node) return true;
  return false;
}

function reconcile(key: Key, context: ReconcileContext): ReconcileResult {
  const { client, memory, now, record } = context;
  const set = client.get("DaemonSet", key);
  if (set === undefined) return forgetExpectations(memory, key);
  const { matchLabels = {}, matchExpressions = [] } = set.spec.selector;
  if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) {
    const message = "This daemon set is selecting all pods. A non-empty selector is required.";
    return record.event(set, "Warning", "SelectingAll", message);
  }
  if (set.metadata.deletionTimestamp !== undefined) return;
  const revisions = revisionsOf(set, context);
  const before = set.status?.collisionCount ?? 0;
  const newest = newestRevision(set, revisions, before, context, REVISION_HASH);
  const hash = newest.revision.metadata.labels?.[REVISION_HASH] ?? "";
  const view: DaemonView = { set, hash, now };
  const placed = place(set, context);
  let result: Outcome = {};
  const met = expectationsMet(memory, key, now);
  if (met) result = manage(view, placed, revisions, context);
  const observed = met ? set.metadata.generation : set.status?.observedGeneration;
  writeStatus(set, daemonStatus(placed.nodes, view, observed, newest.collisions), context);
  if (result.error !== undefined) throw result.error;
  const next = earliest(result.retryAt, nextAvailable(view, placed.nodes));
  return next === undefined ? undefined : { requeueAfter: next - now };
}

/** Nodes with their daemon pods, and pods meant for nodes that are gone. */
interface Placement {
  readonly nodes: readonly DaemonNode[];
  readonly lost: readonly Pod[];
  /** All pods of the DaemonSet, those that ended and are being deleted, too. */
  readonly all: readonly Pod[];
}

interface Outcome {
  readonly error?: ApiError;
  readonly retryAt?: Micros | undefined;
}

function place(set: DaemonSet, { client }: ReconcileContext): Placement {
  const pods = claim(client, "Pod", set, { matches: matchesSelector(set.spec.selector) });
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (isTerminating(pod) && hasEnded(pod)) continue;
    const name = targetNode(pod) ?? "";
    const known = byNode.get(name);
    if (known === undefined) byNode.set(name, [pod]);
    else known.push(pod);
  }
  const nodes: DaemonNode[] = [];
  for (const node of client.list("Node")) {
    const { name } = node.metadata;
    nodes.push({ name, fit: nodeFit(set.spec.template, node), pods: byNode.get(name) ?? [] });
    byNode.delete(name);
  }
  const lost = [...byNode.values()].flat().filter(({ spec }) => (spec.nodeName ?? "") === "");
  return { nodes, lost, all: pods };
}

function manage(
  view: DaemonView,
  { nodes, lost, all }: Placement,
  revisions: readonly ControllerRevision[],
  context: ReconcileContext,
): Outcome {
  const { set } = view;
  const create: string[] = [];
  const remove: Pod[] = [...lost];
  let retryAt: Micros | undefined;
  for (const node of nodes) {
    const plan = nodePlan(node, view);
    create.push(...plan.create);
    for (const pod of plan.remove) {
      const waits =
        hasEnded(pod) && node.fit.mayStay ? endedPod(view, node, pod, context) : undefined;
      if (waits === undefined) remove.push(pod);
      else retryAt = earliest(retryAt, waits);
    }
  }
  let error = apply(view, { create, remove }, context);
  const rolls = set.spec.updateStrategy?.type !== "OnDelete";
  if (error === undefined && rolls && expectationsMet(context.memory, keyOf(set), view.now))
    error = apply(view, updatePlan(nodes, view), context);
  if (error !== undefined) return { error, retryAt };
  truncate(view, all, revisions, context);
  return { retryAt };
}

/** Deletes old revisions beyond the limit, which those that pods still need count towards. */
function truncate(
  { set, hash }: DaemonView,
  pods: readonly Pod[],
  revisions: readonly ControllerRevision[],
  context: ReconcileContext,
): void {
  const hashOf = ({ metadata }: KubeObject) => metadata.labels?.[REVISION_HASH];
  const inUse = new Set(pods.map(hashOf));
  const old = revisions.filter((revision) => hashOf(revision) !== hash);
  const live = old.filter((revision) => inUse.has(hashOf(revision)));
  const kept = revisions.filter((revision) => !old.includes(revision) || live.includes(revision));
  const names = new Set(kept.map(({ metadata }) => metadata.name));
  truncateHistory(set, revisions, names, context, live.length);
}

/** Tells of a pod that ended; answers until when a failing node waits for the next one. */
function endedPod(
  { set, now }: DaemonView,
  node: DaemonNode,
  pod: Pod,
  { memory, record }: ReconcileContext,
): Micros | undefined {
  const { namespace, name } = pod.metadata;
  const where = `daemon pod ${namespace}/${name} on node ${node.name}`;
  if (pod.status?.phase === "Succeeded") {
    const message = `Found succeeded ${where}, will try to delete it`;
    record.event(set, "Normal", "SucceededDaemonPod", message);
    return undefined;
  }
  const key = `failed/${set.metadata.uid}/${node.name}`;
  const known = memory.get(key) as { readonly delay: Micros; readonly since: Micros } | undefined;
  const fresh =
    known !== undefined && now - known.since <= 2 * LONGEST_BACK_OFF ? known : undefined;
  // The whole delay again, from the look that finds the pod.
  if (fresh !== undefined && now - fresh.since < fresh.delay) return now + fresh.delay;
  const delay = fresh === undefined ? FIRST_BACK_OFF : Math.min(fresh.delay * 2, LONGEST_BACK_OFF);
  memory.set(key, { delay, since: now });
  record.event(set, "Warning", "FailedDaemonPod", `Found failed ${where}, will try to kill it`);
  return undefined;
}

/** Creates and deletes as planned, within the burst; answers the first error. */
function apply(
  view: DaemonView,
  plan: DaemonPlan,
  context: ReconcileContext,
): ApiError | undefined {
  const { client, memory, now, record } = context;
  const { set, hash } = view;
  const key = keyOf(set);
  const create = plan.create.slice(0, BURST);
  const remove = plan.remove.slice(0, BURST);
  if (create.length > 0) expectCreations(memory, key, create.length, now);
  if (remove.length > 0) expectDeletions(memory, key, remove.map(keyOf), now);
  const made = slowStart(create.length, (at) => {
    try {
      const pod = client.create("Pod", daemonPod(set, hash, create[at] ?? ""));
      record.event(set, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      if (error instanceof ApiError && !isNamespaceEnding(error))
        record.event(set, "Warning", "FailedCreate", `Error creating: ${error.message}`);
      throw error;
    }
  });
  creationObserved(memory, key, create.length - made.done);
  let error = made.error !== undefined && isNamespaceEnding(made.error) ? undefined : made.error;
  for (const pod of remove) {
    try {
      client.delete("Pod", keyOf(pod));
      record.event(set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      deletionObserved(memory, key, keyOf(pod));
      if (caught.code === 404) continue;
      record.event(set, "Warning", "FailedDelete", `Error deleting: ${caught.message}`);
      error ??= caught;
    }
  }
  return error;
}

function writeStatus(
  set: DaemonSet,
  status: NonNullable<DaemonSet["status"]>,
  { client }: ReconcileContext,
): void {
  if (deepEqual(status, set.status)) return;
  try {
    client.updateStatus("DaemonSet", { ...set, status });
  } catch (error) {
    if (apiCode(error) !== 409) throw error;
    const fresh = client.live("DaemonSet", keyOf(set));
    if (fresh !== undefined) client.updateStatus("DaemonSet", { ...fresh, status });
  }
}

function nextAvailable({ set, now }: DaemonView, nodes: readonly DaemonNode[]): Micros | undefined {
  const delay = set.spec.minReadySeconds ?? 0;
  if (delay === 0) return undefined;
  let next: Micros | undefined;
  for (const { pods } of nodes)
    for (const pod of pods) {
      const at = availableAt(pod, delay);
      if (at !== undefined && at > now) next = earliest(next, at);
    }
  return next;
}

function earliest(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
