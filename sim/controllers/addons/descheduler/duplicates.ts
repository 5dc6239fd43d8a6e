import type { Node, Pod } from "../../../api/types.gen.ts";
import { controllerOf } from "../../runtime/owner.ts";
import { textsOf } from "../add-on-config.ts";
import { evictablePods, isOpen, type Strategy, toleratesTaints } from "./strategy.ts";

/**
 * Pods of one owner and the same images that share a node although there are nodes enough for fewer to share (upstream
 * `RemoveDuplicates`). Nodes are counted by taints and node selectors, never by room: it does not ask what fits.
 */
export const removeDuplicates: Strategy = {
  name: "RemoveDuplicates",
  victims({ client, nodes }, settings) {
    const excluded = textsOf(settings, "excludeOwnerKinds") ?? [];
    const groups = new Map<string, Map<string, Pod[]>>();
    for (const { metadata } of nodes) {
      for (const pod of evictablePods(client, metadata.name)) {
        const owner = controllerOf(pod);
        if (excluded.includes(owner?.kind ?? "")) continue;
        const images = (pod.spec?.containers ?? []).map(({ image }) => image).sort();
        const key = [pod.metadata.namespace, owner?.kind, owner?.name, ...images].join("/");
        const byNode = groups.get(key) ?? new Map<string, Pod[]>();
        groups.set(key, byNode);
        byNode.set(metadata.name, [...(byNode.get(metadata.name) ?? []), pod]);
      }
    }
    const victims: Pod[] = [];
    for (const byNode of groups.values()) victims.push(...excess(byNode, nodes));
    return victims;
  },
};

function excess(
  byNode: ReadonlyMap<string, readonly Pod[]>,
  nodes: readonly Node[],
): readonly Pod[] {
  const all = [...byNode.values()].flat();
  const [sample] = all;
  if (sample === undefined || all.length === byNode.size) return [];
  const targets = nodes.filter((node) => isOpen(node) && isTarget(sample, node));
  if (targets.length < 2) return [];
  const share = Math.ceil(all.length / targets.length);
  return [...byNode.values()].flatMap((pods) => pods.slice(share));
}

function isTarget(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selected = Object.entries(pod.spec?.nodeSelector ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  return selected && toleratesTaints(pod, node, ["NoSchedule", "NoExecute"]);
}
