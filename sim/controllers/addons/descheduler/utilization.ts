import type { Node, Pod } from "../../../api/types.gen.ts";
import { numberOf, type Settings } from "../add-on-config.ts";
import { allocatableOf, requestOf } from "../pod-requests.ts";
import {
  evictablePods,
  fitsElsewhere,
  isOpen,
  podsOn,
  type Strategy,
  type View,
} from "./strategy.ts";

const RESOURCES = ["cpu", "memory", "pods"] as const;
type Resource = (typeof RESOURCES)[number];
type Amounts = Readonly<Record<Resource, number>>;

/** Percent below which a node counts as underused, and above which as overused. */
function limits(settings: Settings, key: string, fallback: number): Amounts {
  const given = (settings[key] ?? {}) as Settings;
  const of = (resource: Resource): number => numberOf(given, resource, fallback);
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

/**
 * Moves pods from overused nodes while there is room on underused ones (upstream `LowNodeUtilization`): least important
 * pods first, until the node is below its target or the underused ones are full. Usage is what pods request.
 */
export const lowNodeUtilization: Strategy = {
  name: "LowNodeUtilization",
  victims(view, settings) {
    const low = limits(settings, "thresholds", 20);
    const high = limits(settings, "targetThresholds", 50);
    const usages = view.nodes.map((node) => ({ node, used: usedOn(view, node) }));
    const under = usages.filter(
      ({ node, used }) =>
        isOpen(node) && RESOURCES.every((one) => percent(node, used, one) < low[one]),
    );
    const over = usages
      .filter(({ node, used }) => RESOURCES.some((one) => percent(node, used, one) > high[one]))
      .sort((a, b) => percent(b.node, b.used, "cpu") - percent(a.node, a.used, "cpu"));
    if (under.length === 0 || under.length === view.nodes.length) return [];
    const room: Record<Resource, number> = { cpu: 0, memory: 0, pods: 0 };
    for (const { node, used } of under)
      for (const one of RESOURCES)
        room[one] += (allocatableOf(node, one) * high[one]) / 100 - used[one];
    return over.flatMap(({ node, used }) => relieve(view, node, used, high, room, settings));
  },
};

function relieve(
  view: View,
  node: Node,
  before: Amounts,
  high: Amounts,
  room: Record<Resource, number>,
  settings: Settings,
): readonly Pod[] {
  const used = { ...before };
  const victims: Pod[] = [];
  const pods = [...evictablePods(view.client, node.metadata.name)].sort(
    (a, b) => (a.spec?.priority ?? 0) - (b.spec?.priority ?? 0),
  );
  for (const pod of pods) {
    if (!RESOURCES.some((one) => percent(node, used, one) > high[one])) break;
    if (!RESOURCES.every((one) => room[one] > 0)) break;
    if (settings["nodeFit"] === true && !fitsElsewhere(pod, view)) continue;
    victims.push(pod);
    for (const one of RESOURCES) {
      used[one] -= amountOf(pod, one);
      room[one] -= amountOf(pod, one);
    }
  }
  return victims;
}
