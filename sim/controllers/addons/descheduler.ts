import { isApiError } from "../../api/api-error.ts";
import { findCondition } from "../../api/meta/conditions.ts";
import type { KubeObject } from "../../api/object.ts";
import { keyOf } from "../../api/object.ts";
import { byNode } from "../../api/object-set.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import { MINUTE, type Micros } from "../../engine/time.ts";
import type { Controller, ReconcileContext } from "../runtime/controller.ts";
import type { ControllerServices } from "../runtime/services.ts";
import { listOf, numberOf, readSettings, type Settings, spanOf, textOf } from "./add-on-config.ts";
import { removeDuplicates } from "./descheduler/duplicates.ts";
import { topologySpread } from "./descheduler/spread.ts";
import { fitsElsewhere, type Strategy } from "./descheduler/strategy.ts";
import { highNodeUtilization, lowNodeUtilization } from "./descheduler/utilization.ts";
import {
  antiAffinity,
  nodeAffinity,
  nodeTaints,
  podLifeTime,
  tooManyRestarts,
} from "./descheduler/violations.ts";

const NAME = "descheduler";
const PASS = "/pass";
const STATE = "state";
/** `--descheduling-interval` of upstream's Deployment. */
const INTERVAL: Micros = 5 * MINUTE;
/** Strategies whose victims depend on the clock: they are asked at every interval. */
const CLOCKED = new Set(["PodLifeTime"]);

/** Every strategy, in the order they run in. */
export const strategies: readonly Strategy[] = [
  nodeTaints,
  nodeAffinity,
  antiAffinity,
  topologySpread,
  removeDuplicates,
  tooManyRestarts,
  podLifeTime,
  lowNodeUtilization,
  highNodeUtilization,
];

interface PassState {
  readonly start: Micros;
  readonly last: Micros | undefined;
}

/**
 * Evicts pods that should run elsewhere. Settings are in the ConfigMap kube-system/descheduler: `interval`,
 * `maxNoOfPodsToEvictPerNode` and `strategies`, a list of `{name, nodeFit, …}`; without it RemoveDuplicates and the
 * violation strategies run. Passes are on a grid of the interval, when something changed since the last one.
 */
export function descheduler(services: ControllerServices): Controller {
  return {
    name: NAME,
    eventSource: "sigs.k8s.io/descheduler",
    for: "Pod",
    startKey: PASS,
    concerns: () => false,
    watches: [
      { kind: "Pod", keys: (after, before) => (podMatters(after, before) ? [PASS] : []) },
      { kind: "Node", keys: (after, before) => (nodeMatters(after, before) ? [PASS] : []) },
      {
        kind: "ConfigMap",
        keys: (after, before) => ((after ?? before)?.metadata.name === NAME ? [PASS] : []),
      },
    ],
    indexes: [{ kind: "Pod", name: "node", keys: byNode }],
    workers: 1,
    reconcile: (_key, context) => passOnGrid(context, services),
  };
}

function podMatters(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  const [pod, old] = [after as Pod | undefined, before as Pod | undefined];
  return (
    pod?.spec?.nodeName !== old?.spec?.nodeName ||
    pod?.status?.phase !== old?.status?.phase ||
    pod?.status?.containerStatuses !== old?.status?.containerStatuses
  );
}

function nodeMatters(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  return after?.spec !== before?.spec || after?.metadata.labels !== before?.metadata.labels;
}

function passOnGrid(
  context: ReconcileContext,
  services: ControllerServices,
): { requeueAfter: Micros } | undefined {
  const { client, memory, now } = context;
  const settings = readSettings(client, NAME);
  const interval = spanOf(settings, "interval", INTERVAL);
  const { start, last } = (memory.get(STATE) as PassState | undefined) ?? {
    start: now,
    last: undefined,
  };
  // The first pass comes after one interval: a cluster that is just being filled is left alone.
  const due = start + Math.max(1, Math.ceil((now - start) / interval)) * interval;
  const at = due === last ? due + interval : due;
  memory.set(STATE, { start, last });
  if (now < at) return { requeueAfter: at - now };
  memory.set(STATE, { start, last: now });
  const wanted = wantedStrategies(settings);
  pass(wanted, settings, context, services);
  return wanted.some(([{ name }]) => CLOCKED.has(name)) ? { requeueAfter: interval } : undefined;
}

/** Strategies to run with their own settings; an unknown name is none. */
function wantedStrategies(settings: Settings): readonly (readonly [Strategy, Settings])[] {
  const listed = listOf(settings, "strategies");
  if (listed.length === 0) return DEFAULTS.map((strategy) => [strategy, {}] as const);
  return listed.flatMap((own) => {
    const strategy = strategies.find(({ name }) => name === textOf(own, "name", ""));
    return strategy === undefined ? [] : [[strategy, own] as const];
  });
}

const DEFAULTS = [nodeTaints, nodeAffinity, antiAffinity, topologySpread, removeDuplicates];

function pass(
  wanted: readonly (readonly [Strategy, Settings])[],
  settings: Settings,
  context: ReconcileContext,
  { placement }: ControllerServices,
): void {
  const { client, now } = context;
  const nodes = [...client.list("Node")].filter(isReady);
  const view = { client, nodes, placement, now };
  const most = numberOf(settings, "maxNoOfPodsToEvictPerNode", Number.POSITIVE_INFINITY);
  const evicted = new Map<string, number>();
  const gone = new Set<string>();
  for (const [strategy, own] of wanted) {
    for (const pod of strategy.victims(view, own)) {
      const node = pod.spec?.nodeName ?? "";
      const count = evicted.get(node) ?? 0;
      if (gone.has(pod.metadata.uid) || count >= most) continue;
      if (own["nodeFit"] === true && !fitsElsewhere(pod, view)) continue;
      if (!evict(pod, strategy.name, context)) continue;
      gone.add(pod.metadata.uid);
      evicted.set(node, count + 1);
    }
  }
}

function isReady(node: Node): boolean {
  return findCondition(node.status?.conditions, "Ready")?.status === "True";
}

/** Evicts a pod if its disruption budget allows. */
function evict(pod: Pod, strategy: string, { client, record }: ReconcileContext): boolean {
  try {
    client.evict(keyOf(pod));
  } catch (error) {
    if (!isApiError(error)) throw error;
    return false;
  }
  const text = `pod eviction from ${pod.spec?.nodeName ?? ""} node by sigs.k8s.io/descheduler`;
  record.event(pod, "Normal", strategy, text, { action: "Descheduled" });
  return true;
}
