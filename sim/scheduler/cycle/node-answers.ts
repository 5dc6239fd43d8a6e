import type { NodeScore } from "../framework/plugin.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { isPlain } from "./grouping.ts";
import type { PreFilterOutcome, ReadyFilter, ReadyScore } from "./prepared.ts";
import { type KnownRefusal, RefusalTable } from "./refusal-table.ts";
import { type Usual, usualPlugins } from "./usual.ts";

/**
 * What the plugins that look at one node answer for one shape of pod. Answers that depend on the node object alone are
 * remembered by rank, the others are asked for. Pods that differ in nothing these plugins read get the same ones.
 */
export class NodeAnswers {
  readonly refusals: RefusalTable;
  /** These plugins read of the pod its namespace and spec alone: pods with other labels get the same answers. */
  readonly ofSpec: boolean;
  readonly usual: Usual | undefined;
  private readonly fixedFilters: readonly ReadyFilter[];
  private readonly podFilters: readonly ReadyFilter[];
  private readonly fixedScores: readonly ReadyScore[];
  private readonly podScores: readonly NodeScore[];
  private readonly podWeights: readonly number[];
  private readonly nodes: number;
  private readonly version: number;
  /** Refusals by filters that look at the node object alone; made when there is one. */
  private fixedRefusal: Int16Array | undefined;
  /** Scores that depend on the node object alone; made when one is not 0. */
  private fixedScore: Int32Array | undefined;

  /** `sibling`: answers for the same spec, of the same nodes, to begin with where they hold for this pod, too. */
  constructor(
    pod: PodInfo,
    snapshot: Snapshot,
    filters: readonly ReadyFilter[],
    scores: readonly ReadyScore[],
    { nodeNames, restrictedBy }: PreFilterOutcome,
    sibling: NodeAnswers | undefined,
  ) {
    const local = filters.filter(({ node }) => node !== undefined);
    const plain = scores.filter((score) => isPlain(score));
    this.fixedFilters = local.filter(({ dependsOn }) => dependsOn === "node");
    this.podFilters = local.filter(({ dependsOn }) => dependsOn !== "node");
    this.fixedScores = plain.filter(({ dependsOn }) => dependsOn === "node");
    const podScores = plain.filter(({ dependsOn }) => dependsOn !== "node");
    this.podScores = podScores.map(({ node }) => node).filter((node) => node !== undefined);
    this.podWeights = podScores.map(({ weight }) => weight);
    this.usual = usualPlugins(this.podFilters, this.podScores, this.podWeights);
    this.nodes = snapshot.order().length;
    this.version = versionOf([...local, ...plain], pod, snapshot);
    this.ofSpec =
      pod.traits.specId !== undefined &&
      nodeNames === undefined &&
      local.every(({ plugin }) => plugin.filter?.readsSpecAlone === true) &&
      plain.every(({ plugin }) => plugin.score?.readsSpecAlone === true);
    this.refusals = new RefusalTable();
    if (sibling?.ofSpec === true && this.ofSpec && sibling.version === this.version) {
      this.refusals = sibling.refusals;
      this.fixedRefusal = sibling.fixedRefusal?.slice();
      this.fixedScore = sibling.fixedScore?.slice();
    } else if (nodeNames !== undefined) this.restrict(nodeNames, restrictedBy, snapshot);
  }

  /** Whether refusals have the same numbers, and every answer is the same. */
  isLike({ refusals, version }: NodeAnswers): boolean {
    return refusals === this.refusals && version === this.version;
  }

  /** Asks anew what depends on the node object alone. */
  refreshFixed(rank: number, node: NodeIndex): void {
    const before = this.fixedRefusal?.[rank] ?? 0;
    if (before === 0 || (this.refusals.list[before] as KnownRefusal).order >= 0)
      this.setFixedRefusal(
        rank,
        this.firstRefusal(this.fixedFilters, node, Number.POSITIVE_INFINITY),
      );
    let score = 0;
    for (const each of this.fixedScores) score += Math.trunc(each.node?.(node) ?? 0) * each.weight;
    if (this.fixedScore === undefined && score !== 0) this.fixedScore = new Int32Array(this.nodes);
    if (this.fixedScore !== undefined) this.fixedScore[rank] = score;
  }

  /** Number of the first refusal of a node; 0 when it passes. */
  refusal(rank: number, node: NodeIndex): number {
    const fixed = this.fixedRefusalOf(rank);
    const limit =
      fixed === 0 ? Number.POSITIVE_INFINITY : (this.refusals.list[fixed] as KnownRefusal).order;
    if (limit < 0) return fixed;
    const own = this.firstRefusal(this.podFilters, node, limit);
    return own === 0 ? fixed : own;
  }

  /** Sum of the weighted scores of a node that passes. */
  score(rank: number, node: NodeIndex): number {
    const { podScores, podWeights } = this;
    let score = this.fixedScoreOf(rank);
    for (let at = 0; at < podScores.length; at++)
      score += (podScores[at] as NodeScore)(node) * (podWeights[at] as number);
    return score;
  }

  /** Number of the refusal that depends on the node object alone; 0 for none. */
  fixedRefusalOf(rank: number): number {
    return this.fixedRefusal === undefined ? 0 : (this.fixedRefusal[rank] as number);
  }

  /** Sum of the weighted scores that depend on the node object alone. */
  fixedScoreOf(rank: number): number {
    return this.fixedScore === undefined ? 0 : (this.fixedScore[rank] as number);
  }

  private restrict(
    names: ReadonlySet<string>,
    restrictedBy: readonly string[],
    snapshot: Snapshot,
  ): void {
    const reasons = [`node(s) didn't satisfy plugin(s) [${restrictedBy.join(" ")}]`];
    const code = "UnschedulableAndUnresolvable";
    const absent = this.refusals.idOf({ code, reasons }, "", -1);
    snapshot.order().forEach((node, rank) => {
      if (!names.has(snapshot.names[node] ?? "")) this.setFixedRefusal(rank, absent);
    });
  }

  private setFixedRefusal(rank: number, refusal: number): void {
    if (this.fixedRefusal === undefined && refusal !== 0)
      this.fixedRefusal = new Int16Array(this.nodes);
    if (this.fixedRefusal !== undefined) this.fixedRefusal[rank] = refusal;
  }

  /** The first refusal of filters that stand before `limit`; 0 when there is none. */
  private firstRefusal(filters: readonly ReadyFilter[], node: NodeIndex, limit: number): number {
    for (let at = 0; at < filters.length; at++) {
      const filter = filters[at] as ReadyFilter;
      if (filter.order >= limit) return 0;
      const rejection = filter.node?.(node);
      if (rejection === undefined) continue;
      const known = this.refusals.known(rejection);
      if (known !== undefined) return known;
      return this.refusals.idOf(rejection, filter.plugin.name, filter.order);
    }
    return 0;
  }
}

/** Sum of the versions of all these plugins. */
function versionOf(
  ready: readonly (ReadyFilter | ReadyScore)[],
  pod: PodInfo,
  snapshot: Snapshot,
): number {
  let sum = 0;
  for (const { version } of new Set(ready.map(({ plugin }) => plugin)))
    sum += version?.(pod, snapshot) ?? 0;
  return sum;
}
