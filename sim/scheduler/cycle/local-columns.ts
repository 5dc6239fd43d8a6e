import type { NodeScore, Plugin } from "../framework/plugin.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { isPlain } from "./grouping.ts";
import type { PreFilterOutcome, ReadyFilter, ReadyScore } from "./prepared.ts";
import { type KnownRefusal, RefusalTable } from "./refusal-table.ts";
import { type Usual, usualPlugins } from "./usual.ts";

/** Below this many changes the order in which they are taken does not matter. */
const FEW_CHANGES = 32;

/**
 * What the plugins that look at one node answer about each: the first refusal, or the sum of weighted scores. Only changed
 * nodes are asked again. Pods that differ in nothing these plugins read share one, whatever their labels are. Columns are
 * by rank.
 */
export class LocalColumns {
  readonly refusals = new RefusalTable();
  /** Number of the refusal of each rank; 0 when the node passes. */
  readonly refused: Int32Array;
  /** Sum of the weighted scores of each rank; not kept up where the node is refused. */
  readonly scores: Int32Array;

  private readonly snapshot: Snapshot;
  private readonly order: readonly NodeIndex[];
  private readonly ranks: Int32Array;
  private readonly fixedFilters: readonly ReadyFilter[];
  private readonly podFilters: readonly ReadyFilter[];
  private readonly fixedScores: readonly ReadyScore[];
  private readonly podScores: readonly NodeScore[];
  private readonly podWeights: readonly number[];
  private readonly usual: Usual | undefined;
  /** Refusals by filters that look at the node object alone; made when there is one. */
  private fixedRefusal: Int16Array | undefined;
  /** Scores that depend on the node object alone; made when one is not 0. */
  private fixedScore: Int32Array | undefined;
  private readonly structure: number;
  private readonly versioned: readonly Plugin[];
  private readonly version: number;
  private position: number;

  constructor(
    filters: readonly ReadyFilter[],
    scores: readonly ReadyScore[],
    pod: PodInfo,
    snapshot: Snapshot,
    outcome: PreFilterOutcome,
  ) {
    this.snapshot = snapshot;
    this.structure = snapshot.structure;
    this.position = snapshot.log.position;
    this.order = snapshot.order();
    this.ranks = snapshot.ranks();
    const local = filters.filter(({ node }) => node !== undefined);
    this.fixedFilters = local.filter(({ dependsOn }) => dependsOn === "node");
    this.podFilters = local.filter(({ dependsOn }) => dependsOn !== "node");
    const plain = scores.filter((score) => isPlain(score));
    this.fixedScores = plain.filter(({ dependsOn }) => dependsOn === "node");
    const podScores = plain.filter(({ dependsOn }) => dependsOn !== "node");
    this.podScores = podScores.map(({ node }) => node).filter((node) => node !== undefined);
    this.podWeights = podScores.map(({ weight }) => weight);
    this.usual = usualPlugins(this.podFilters, this.podScores, this.podWeights);
    this.versioned = versionedOf([...local, ...plain]);
    this.version = this.versionFor(pod);
    this.refused = new Int32Array(this.order.length);
    this.scores = new Int32Array(this.order.length);
    this.restrict(outcome);
    for (let rank = 0; rank < this.order.length; rank++) this.refresh(rank, true);
  }

  /** Bytes this holds, roughly. */
  get bytes(): number {
    return this.order.length * 12;
  }

  /** Whether the plugins would answer for this pod, too, as they did; `catchUp` says whether they still do. */
  suits(pod: PodInfo): boolean {
    return this.version === this.versionFor(pod);
  }

  /** Brings the columns up to date; false when all must be built anew. */
  catchUp(): boolean {
    const { log, structure } = this.snapshot;
    if (this.structure !== structure) return false;
    const changes = log.position - this.position;
    if (changes === 0) return true;
    const known = changes < FEW_CHANGES ? this.takeEach() : this.takeInOrder();
    this.position = log.position;
    return known;
  }

  private versionFor(pod: PodInfo): number {
    let sum = 0;
    for (const { version } of this.versioned) sum += version?.(pod, this.snapshot) ?? 0;
    return sum;
  }

  private takeEach(): boolean {
    const { ranks } = this;
    return this.snapshot.log.since(this.position, (node, fixed) => {
      this.refresh(ranks[node] as number, fixed);
    });
  }

