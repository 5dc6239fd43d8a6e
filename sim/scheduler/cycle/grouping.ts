import type { NodeIndex } from "../snapshot/node-index.ts";
import type { ReadyFilter, ReadyScore } from "./prepared.ts";

/** Something cells are keyed by: the domain of a plugin that looks beyond the node, or a raw score to be normalized. */
export interface Grouping {
  /** Depends on the node object alone. */
  readonly fixed: boolean;
  readonly key: (node: NodeIndex) => number;
  readonly filter?: ReadyFilter;
  readonly score?: ReadyScore;
}

/** What the nodes have to be grouped by for these plugins. */
export function groupingsOf(
  filters: readonly ReadyFilter[],
  scores: readonly ReadyScore[],
): readonly Grouping[] {
  const groupings: Grouping[] = [];
  for (const filter of filters) {
    const { domain } = filter;
    if (domain !== undefined && domain.inert !== true)
      groupings.push({ fixed: false, key: (node) => domain.domain(node), filter });
  }
  for (const score of scores) {
    const { domain, node: raw, dependsOn } = score;
    if (isPlain(score) || domain?.inert === true) continue;
    const key = domain === undefined ? raw : (node: NodeIndex) => domain.domain(node);
    if (key !== undefined) groupings.push({ fixed: dependsOn === "node", key, score });
  }
  return groupings;
}

/** A score that is not normalized and that no other node influences. */
export function isPlain({ plugin, domain }: ReadyScore): boolean {
  return domain === undefined && plugin.score?.normalize === undefined;
}
