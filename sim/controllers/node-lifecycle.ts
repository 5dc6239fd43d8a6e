import type { Client } from "../api/client.ts";
import { edit } from "../api/edit.ts";
import type { KubeObject } from "../api/object.ts";
import { byNode } from "../api/object-set.ts";
import type { Node } from "../api/types.gen.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import {
  markPodsNotReady,
  markSilent,
  readyStatus,
  type Sighting,
  sight,
  silentFrom,
} from "./node-lifecycle/health.ts";
import {
  hasTaint,
  markReachable,
  NOT_READY,
  reconcileNoSchedule,
  taintNoExecute,
  UNREACHABLE,
} from "./node-lifecycle/taints.ts";
import { handleDisruption, NEW_ZONE, type Zone, zoneOf } from "./node-lifecycle/zones.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import type { ControllerServices } from "./runtime/services.ts";

/** `--node-monitor-period`: health is checked on a grid of this step from the controller's start. */
const PERIOD: Micros = 5 * SECOND;
/** Key of the health check; no node can have this name. */
const MONITOR = "/monitor";
/** Where the monitor keeps what it remembers; nodes are under `node/<name>`. */
const STATE = "monitor";
const NODE = "node/";

/** Labels that a node gets for an older name of the same thing. */
const LABEL_PAIRS = [
  ["kubernetes.io/os", "beta.kubernetes.io/os"],
  ["kubernetes.io/arch", "beta.kubernetes.io/arch"],
] as const;

interface MonitorState {
  /** When the controller started: the grid's anchor. */
  readonly start: Micros;
  readonly lastPass: Micros | undefined;
  /** When the next check can matter. */
  readonly checkAt: Micros | undefined;
  /** Nodes to be tainted NoExecute, in order, with their zones. */
  readonly queue: readonly (readonly [zone: string, node: string])[];
  readonly zones: readonly (readonly [name: string, zone: Zone])[];
}

/**
 * Watches over nodes: NoSchedule taints follow conditions at once; a check on a 5 s grid declares silent nodes Unknown,
 * their pods not ready, and taints them NoExecute at a pace that depends on how much of their zone is down.
 * A check happens only when its outcome can differ: after a change of a node, a heartbeat that stopped, or a grace period.
 */
export function nodeLifecycle({ heartbeats }: ControllerServices): Controller {
  return {
    name: "node-lifecycle-controller",
    eventSource: "node-controller",
    for: "Node",
    startKey: MONITOR,
    concerns: (after, before) => after !== undefined && matters(after, before),
    watches: [{ kind: "Node", keys: (after, before) => (matters(after, before) ? [MONITOR] : []) }],
    reads: ["Pod"],
    indexes: [{ kind: "Pod", name: "node", keys: byNode }],
    signals: (enqueue) => heartbeats.onChange(() => enqueue(MONITOR)),
    reconcile(key, context) {
      if (key !== MONITOR) {
        const node = context.client.get("Node", key);
        if (node !== undefined) reconcileNode(context.client, node, context.now);
        return undefined;
      }
      return monitor(context, heartbeats);
    },
  };
}

/** Whether a change of a node can change what this controller does. */
function matters(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  if (after === undefined || before === undefined) return true;
  const [now, then] = [after as Node, before as Node];
  return (
    now.spec !== then.spec ||
    now.status?.conditions !== then.status?.conditions ||
    now.metadata.labels !== then.metadata.labels
  );
}

function reconcileNode(client: Client, node: Node, now: Micros): void {
  reconcileNoSchedule(client, node, now);
  const labels = node.metadata.labels ?? {};
  const missing = LABEL_PAIRS.filter(
    ([primary, secondary]) =>
      labels[primary] !== undefined && labels[secondary] !== labels[primary],
  );
  const live = missing.length > 0 ? client.live("Node", node.metadata.name) : undefined;
  if (live === undefined) return;
  const labelled = edit(live, ({ metadata }) => {
    metadata.labels ??= {};
    for (const [primary, secondary] of missing) metadata.labels[secondary] = labels[primary] ?? "";
  });
  client.update("Node", labelled);
}

type Heartbeats = ControllerServices["heartbeats"];

function monitor(
  context: ReconcileContext,
  heartbeats: Heartbeats,
): { readonly requeueAfter: Micros } | undefined {
  const { memory, now } = context;
  const known = memory.get(STATE) as MonitorState | undefined;
  let state = known ?? { start: now, lastPass: undefined, checkAt: now, queue: [], zones: [] };
  const next = nextCheck(state, now);
  state = { ...state, checkAt: Math.min(state.checkAt ?? next, next) };
  memory.set(STATE, state);
  if (state.checkAt !== undefined && now >= state.checkAt)
    state = checkHealth(state, context, heartbeats);
  state = taintQueued(state, context);
  memory.set(STATE, state);
  const wakes = state.zones
    .filter(
      ([name, { interval }]) => interval !== undefined && state.queue.some(([z]) => z === name),
    )
    .map(([, { nextTaint }]) => nextTaint);
  const at = Math.min(state.checkAt ?? Number.POSITIVE_INFINITY, ...wakes);
  return Number.isFinite(at) ? { requeueAfter: at - now } : undefined;
}

/** First instant of the grid from a time on. */
function onGrid({ start }: MonitorState, time: Micros): Micros {
  return start + Math.max(0, Math.ceil((time - start) / PERIOD)) * PERIOD;
}

function nextCheck(state: MonitorState, now: Micros): Micros {
  const next = onGrid(state, now);
  return next === state.lastPass ? next + PERIOD : next;
}

