import type { NodeFilter, NodeScore } from "../framework/plugin.ts";
import type { ReadyFilter } from "./prepared.ts";

/** The plugins of an ordinary pod that look at a node's pods and nothing beyond the node: one filter, at most two scores. */
export interface Usual {
  readonly test: NodeFilter;
  readonly first: NodeScore;
  readonly firstWeight: number;
  readonly second: NodeScore;
  readonly secondWeight: number;
}

const NO_SCORE: NodeScore = () => 0;

/** The plugins by name when they are as in the default profile; `undefined` when there are others or more. */
export function usualPlugins(
  filters: readonly ReadyFilter[],
  scores: readonly NodeScore[],
  weights: readonly number[],
): Usual | undefined {
  const test = filters[0]?.node;
  if (filters.length !== 1 || scores.length > 2 || test === undefined) return undefined;
  // A pod that asks for nothing is not scored by the balance it leaves behind.
  const [first = NO_SCORE, second = NO_SCORE] = scores;
  const [firstWeight = 1, secondWeight = 1] = weights;
  return { test, first, firstWeight, second, secondWeight };
}
