import { matchesSelector } from "../../../api/meta/selector.ts";
import type { Node, Pod, TopologySpreadConstraint } from "../../../api/types.gen.ts";
import { flagOf, textsOf } from "../add-on-config.ts";
import { isEvictable, podsOn, type Strategy, type View } from "./strategy.ts";

/**
 * Pods of domains that are larger than a spread constraint allows (upstream
 * `RemovePodsViolatingTopologySpreadConstraint`): hard constraints, and soft ones too when `constraints` names
 * ScheduleAnyway.
 */
export const topologySpread: Strategy = {
  name: "RemovePodsViolatingTopologySpreadConstraint",
  victims(view, settings) {
    const kinds = textsOf(settings, "constraints") ?? [
      "DoNotSchedule",
      ...(flagOf(settings, "includeSoftConstraints", false) ? ["ScheduleAnyway"] : []),
    ];
    const pods = view.nodes.flatMap(({ metadata }) => podsOn(view.client, metadata.name));
    const seen = new Set<string>();
    const victims = new Map<string, Pod>();
    for (const pod of pods) {
      for (const constraint of pod.spec?.topologySpreadConstraints ?? []) {
        if (!kinds.includes(constraint.whenUnsatisfiable)) continue;
        const key = `${pod.metadata.namespace} ${JSON.stringify(constraint)}`;
        if (seen.has(key)) continue;
        seen.add(key);
        for (const victim of balance(view, constraint, pod, pods))
          victims.set(victim.metadata.uid, victim);
      }
    }
    return [...victims.values()];
  },
};

/** Takes pods from the largest domains until none is larger than the smallest by more than the skew. */
function balance(
  view: View,
  { topologyKey, maxSkew, labelSelector }: TopologySpreadConstraint,
  { metadata }: Pod,
  pods: readonly Pod[],
): readonly Pod[] {
  const matches = matchesSelector(labelSelector);
  const domains = new Map<string, Pod[]>();
  for (const node of view.nodes) {
    const value = domainOf(node, topologyKey);
    if (value !== undefined && !domains.has(value)) domains.set(value, []);
  }
  const nodes = new Map(view.nodes.map((node) => [node.metadata.name, node]));
  for (const pod of pods) {
    if (pod.metadata.namespace !== metadata.namespace || !matches(pod.metadata.labels)) continue;
    const node = nodes.get(pod.spec?.nodeName ?? "");
    const value = node === undefined ? undefined : domainOf(node, topologyKey);
    if (value !== undefined) domains.get(value)?.push(pod);
  }
  const sorted = [...domains.values()].sort((a, b) => a.length - b.length);
  const sizes = sorted.map(({ length }) => length);
  const victims: Pod[] = [];
  for (;;) {
    const least = Math.min(...sizes);
    const largest = Math.max(...sizes);
    if (largest - least <= maxSkew) break;
    const from = sizes.indexOf(largest);
    const to = sizes.indexOf(least);
    const candidate = (sorted[from] ?? [])
      .filter((pod) => isEvictable(pod) && !victims.includes(pod))
      .sort((a, b) => (a.spec?.priority ?? 0) - (b.spec?.priority ?? 0))[0];
    if (candidate === undefined) break;
    victims.push(candidate);
    sizes[from] = largest - 1;
    sizes[to] = least + 1;
  }
  return victims;
}

function domainOf({ metadata }: Node, key: string): string | undefined {
  return metadata.labels?.[key];
}