/** One pass of upstream's `monitorNodeHealth` over all nodes. */
function checkHealth(
  state: MonitorState,
  context: ReconcileContext,
  heartbeats: Heartbeats,
): MonitorState {
  const { client, memory, now, record } = context;
  const queue = new Map(state.queue.map(([zone, node]) => [node, zone]));
  const counts = new Map<string, { ready: number; notReady: number }>();
  const nodes: Node[] = [];
  let checkAt: Micros | undefined;
  forgetRemoved(context);
  for (const seen of client.list("Node")) {
    const { name } = seen.metadata;
    const sighting = register(context, seen);
    const silent = silentFrom(seen, sighting, heartbeats, (time) => onGrid(state, time), now);
    let node = seen;
    if (silent !== undefined && now >= silent) {
      node = markSilent(client, seen, now);
      if (readyStatus(seen) === "True" && readyStatus(node) !== "True")
        record.event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
    } else if (silent !== undefined) checkAt = Math.min(checkAt ?? silent, silent);
    if (readyStatus(node) === "Unknown") markPodsNotReady(client, record, name, now);
    queueTaint(client, node, queue, now);
    count(counts, node);
    nodes.push(node);
  }
  const before = new Map(state.zones);
  const { zones, stop, resume } = handleDisruption(before, counts, now);
  if (stop)
    for (const node of nodes) if (markReachable(client, node)) queue.delete(node.metadata.name);
  if (resume) for (const node of nodes) graceAnew(memory, node, now);
  return {
    start: state.start,
    lastPass: now,
    // What stops or resumes is looked at again, as every pass of upstream would.
    checkAt:
      stop || resume ? now + PERIOD : checkAt === undefined ? undefined : onGrid(state, checkAt),
    queue: [...queue].map(([node, zone]) => [zone, node]),
    zones: [...zones],
  };
}

/** Notes a node's signs of life; greets one that is new. */
function register({ memory, now, record }: ReconcileContext, node: Node): Sighting {
  const { name, uid } = node.metadata;
  const before = memory.get(NODE + name) as Sighting | undefined;
  const same = before?.uid === uid ? before : undefined;
  const sighting = sight(node, same, now);
  if (sighting !== same) memory.set(NODE + name, sighting);
  if (same === undefined)
    record.event(
      { kind: "Node", apiVersion: "v1", name, uid },
      "Normal",
      "RegisteredNode",
      `Node ${name} event: Registered Node ${name} in Controller`,
    );
  return sighting;
}

function forgetRemoved({ client, memory, record }: ReconcileContext): void {
  for (const [key, value] of [...memory]) {
    if (!key.startsWith(NODE)) continue;
    const name = key.slice(NODE.length);
    if (client.get("Node", name) !== undefined) continue;
    memory.delete(key);
    record.event(
      { kind: "Node", apiVersion: "v1", name, uid: (value as Sighting).uid },
      "Normal",
      "RemovingNode",
      `Node ${name} event: Removing Node ${name} from Controller`,
    );
  }
}

/** Takes NoExecute taints off a ready node, swaps a wrong one at once, and queues a node that lacks its own. */
function queueTaint(client: Client, node: Node, queue: Map<string, string>, now: Micros): void {
  const { name } = node.metadata;
  const status = readyStatus(node);
  if (status === undefined) return;
  if (status === "True") {
    markReachable(client, node);
    queue.delete(name);
    return;
  }
  const [own, opposite] =
    status === "Unknown" ? [UNREACHABLE, NOT_READY] : [NOT_READY, UNREACHABLE];
  if (hasTaint(node, own, "NoExecute")) queue.delete(name);
  else if (hasTaint(node, opposite, "NoExecute")) taintNoExecute(client, name, own, now);
  else if (!queue.has(name)) queue.set(name, zoneOf(node));
}

function count(counts: Map<string, { ready: number; notReady: number }>, node: Node): void {
  if (node.metadata.labels?.["node.kubernetes.io/exclude-disruption"] !== undefined) return;
  const zone = zoneOf(node);
  const { ready, notReady } = counts.get(zone) ?? { ready: 0, notReady: 0 };
  const isReady = readyStatus(node) === "True";
  counts.set(zone, { ready: ready + (isReady ? 1 : 0), notReady: notReady + (isReady ? 0 : 1) });
}

function graceAnew(memory: Map<string, unknown>, node: Node, now: Micros): void {
  const key = NODE + node.metadata.name;
  const sighting = memory.get(key) as Sighting | undefined;
  if (sighting !== undefined) memory.set(key, { ...sighting, probe: now });
}

/** Taints queued nodes NoExecute, as far as the pace of their zones allows. */
function taintQueued(state: MonitorState, { client, now }: ReconcileContext): MonitorState {
  const zones = new Map(state.zones);
  const waiting: (readonly [string, string])[] = [];
  for (const [name, node] of state.queue) {
    const zone = zones.get(name) ?? NEW_ZONE;
    if (zone.interval === undefined || now < zone.nextTaint) {
      waiting.push([name, node]);
      continue;
    }
    const current = client.live("Node", node);
    const status = current === undefined ? undefined : readyStatus(current);
    if (status === "False" || status === "Unknown")
      taintNoExecute(client, node, status === "Unknown" ? UNREACHABLE : NOT_READY, now);
    zones.set(name, { ...zone, nextTaint: now + zone.interval });
  }
  return { ...state, queue: waiting, zones: [...zones] };
}
