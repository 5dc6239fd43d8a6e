import { isApiError } from "../../api/api-error.ts";
import type { Client } from "../../api/client.ts";
import { findCondition } from "../../api/meta/conditions.ts";
import type { KubeObject } from "../../api/object.ts";
import { keyOf } from "../../api/object.ts";
import { byNode } from "../../api/object-set.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { Controller, ReconcileContext } from "../runtime/controller.ts";
import type { ControllerServices } from "../runtime/services.ts";
import { readSettings, type Settings, spanOf, textOf } from "./add-on-config.ts";
import {
  budgetsOf,
  isGuarded,
  movablePods,
  placedElsewhere,
  reopenNodes,
  runningPods,
} from "./drainable.ts";
import { futureNode, GROUP_LABEL, machineOf, type NodeGroup, nodeGroups } from "./node-group.ts";

const NAME = "consolidation";
const LOOK = "/look";
const STATE = "state";
const TAINT = "karpenter.sh/disrupted";
const DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt";
/** Karpenter's poll period and its `consolidateAfter` of our settings. */
const PERIOD: Micros = 10 * SECOND;
const CONSOLIDATE_AFTER: Micros = 30 * SECOND;

/** A node on its way out, and the machine that comes in its place, if any. */
interface Leaving {
  readonly node: string;
  readonly replacement: string | undefined;
  readonly since: Micros;
  readonly launched: boolean;
}

interface State {
  readonly start: Micros;
  readonly last: Micros | undefined;
  /** Since when pods and nodes have been as they are. */
  readonly quietSince: Micros;
  readonly leaving: Leaving | undefined;
  readonly number: number;
}

/**
 * Makes a cluster cheaper, as Karpenter's consolidation does, one node at a time: removes empty nodes, removes a node whose pods
 * fit on the others, or replaces one by a cheaper machine that its pods fit on. Settings are in the ConfigMap
 * kube-system/consolidation: `nodeGroups` with prices, `consolidateAfter`, and `policy` (WhenEmpty or
 * WhenEmptyOrUnderutilized).
 */
export function consolidation(services: ControllerServices): Controller {
  return {
    name: NAME,
    eventSource: "karpenter",
    for: "Node",
    startKey: LOOK,
    concerns: () => false,
    watches: [
      { kind: "Pod", keys: (after, before) => (podMoved(after, before) ? [LOOK] : []) },
      { kind: "Node", keys: (after, before) => (nodeChanged(after, before) ? [LOOK] : []) },
      { kind: "PodDisruptionBudget", keys: () => [LOOK] },
      {
        kind: "ConfigMap",
        keys: (after, before) => ((after ?? before)?.metadata.name === NAME ? [LOOK] : []),
      },
    ],
    indexes: [{ kind: "Pod", name: "node", keys: byNode }],
    workers: 1,
    observe(kind, after, before, memory) {
      // A change of pods or nodes starts the quiet time anew; when that is, reconcile finds out.
      const moved =
        (kind === "Pod" && podMoved(after, before)) ||
        (kind === "Node" && nodeChanged(after, before));
      if (moved) memory.set("restless", true);
    },
    reconcile: (_key, context) => lookOnGrid(context, services),
  };
}

function podMoved(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  const [pod, old] = [after as Pod | undefined, before as Pod | undefined];
  return pod?.spec?.nodeName !== old?.spec?.nodeName || pod === undefined;
}

function nodeChanged(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  const [node, old] = [after as Node | undefined, before as Node | undefined];
  if (node === undefined || old === undefined) return true;
  return node.spec !== old.spec || isReady(node) !== isReady(old);
}

function isReady(node: Node): boolean {
  return findCondition(node.status?.conditions, "Ready")?.status === "True";
}

function lookOnGrid(
  context: ReconcileContext,
  services: ControllerServices,
): { requeueAfter: Micros } | undefined {
  const { client, memory, now } = context;
  const settings = readSettings(client, NAME);
  const groups = nodeGroups(settings);
  if (groups.length === 0) return undefined;
  const known = memory.get(STATE) as State | undefined;
  // A process that starts anew knows nothing of a node it was emptying: it takes that back and looks again.
  if (known === undefined) reopenNodes(client, TAINT);
  let state: State = known ?? {
    start: now,
    last: undefined,
    quietSince: now,
    leaving: undefined,
    number: 0,
  };
  if (memory.delete("restless")) state = { ...state, quietSince: now };
  const due = state.start + Math.ceil((now - state.start) / PERIOD) * PERIOD;
  const at = due === state.last ? due + PERIOD : due;
  memory.set(STATE, state);
  if (now < at) return { requeueAfter: at - now };
  state = { ...state, last: now };
  const quiet = spanOf(settings, "consolidateAfter", CONSOLIDATE_AFTER);
  if (state.leaving !== undefined) state = proceed(state, groups, context, services);
  else if (now >= state.quietSince + quiet)
    state = consider(state, groups, settings, context, services);
  memory.set(STATE, state);
  if (state.leaving !== undefined) return { requeueAfter: PERIOD };
  return now < state.quietSince + quiet
    ? { requeueAfter: state.quietSince + quiet - now }
    : undefined;
}