  /** Each changed node once, in ascending order: going through memory forwards is what makes this fast. */
  private takeInOrder(): boolean {
    const { order, position, usual } = this;
    const { objectTouched, touched } = this.snapshot.log;
    for (let rank = 0; rank < order.length; rank++) {
      const node = order[rank] as number;
      if ((touched[node] ?? 0) <= position) continue;
      const fixed = (objectTouched[node] ?? 0) > position;
      if (usual === undefined || fixed) this.refresh(rank, fixed);
      else this.refreshUsual(rank, node, usual);
    }
    return true;
  }

  /**
   * `refresh` written out for one filter and at most two scores that look at a node's pods and nothing beyond the node: the
   * default profile for an ordinary pod. Call sites of their own let the engine inline the plugins.
   */
  private refreshUsual(rank: number, node: NodeIndex, usual: Usual): void {
    if (usual.test(node) !== undefined || (this.fixedRefusal?.[rank] ?? 0) !== 0) {
      this.refresh(rank, false);
      return;
    }
    this.refused[rank] = 0;
    this.scores[rank] =
      (this.fixedScore === undefined ? 0 : (this.fixedScore[rank] as number)) +
      usual.first(node) * usual.firstWeight +
      usual.second(node) * usual.secondWeight;
  }

  private refresh(rank: number, fixed: boolean): void {
    const node = this.order[rank] as number;
    if (fixed) this.refreshFixed(rank, node);
    const refusal = this.refusalOf(rank, node);
    this.refused[rank] = refusal;
    // A node that is refused needs no score.
    if (refusal !== 0) return;
    let score = this.fixedScore === undefined ? 0 : (this.fixedScore[rank] as number);
    const { podScores, podWeights } = this;
    for (let at = 0; at < podScores.length; at++)
      score += (podScores[at] as NodeScore)(node) * (podWeights[at] as number);
    this.scores[rank] = score;
  }

  private restrict({ nodeNames, restrictedBy }: PreFilterOutcome): void {
    if (nodeNames === undefined) return;
    const reasons = [`node(s) didn't satisfy plugin(s) [${restrictedBy.join(" ")}]`];
    const code = "UnschedulableAndUnresolvable";
    const absent = this.refusals.idOf({ code, reasons }, "", -1);
    this.order.forEach((node, rank) => {
      if (!nodeNames.has(this.snapshot.names[node] ?? "")) this.setFixedRefusal(rank, absent);
    });
  }

  private refreshFixed(rank: number, node: NodeIndex): void {
    const before = this.fixedRefusal?.[rank] ?? 0;
    if (before === 0 || (this.refusals.list[before] as KnownRefusal).order >= 0)
      this.setFixedRefusal(
        rank,
        this.firstRefusal(this.fixedFilters, node, Number.POSITIVE_INFINITY),
      );
    let score = 0;
    for (const each of this.fixedScores) score += Math.trunc(each.node?.(node) ?? 0) * each.weight;
    if (this.fixedScore === undefined && score !== 0)
      this.fixedScore = new Int32Array(this.order.length);
    if (this.fixedScore !== undefined) this.fixedScore[rank] = score;
  }

  private setFixedRefusal(rank: number, refusal: number): void {
    if (this.fixedRefusal === undefined && refusal !== 0)
      this.fixedRefusal = new Int16Array(this.order.length);
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

  private refusalOf(rank: number, node: NodeIndex): number {
    const fixed = this.fixedRefusal === undefined ? 0 : (this.fixedRefusal[rank] as number);
    const limit =
      fixed === 0 ? Number.POSITIVE_INFINITY : (this.refusals.list[fixed] as KnownRefusal).order;
    if (limit < 0) return fixed;
    const own = this.firstRefusal(this.podFilters, node, limit);
    return own === 0 ? fixed : own;
  }
}

/**
 * Whether all plugins that answer about single nodes read of the pod only its namespace and spec. Those with an answer of
 * another kind do not matter.
 */
export function readsSpecAlone(
  filters: readonly ReadyFilter[],
  scores: readonly ReadyScore[],
): boolean {
  return (
    filters.every(
      ({ node, plugin }) => node === undefined || plugin.filter?.readsSpecAlone === true,
    ) && scores.every((score) => !isPlain(score) || score.plugin.score?.readsSpecAlone === true)
  );
}

function versionedOf(ready: readonly (ReadyFilter | ReadyScore)[]): readonly Plugin[] {
  const plugins = new Set(ready.map(({ plugin }) => plugin));
  return [...plugins].filter(({ version }) => version !== undefined);
}
