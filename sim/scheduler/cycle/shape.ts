import type { DomainFilter, DomainScore, DomainState } from "../framework/plugin.ts";
import type { Profile } from "../framework/profile.ts";
import type { PluginRejection } from "../framework/status.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type Cell, CellTable } from "./cell.ts";
import { type Grouping, groupingsOf } from "./grouping.ts";
import { NodeAnswers } from "./node-answers.ts";
import {
  type PreFilterOutcome,
  type ReadyFilter,
  type ReadyScore,
  readyFilters,
  readyScores,
} from "./prepared.ts";
import type { KnownRefusal, RefusalTable } from "./refusal-table.ts";
import { ScoreBuckets } from "./score-buckets.ts";
import type { Usual } from "./usual.ts";

/** Decisions with few changes between them before buckets are worth building: a scan of the columns is cheap. */
const CALM = 12;
/**
 * More changes than a 1/SHIFT share of the nodes between two decisions: going through all nodes beats keeping buckets and
 * taking each change by itself.
 */
const SHIFT = 5;

/**
 * Everything remembered for pods of one shape: which nodes pass the local filters, their local scores, and the cell
 * each is in. Columns are by rank, so that all choices are in canonical order. Only changed nodes are asked again.
 */
export class Shape {
  readonly filters: readonly ReadyFilter[];
  readonly scores: readonly ReadyScore[];
  readonly outcome: PreFilterOutcome;
  /** No filter looks beyond the node. */
  readonly localOnly: boolean;
  readonly table = new CellTable();
  /** Node of each rank. */
  readonly order: readonly NodeIndex[];
  /**
   * Two numbers per rank, side by side so that touching a node costs one cache line. First: the sum of weighted local
   * scores, or for a node that is refused the number of the refusal. Second: the cell, or −1 − cell when refused.
   */
  readonly columns: Int32Array;
  readonly refusals: RefusalTable;
  /** True while the cells have buckets. */
  indexed = false;

  private readonly snapshot: Snapshot;
  private readonly ranks: Int32Array;
  private readonly answers: NodeAnswers;
  private readonly states: readonly DomainState[];
  readonly groupings: readonly Grouping[];
  /** Some plugin answers per node but depends on the cluster: nothing can be remembered. */
  private readonly forgetful: boolean;
  private readonly movable: boolean;
  private readonly structure: number;
  private readonly domains: number;
  private readonly version: number;
  private readonly versioned: (pod: PodInfo) => number;
  private position: number;
  /** Keys of the cell that was looked for last, and its number; −1 before the first. */
  private readonly keys: number[];
  private lastCell = -1;
  /** Decisions in a row with few changes before each. */
  private calm = 0;

  constructor(
    profile: Profile,
    pod: PodInfo,
    snapshot: Snapshot,
    outcome: PreFilterOutcome,
    versioned: (pod: PodInfo) => number,
    sibling: Shape | undefined,
  ) {
    this.snapshot = snapshot;
    this.outcome = outcome;
    this.versioned = versioned;
    this.version = versioned(pod);
    this.structure = snapshot.structure;
    this.domains = snapshot.domains;
    this.position = snapshot.log.position;
    this.filters = readyFilters(profile, pod, snapshot, outcome.skipped, "cluster");
    this.scores = readyScores(profile, pod, snapshot).scores;
    this.forgetful = [...this.filters, ...this.scores].some(
      ({ dependsOn, node }) => dependsOn === "cluster" && node !== undefined,
    );
    this.localOnly =
      !this.forgetful &&
      this.filters.every(({ domain }) => domain === undefined || domain.inert === true);
    this.states = [...this.filters, ...this.scores]
      .map(({ domain }) => domain)
      .filter((domain): domain is DomainFilter | DomainScore => domain !== undefined)
      .filter(({ inert }) => inert !== true);
    this.groupings = groupingsOf(this.filters, this.scores);
    this.movable = this.groupings.some(({ fixed }) => !fixed);
    this.keys = this.groupings.map(() => 0);
    this.order = snapshot.order();
    this.ranks = snapshot.ranks();
    const count = this.order.length;
    this.columns = new Int32Array(2 * count);
    for (let rank = 0; rank < count; rank++) this.columns[2 * rank + 1] = NOWHERE;
    const { filters, scores } = this;
    const known = sibling?.structure === this.structure ? sibling.answers : undefined;
    this.answers = new NodeAnswers(pod, snapshot, filters, scores, outcome, known);
    this.refusals = this.answers.refusals;
    const alike = this.isLike(sibling) ? sibling : undefined;
    for (let rank = 0; rank < count; rank++) this.takeFirst(rank, alike);
  }

  /** Bytes this shape holds, roughly. */
  get bytes(): number {
    return this.order.length * 16 + this.table.cells.length * 200;
  }