function priceOf(groups: readonly NodeGroup[], node: Node): number {
  const name = node.metadata.labels?.[GROUP_LABEL];
  return groups.find((group) => group.name === name)?.price ?? 0;
}

/** Finds the first node that can go, those that are cheapest to disrupt first. */
function consider(
  state: State,
  groups: readonly NodeGroup[],
  settings: Settings,
  context: ReconcileContext,
  { placement }: ControllerServices,
): State {
  const { client, now } = context;
  const nodes = [...client.list("Node")].filter(isReady);
  const pods = runningPods(client);
  const underutilized = textOf(settings, "policy", "WhenEmptyOrUnderutilized") !== "WhenEmpty";
  for (const node of candidates(client, nodes, groups)) {
    const { name } = node.metadata;
    const movable = movablePods(client, name);
    const others = nodes.filter((other) => other !== node && other.spec?.unschedulable !== true);
    if (movable.length === 0) return leave(state, node, undefined, "Empty", context);
    if (!underutilized || movable.some((pod) => keeps(client, pod))) continue;
    if (placedElsewhere(movable, others, pods, placement) !== undefined)
      return leave(state, node, undefined, "Underutilized", context);
    const cheaper = [...groups]
      .filter(({ price }) => price < priceOf(groups, node))
      .sort((a, b) => a.price - b.price);
    for (const group of cheaper) {
      const machine = futureNode(group, `${group.name}-c${state.number + 1}`);
      if (placedElsewhere(movable, [...others, machine], pods, placement) === undefined) continue;
      const next = { ...state, number: state.number + 1 };
      return leave(next, node, { group, name: machine.metadata.name }, "Underutilized", context);
    }
  }
  return { ...state, quietSince: state.quietSince, last: now };
}

/** Only an annotation and a budget keep a pod where it is: Karpenter asks neither who owns it nor what it stores. */
function keeps(client: Client, pod: Pod): boolean {
  return pod.metadata.annotations?.[DO_NOT_DISRUPT] === "true" || isGuarded(budgetsOf(client, pod));
}

/** Nodes of groups, fewest pods first. */
function candidates(
  client: Client,
  nodes: readonly Node[],
  groups: readonly NodeGroup[],
): readonly Node[] {
  const managed = nodes.filter(
    ({ metadata }) =>
      groups.some(({ name }) => name === metadata.labels?.[GROUP_LABEL]) &&
      metadata.annotations?.[DO_NOT_DISRUPT] !== "true",
  );
  const count = new Map(
    managed.map((node) => [node, movablePods(client, node.metadata.name).length]),
  );
  return [...managed].sort((a, b) => (count.get(a) ?? 0) - (count.get(b) ?? 0));
}

function leave(
  state: State,
  seen: Node,
  replacement: { readonly group: NodeGroup; readonly name: string } | undefined,
  reason: string,
  { client, now, record }: ReconcileContext,
): State {
  const { name } = seen.metadata;
  const node = client.live("Node", name);
  if (node === undefined) return state;
  const taints = [...(node.spec?.taints ?? []), { key: TAINT, effect: "NoSchedule" }];
  client.update("Node", { ...node, spec: { ...node.spec, taints } });
  const how = replacement === undefined ? "Delete" : `Replace with ${replacement.group.name}`;
  record.event(node, "Normal", "DisruptionTerminating", `Disrupting Node: ${reason}/${how}`);
  const leaving = { node: name, replacement: replacement?.name, since: now, launched: false };
  return { ...state, leaving };
}

/** Launches the replacement, waits for it, evicts the pods, and takes the machine away when it is empty. */
function proceed(
  state: State,
  groups: readonly NodeGroup[],
  { client, now }: ReconcileContext,
  { machines }: ControllerServices,
): State {
  const { leaving } = state;
  if (leaving === undefined) return state;
  const { replacement } = leaving;
  if (replacement !== undefined) {
    const group = groups.find(({ name }) => replacement.startsWith(`${name}-c`));
    if (!leaving.launched && group?.startup !== undefined && now >= leaving.since + group.startup) {
      machines.add(machineOf(group, replacement));
      return { ...state, leaving: { ...leaving, launched: true } };
    }
    const node = client.get("Node", replacement);
    if (node === undefined || !isReady(node)) return state;
  }
  if (client.live("Node", leaving.node) === undefined) return { ...state, leaving: undefined };
  const present = [...client.indexed("Pod", "node", leaving.node)];
  const movable = movablePods(client, leaving.node);
  if (
    movable.length === 0 &&
    present.every(({ metadata }) => metadata.deletionTimestamp === undefined)
  ) {
    machines.remove(leaving.node);
    return { ...state, leaving: undefined, quietSince: now };
  }
  for (const pod of movable) {
    try {
      client.evict(keyOf(pod));
    } catch (error) {
      if (!isApiError(error)) throw error;
    }
  }
  return state;
}
