import { matchesSelector } from "../../../api/meta/selector.ts";
import type { Node, Pod, TopologySpreadConstraint } from "../../../api/types.gen.ts";
import { flagOf, textsOf } from "../add-on-config.ts";
import { fitsElsewhere, isEvictable, podsOn, type Strategy, type View } from "./strategy.ts";

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
        const fits = flagOf(settings, "topologyBalanceNodeFit", true);
        for (const victim of balance(view, constraint, pod, pods, fits))
          victims.set(victim.metadata.uid, victim);
      }
    }
    return [...victims.values()];
  },
};

/**
 * Moves pods from the largest domains to the smallest, without bringing one over the average or another below it
 * (upstream `balanceDomains`). What cannot be evicted, or fits in no smaller domain, counts as moved all the same.
 */
function balance(
  view: View,
  { topologyKey, maxSkew, labelSelector }: TopologySpreadConstraint,
  { metadata }: Pod,
  pods: readonly Pod[],
  fits: boolean,
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
  const sorted = [...domains]
    .map(([value, members]) => ({ value, pods: mostSettledFirst(members) }))
    .sort((a, b) => a.pods.length - b.pods.length);
  const sizes = sorted.map((domain) => domain.pods.length);
  if (Math.max(...sizes) - Math.min(...sizes) <= maxSkew) return [];
  const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const small = new Set(sorted.filter((one) => one.pods.length < average).map((one) => one.value));
  const smaller = view.nodes.filter((node) => small.has(domainOf(node, topologyKey) ?? ""));
  return move(sorted, average, maxSkew).filter(
    (pod) => isEvictable(pod) && (!fits || fitsElsewhere(pod, { ...view, nodes: smaller })),
  );
}

function move(
  domains: readonly { readonly pods: Pod[] }[],
  average: number,
  maxSkew: number,
): readonly Pod[] {
  const moved: Pod[] = [];
  let [low, high] = [0, domains.length - 1];
  while (low < high) {
    if ((domains[high]?.pods.length ?? 0) <= average) high--;
    const [to, from] = [domains[low]?.pods ?? [], domains[high]?.pods ?? []];
    const skew = from.length - to.length;
    const most = Math.min(Math.ceil(from.length - average), Math.ceil(average - to.length));
    const count = Math.min(most, Math.ceil((skew - maxSkew) / 2));
    if (skew <= maxSkew || count <= 0) {
      low++;
      continue;
    }
    const going = from.splice(from.length - count, count);
    moved.push(...going);
    to.push(...going);
  }
  return moved;
}

/** What cannot be evicted first, then what is bound to kinds of nodes; the last go first. */
function mostSettledFirst(pods: readonly Pod[]): Pod[] {
  const rank = (pod: Pod): number => {
    if (!isEvictable(pod)) return 0;
    const picky =
      pod.spec?.nodeSelector !== undefined || pod.spec?.affinity?.nodeAffinity !== undefined;
    return picky ? 1 : 2;
  };
  return [...pods].sort(
    (a, b) => rank(a) - rank(b) || (b.spec?.priority ?? 0) - (a.spec?.priority ?? 0),
  );
}

function domainOf({ metadata }: Node, key: string): string | undefined {
  return metadata.labels?.[key];
}