  /** Whether single nodes are answered for as they are for every pod of the spec, whatever its labels are. */
  get ofSpec(): boolean {
    return !this.forgetful && this.answers.ofSpec;
  }

  /** Whether another shape has the same answers of single nodes, by the same numbers. */
  private isLike(other: Shape | undefined): other is Shape {
    return (
      other !== undefined &&
      other.structure === this.structure &&
      other.answers.isLike(this.answers)
    );
  }

  /** The first answer about a node: that of a shape like this one, where that knows the node as it is. */
  private takeFirst(rank: number, sibling: Shape | undefined): void {
    const node = this.order[rank] as number;
    if (sibling === undefined || (this.snapshot.log.touched[node] ?? 0) > sibling.position)
      this.refresh(rank, true);
    else this.copy(rank, node, sibling, this.cellOf(node));
  }

  private copy(rank: number, node: NodeIndex, { columns }: Shape, cell: number): void {
    const { states } = this;
    for (let at = 0; at < states.length; at++) (states[at] as DomainState).nodeChanged(node);
    const answer = columns[2 * rank] as number;
    this.place(rank, (columns[2 * rank + 1] as number) < 0 ? answer : 0, answer, cell);
  }

  /** Brings the columns up to date, with the help of a shape of the same spec; false when all must be built anew. */
  sync(pod: PodInfo, sibling: Shape | undefined): boolean {
    const { snapshot } = this;
    if (this.forgetful) return false;
    if (this.structure !== snapshot.structure || this.version !== this.versioned(pod)) return false;
    const moved = this.domains !== snapshot.domains;
    for (const { domain } of this.filters)
      if (domain !== undefined && (moved || domain.stale())) return false;
    for (const { domain } of this.scores)
      if (domain !== undefined && (moved || domain.stale())) return false;
    const changes = snapshot.log.position - this.position;
    if (changes === 0) return true;
    if (changes << SHIFT > this.order.length + 1024) this.dropIndex();
    this.calm = changes << SHIFT > this.order.length ? 0 : this.calm + 1;
    const few = changes < FEW_CHANGES || changes << SHIFT <= this.order.length;
    const alike = this.isLike(sibling) ? sibling : undefined;
    const known = few ? this.takeEach() : this.takeInOrder(alike);
    this.position = snapshot.log.position;
    if (known && !this.indexed && this.calm > CALM) this.buildIndex();
    return known && !this.crowded();
  }

  private takeEach(): boolean {
    const { ranks } = this;
    return this.snapshot.log.since(this.position, (node, fixed) => {
      this.refresh(ranks[node] as number, fixed);
    });
  }

  /**
   * `refresh` written out for one filter and at most two scores that look at a node's pods and nothing beyond the node: the
   * default profile for an ordinary pod. Call sites of their own let the engine inline the plugins.
   */
  private refreshUsual(rank: number, usual: Usual): void {
    const node = this.order[rank] as number;
    const { answers } = this;
    if (usual.test(node) !== undefined || answers.fixedRefusalOf(rank) !== 0) {
      this.refresh(rank, false);
      return;
    }
    const score =
      answers.fixedScoreOf(rank) +
      usual.first(node) * usual.firstWeight +
      usual.second(node) * usual.secondWeight;
    const { states } = this;
    for (let at = 0; at < states.length; at++) (states[at] as DomainState).nodeChanged(node);
    const before = this.columns[2 * rank + 1] as number;
    const cell = this.cellLater(rank, node);
    if (before === cell && !this.indexed) this.columns[2 * rank] = score;
    else this.place(rank, 0, score, cell);
  }

  private cellLater(rank: number, node: NodeIndex): number {
    const before = this.cellAt(rank);
    return this.movable ? this.cellNow(node, before) : before;
  }

  /** The cell of a node whose pods changed, and nothing else of it: mostly the one it was in. */
  private cellNow(node: NodeIndex, before: number): number {
    const { groupings } = this;
    const { keys } = this.table.cells[before] as Cell;
    for (let at = 0; at < groupings.length; at++) {
      const grouping = groupings[at] as Grouping;
      if (!grouping.fixed && grouping.key(node) !== keys[at]) return this.cellOf(node);
    }
    return before;
  }

  private cellOf(node: NodeIndex): number {
    const { groupings, keys } = this;
    let same = this.lastCell >= 0;
    for (let at = 0; at < groupings.length; at++) {
      const key = (groupings[at] as Grouping).key(node);
      if (keys[at] !== key) same = false;
      keys[at] = key;
    }
    // Most nodes are in the cell of the one before.
    if (!same) this.lastCell = this.table.indexOf(keys);
    return this.lastCell;
  }

