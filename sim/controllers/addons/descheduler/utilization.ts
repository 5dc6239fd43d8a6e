import type { Node, Pod } from "../../../api/types.gen.ts";
import { flagOf, numberOf, type Settings } from "../add-on-config.ts";
import { allocatableOf, requestOf } from "../pod-requests.ts";
import {
  evictablePods,
  fitsElsewhere,
  isOpen,
  leastImportantFirst,
  podsOn,
  type Strategy,
  toleratesTaints,
  type View,
} from "./strategy.ts";

const RESOURCES = ["cpu", "memory", "pods"] as const;
type Resource = (typeof RESOURCES)[number];
type Amounts = Readonly<Record<Resource, number>>;

/** Usage of a node: what its pods request, in thousandths. */
interface Usage {
  readonly node: Node;
  readonly used: Amounts;
}

const EVERYTHING: Amounts = { cpu: 100, memory: 100, pods: 100 };

/** Percent of each resource; one that is not named plays no part. Without any, as in upstream's example policy. */
function limits(settings: Settings, key: string, fallback: number): Amounts {
  const given = settings[key] as Settings | undefined;
  if (given === undefined) return { cpu: fallback, memory: fallback, pods: fallback };
  const of = (resource: Resource): number => numberOf(given, resource, 100);
  return { cpu: of("cpu"), memory: of("memory"), pods: of("pods") };
}

function amountOf(pod: Pod, resource: Resource): number {
  return resource === "pods" ? 1000 : requestOf(pod, resource);
}

function usedOn(view: View, node: Node): Amounts {
  const pods = podsOn(view.client, node.metadata.name);
  const sum = (resource: Resource): number =>
    pods.reduce((total, pod) => total + amountOf(pod, resource), 0);
  return { cpu: sum("cpu"), memory: sum("memory"), pods: sum("pods") };
}

function percent(node: Node, used: Amounts, resource: Resource): number {
  const total = allocatableOf(node, resource);
  return total === 0 ? 0 : (100 * used[resource]) / total;
}

function isBelow({ node, used }: Usage, limit: Amounts): boolean {
  return RESOURCES.every((one) => percent(node, used, one) <= limit[one]);
}

function isAbove({ node, used }: Usage, limit: Amounts): boolean {
  return RESOURCES.some((one) => percent(node, used, one) > limit[one]);
}

/** Thousandths of a core, bytes and pods of a node, added up: upstream orders nodes by this sum. */
function sizeOf({ used }: Usage): number {
  return used.cpu + used.memory / 1000 + used.pods / 1000;
}

/** What is left on nodes until they reach a limit. */
function roomOn(nodes: readonly Usage[], limit: Amounts): Record<Resource, number> {
  const room: Record<Resource, number> = { cpu: 0, memory: 0, pods: 0 };
  for (const { node, used } of nodes)
    for (const one of RESOURCES)
      room[one] += (allocatableOf(node, one) * limit[one]) / 100 - used[one];
  return room;
}

/**
 * Moves pods from overused nodes while there is room on underused ones (upstream `LowNodeUtilization`): least important
 * pods first, until the node is below its target or the underused ones are full. Usage is what pods request. With
 * `useDeviationThresholds` the thresholds are distances from the nodes' average.
 */
export const lowNodeUtilization: Strategy = {
  name: "LowNodeUtilization",
  victims(view, settings) {
    const usages = view.nodes.map((node) => ({ node, used: usedOn(view, node) }));
    const [low, high] = flagOf(settings, "useDeviationThresholds", false)
      ? around(usages, limits(settings, "thresholds", 20), limits(settings, "targetThresholds", 50))
      : [limits(settings, "thresholds", 20), limits(settings, "targetThresholds", 50)];
    const under = usages.filter((one) => isOpen(one.node) && isBelow(one, low));
    const over = usages.filter((one) => isAbove(one, high)).sort((a, b) => sizeOf(b) - sizeOf(a));
    if (under.length <= numberOf(settings, "numberOfNodes", 0)) return [];
    if (under.length === view.nodes.length) return [];
    const room = roomOn(under, high);
    return over.flatMap((one) =>
      relieve(view, one, under, room, settings, (used) => isAbove({ node: one.node, used }, high)),
    );
  },
};

/** Limits as far from the average usage as the settings say. */
function around(usages: readonly Usage[], below: Amounts, above: Amounts): [Amounts, Amounts] {
  const average = (one: Resource): number =>
    usages.reduce((sum, { node, used }) => sum + percent(node, used, one), 0) / usages.length;
  const shifted = (by: Amounts, sign: number): Amounts => {
    const of = (one: Resource): number =>
      by[one] === 100 ? 100 : Math.min(100, Math.max(0, average(one) + sign * by[one]));
    return { cpu: of("cpu"), memory: of("memory"), pods: of("pods") };
  };
  return [shifted(below, -1), shifted(above, 1)];
}

/**
 * Empties underused nodes while there is room on the others, so that something can take them away (upstream
 * `HighNodeUtilization`): the least used node first.
 */
export const highNodeUtilization: Strategy = {
  name: "HighNodeUtilization",
  victims(view, settings) {
    const low = limits(settings, "thresholds", 20);
    const usages = view.nodes.map((node) => ({ node, used: usedOn(view, node) }));
    const sources = usages.filter((one) => isBelow(one, low)).sort((a, b) => sizeOf(a) - sizeOf(b));
    const targets = usages.filter((one) => isOpen(one.node) && !isBelow(one, low));
    if (sources.length <= numberOf(settings, "numberOfNodes", 0) || targets.length === 0) return [];
    const room = roomOn(targets, EVERYTHING);
    return sources.flatMap((one) => relieve(view, one, targets, room, settings, () => true));
  },
};

/** Pods of a node that go while it is asked to give and there is room; one that no target tolerates stays. */
function relieve(
  view: View,
  { node, used: before }: Usage,
  targets: readonly Usage[],
  room: Record<Resource, number>,
  settings: Settings,
  gives: (used: Amounts) => boolean,
): readonly Pod[] {
  const used = { ...before };
  const victims: Pod[] = [];
  for (const pod of leastImportantFirst(evictablePods(view.client, node.metadata.name))) {
    if (!gives(used) || !RESOURCES.every((one) => room[one] > 0)) break;
    const welcome = targets.some((target) =>
      toleratesTaints(pod, target.node, ["NoSchedule", "NoExecute", "PreferNoSchedule"]),
    );
    if (!welcome || (settings["nodeFit"] === true && !fitsElsewhere(pod, view))) continue;
    victims.push(pod);
    for (const one of RESOURCES) {
      used[one] -= amountOf(pod, one);
      room[one] -= amountOf(pod, one);
    }
  }
  return victims;
}