  /** Each changed node once, in ascending order: going through memory forwards is what makes this fast. */
  private takeInOrder(sibling: Shape | undefined): boolean {
    const { order, position } = this;
    const { usual } = this.answers;
    const known = sibling?.position ?? 0;
    const { objectTouched, touched } = this.snapshot.log;
    for (let rank = 0; rank < order.length; rank++) {
      const node = order[rank] as number;
      const last = touched[node] ?? 0;
      if (last <= position) continue;
      const fixed = (objectTouched[node] ?? 0) > position;
      if (sibling !== undefined && last <= known && !fixed)
        this.copy(rank, node, sibling, this.cellLater(rank, node));
      else if (usual === undefined || fixed) this.refresh(rank, fixed);
      else this.refreshUsual(rank, usual);
    }
    return true;
  }

  /** Sets a node's refusal for the decision under way; `refresh` takes it back. */
  overrule(node: NodeIndex, refusal: PluginRejection): void {
    const rank = this.ranks[node] as number;
    const id = this.refusals.idOf(refusal, refusal.plugin, -1);
    this.place(rank, id, id, this.cellAt(rank));
  }

  /** Asks the plugins anew about one node. */
  refreshNode(node: NodeIndex): void {
    this.refresh(this.ranks[node] as number, true);
  }

  /** Number of the cell a rank is in. */
  cellAt(rank: number): number {
    const cell = this.columns[2 * rank + 1] as number;
    return cell >= 0 ? cell : -1 - cell;
  }

  /** What holds a node back in the decision under way; `undefined` when it is feasible. */
  refusalOf(rank: number): PluginRejection | undefined {
    const cell = this.table.cells[this.cellAt(rank)] as Cell;
    if ((this.columns[2 * rank + 1] as number) >= 0) return cell.refusal;
    const refusal = this.refusals.list[this.columns[2 * rank] as number] as KnownRefusal;
    return cell.refusal !== undefined && cell.refusalOrder < refusal.order ? cell.refusal : refusal;
  }

  /** Rank of a node. */
  rankOf(node: NodeIndex): number {
    return this.ranks[node] as number;
  }

  private refresh(rank: number, fixed: boolean): void {
    const node = this.order[rank] as number;
    const { answers, states } = this;
    for (let at = 0; at < states.length; at++) (states[at] as DomainState).nodeChanged(node);
    if (fixed) answers.refreshFixed(rank, node);
    const refusal = answers.refusal(rank, node);
    // A node that is refused needs no score.
    const score = refusal === 0 ? answers.score(rank, node) : 0;
    this.place(rank, refusal, score, fixed ? this.cellOf(node) : this.cellLater(rank, node));
  }

  private place(rank: number, refusal: number, score: number, cell: number): void {
    const { columns } = this;
    const { cells } = this.table;
    const first = refusal === 0 ? score : refusal;
    const second = refusal === 0 ? cell : -1 - cell;
    const oldFirst = columns[2 * rank] as number;
    const oldSecond = columns[2 * rank + 1] as number;
    if (oldFirst === first && oldSecond === second) return;
    columns[2 * rank] = first;
    columns[2 * rank + 1] = second;
    if (oldSecond !== second) {
      if (oldSecond >= 0) (cells[oldSecond] as Cell).size--;
      if (second >= 0) (cells[second] as Cell).size++;
    }
    if (!this.indexed) return;
    if (oldSecond >= 0) (cells[oldSecond] as Cell).buckets?.remove(oldFirst, rank);
    if (second >= 0) this.bucketsOf(second).add(first, rank);
  }

  private bucketsOf(cell: number): ScoreBuckets {
    const { cells } = this.table;
    const own = cells[cell] as Cell;
    own.buckets ??= new ScoreBuckets(this.order.length);
    return own.buckets;
  }

  private buildIndex(): void {
    this.indexed = true;
    for (let rank = 0; rank < this.order.length; rank++) {
      const cell = this.columns[2 * rank + 1] as number;
      if (cell >= 0) this.bucketsOf(cell).add(this.columns[2 * rank] as number, rank);
    }
  }

  private dropIndex(): void {
    if (!this.indexed) return;
    this.indexed = false;
    for (const cell of this.table.cells) cell.buckets = undefined;
  }

  /** True when nearly all cells are empty ones that nodes have left. */
  private crowded(): boolean {
    const { cells } = this.table;
    if (cells.length < 256) return false;
    let used = 0;
    for (const { size } of cells) if (size > 0) used++;
    return used * 4 < cells.length && cells.length > this.order.length;
  }
}

/** Below this many changes the order in which they are taken does not matter. */
const FEW_CHANGES = 32;

/** Second column of a node that has not been asked yet: refused, in a cell there is not. */
const NOWHERE = -2_147_483_648;
