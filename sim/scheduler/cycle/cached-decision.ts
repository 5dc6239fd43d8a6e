import { unschedulableMessage } from "../framework/message.ts";
import type { PostFilterContext } from "../framework/plugin.ts";
import type { Profile } from "../framework/profile.ts";
import type { DecisionRecord, DrawRecord } from "../framework/record.ts";
import type { PluginRejection } from "../framework/status.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Cell } from "./cell.ts";
import type { Draw, Explained } from "./explain.ts";
import { recordPostFilter, runPostFilters } from "./post-filter.ts";
import { type ReadyFilter, refusalWithNominated, simulateMove } from "./prepared.ts";
import { kthBit } from "./rank-set.ts";
import type { Shape } from "./shape.ts";

/** A decision from what is remembered of the pod's shape: the same as from scratch, without the details. */
export class CachedDecision {
  private readonly profile: Profile;
  private readonly shape: Shape;
  private readonly pod: PodInfo;
  private readonly snapshot: Snapshot;
  private readonly draw: Draw;
  private overruled: NodeIndex[] = [];

  constructor(profile: Profile, shape: Shape, pod: PodInfo, snapshot: Snapshot, draw: Draw) {
    this.profile = profile;
    this.shape = shape;
    this.pod = pod;
    this.snapshot = snapshot;
    this.draw = draw;
  }

  run(): Explained {
    if (!this.snapshot.nominations.none) this.askNominated();
    const explained = this.decide();
    for (const node of this.overruled) this.shape.refreshNode(node);
    return explained;
  }

  /**
   * The same with only the first `wanted` feasible nodes, looked for in `order` from `start`; `next` is where the
   * following search goes on.
   */
  runSampled(
    order: readonly NodeIndex[],
    start: number,
    wanted: number,
  ): { readonly explained: Explained; readonly next: number } {
    const { shape, snapshot } = this;
    if (!snapshot.nominations.none) this.askNominated();
    const cells = this.feasibleCells();
    const promised = cells.length === 0 ? undefined : this.promisedNode();
    const ranks: number[] = [];
    let seen = 0;
    if (promised === undefined)
      for (; seen < order.length && ranks.length < wanted; seen++) {
        const rank = shape.rankOf(order[(start + seen) % order.length] as number);
        if (shape.refusalOf(rank) === undefined) ranks.push(rank);
      }
    const explained =
      promised !== undefined
        ? { record: scheduled(cells, promised) }
        : ranks.length === 0
          ? this.failed()
          : this.pickAmong(ranks.sort((a, b) => a - b));
    for (const node of this.overruled) shape.refreshNode(node);
    return { explained, next: (start + seen) % order.length };
  }

  private pickAmong(ranks: readonly number[]): Explained {
    const { shape } = this;
    const sizes = new Map<Cell, number>();
    const cellOf = (rank: number) => shape.table.cells[shape.cellAt(rank)] as Cell;
    for (const rank of ranks) sizes.set(cellOf(rank), (sizes.get(cellOf(rank)) ?? 0) + 1);
    weigh(shape, [...sizes.keys()], [...sizes.values()]);
    let maxTotal = Number.NEGATIVE_INFINITY;
    let best: number[] = [];
    for (const rank of ranks) {
      const total = cellOf(rank).offset + (shape.columns[2 * rank] as number);
      if (total > maxTotal) {
        maxTotal = total;
        best = [];
      }
      if (total === maxTotal) best.push(rank);
    }
    const drawn = best.length > 1 ? this.draw(best.length) : 0;
    const counted = [...sizes].map(([cell, size]) => ({ ...cell, size }));
    return this.chosen(counted, best[drawn] as number, maxTotal, best.length, drawn);
  }

  private decide(): Explained {
    const { shape } = this;
    const cells = this.feasibleCells();
    if (cells.length === 0) return this.failed();
    const promised = this.promisedNode();
    if (promised !== undefined) return { record: scheduled(cells, promised) };
    weigh(
      shape,
      cells,
      cells.map(({ size }) => size),
    );
    return shape.indexed ? this.pickFromBuckets(cells) : this.pickByScan(cells);
  }

  /** Nodes with pods promised to them are asked one by one, with those pods in place. */
  private askNominated(): void {
    const { snapshot, pod, shape } = this;
    const filters = this.awake();
    for (const name of snapshot.nominations.nodes()) {
      const node = snapshot.find(name);
      if (node === undefined) continue;
      const matters = snapshot.nominations
        .to(name)
        .some((other) => other.priority >= pod.priority && other.id !== pod.id);
      if (!matters) continue;
      const { nodeNames } = shape.outcome;
      if (nodeNames !== undefined && !nodeNames.has(name)) continue;
      const refusal = refusalWithNominated(filters, snapshot, pod, node);
      if (refusal === undefined) continue;
      shape.overrule(node, refusal);
      this.overruled.push(node);
    }
  }

  /**
   * The filters that take part in this very decision. One that PreFilter would leave out now (the last pod that kept others
   * away is gone) must not look at promised pods, either, although the shape still holds it.
   */
  private awake(): readonly ReadyFilter[] {
    const { pod, snapshot } = this;
    return this.shape.filters.filter(
      ({ plugin, domain }) =>
        domain === undefined ||
        (domain.inert !== true && plugin.preFilter?.(pod, snapshot) !== "skip"),
    );
  }

  private feasibleCells(): readonly Cell[] {
    const { shape } = this;
    const feasible: Cell[] = [];
    for (const cell of shape.table.cells) {
      cell.refusal = undefined;
      for (let at = 0; at < shape.groupings.length; at++) {
        const { filter } = shape.groupings[at] as (typeof shape.groupings)[number];
        if (filter === undefined) continue;
        const rejection = filter.domain?.filter(cell.keys[at] as number);
        if (rejection === undefined) continue;
        cell.refusal = { ...rejection, plugin: filter.plugin.name };
        cell.refusalOrder = filter.order;
        break;
      }
      if (cell.size > 0 && cell.refusal === undefined) feasible.push(cell);
    }
    return feasible;
  }

  /** The pod's own nominated node, when it is feasible. */
  private promisedNode(): string | undefined {
    const name = this.pod.pod.status?.nominatedNodeName ?? "";
    const node = name === "" ? undefined : this.snapshot.find(name);
    if (node === undefined) return undefined;
    return this.shape.refusalOf(this.shape.rankOf(node)) === undefined ? name : undefined;
  }

  private pickFromBuckets(cells: readonly Cell[]): Explained {
    let maxTotal = Number.NEGATIVE_INFINITY;
    let among = 0;
    let best: Cell[] = [];
    for (const cell of cells) {
      const top = cell.buckets?.best();
      if (top === undefined) continue;
      const total = cell.offset + top.score;
      if (total > maxTotal) {
        maxTotal = total;
        among = 0;
        best = [];
      }
      if (total < maxTotal) continue;
      among += top.ranks.size;
      best.push(cell);
    }
    const drawn = among > 1 ? this.draw(among) : 0;
    return this.chosen(cells, this.kthOf(best, drawn), maxTotal, among, drawn);
  }

  private kthOf(best: readonly Cell[], k: number): number {
    const only = best.length === 1 ? best[0]?.buckets?.best() : undefined;
    if (only !== undefined) return only.ranks.kth(k);
    const words = new Int32Array((this.shape.order.length + 31) >>> 5);
    for (const cell of best) cell.buckets?.best()?.ranks.markIn(words);
    return kthBit(words, k);
  }

  private pickByScan(cells: readonly Cell[]): Explained {
    const { columns, table } = this.shape;
    const offsets = new Int32Array(table.cells.length).fill(OUT_OF_REACH);
    table.cells.forEach((cell, at) => {
      if (cell.size > 0 && cell.refusal === undefined) offsets[at] = cell.offset;
    });
    if (leaders.length < this.shape.order.length) leaders = new Int32Array(this.shape.order.length);
    let maxTotal = OUT_OF_REACH;
    let among = 0;
    for (let at = 0; at < columns.length; at += 2) {
      const cell = columns[at + 1] as number;
      if (cell < 0) continue;
      const total = (offsets[cell] as number) + (columns[at] as number);
      if (total < maxTotal || total === OUT_OF_REACH) continue;
      if (total > maxTotal) {
        maxTotal = total;
        among = 0;
      }
      leaders[among++] = at >> 1;
    }
    if (among === 0) return this.failed();
    const drawn = among > 1 ? this.draw(among) : 0;
    return this.chosen(cells, leaders[drawn] as number, maxTotal, among, drawn);
  }

  private chosen(
    cells: readonly Cell[],
    rank: number,
    maxTotal: number,
    among: number,
    drawn: number,
  ): Explained {
    const host = this.snapshot.names[this.shape.order[rank] as number] ?? "";
    const result = "scheduled";
    const feasible = feasibleOf(cells);
    // Written out: this is made for every pod, and a spread costs more than all of it.
    if (among === 1) return { record: { result, feasible, host, maxTotal } };
    const draw: DrawRecord = { among, drawn };
    return { record: { result, feasible, host, maxTotal, draw } };
  }

  private failed(): Explained {
    const { shape, snapshot } = this;
    const counts = new Map<string, number>();
    const plugins = new Set<string>(shape.outcome.restrictedBy);
    const tally = this.tally();
    for (const [refusal, nodes] of tally) {
      if (refusal.plugin !== "") plugins.add(refusal.plugin);
      for (const reason of refusal.reasons) counts.set(reason, (counts.get(reason) ?? 0) + nodes);
    }
    const post = runPostFilters(this.profile, this.context(tally));
    const message = unschedulableMessage(
      snapshot.nodeCount,
      counts,
      "",
      post?.reasons.join(", ") ?? "",
    );
    const record: DecisionRecord = {
      result: "unschedulable",
      feasible: 0,
      reason: "Unschedulable",
      message,
      unschedulablePlugins: [...plugins].sort(),
    };
    if (post === undefined) return { record };
    const { candidates: _, dryRun: __, ...brief } = post.answer;
    return {
      record: { ...record, postFilter: recordPostFilter({ ...post, answer: brief }) },
      postFilter: post,
    };
  }

  /** How many nodes have each refusal. */
  private tally(): Tally {
    const { shape } = this;
    const { columns, refusals, table } = shape;
    const width = refusals.list.length;
    const counts = new Int32Array(width * table.cells.length);
    const first = new Int32Array(counts.length);
    for (let rank = 0; 2 * rank < columns.length; rank++) {
      const refused = (columns[2 * rank + 1] as number) < 0;
      const at = shape.cellAt(rank) * width + (refused ? (columns[2 * rank] as number) : 0);
      if (counts[at] === 0) first[at] = rank;
      counts[at] = (counts[at] as number) + 1;
    }
    const result: (readonly [PluginRejection, number])[] = [];
    counts.forEach((nodes, at) => {
      if (nodes === 0) return;
      const why = shape.refusalOf(first[at] as number);
      if (why !== undefined) result.push([why, nodes]);
    });
    return result;
  }

  /** Nodes whose rejection is `Unschedulable`; every kind of rejection is looked at once. */
  private potentialNodes(tally: Tally): ArrayLike<NodeIndex> {
    const { shape } = this;
    if (tally.every(([{ code }]) => code === "Unschedulable")) return shape.order;
    const { columns, refusals, table, order } = shape;
    const width = refusals.list.length;
    const kinds = new Int8Array(width * table.cells.length);
    const nodes = new Int32Array(order.length);
    let count = 0;
    for (let rank = 0; rank < order.length; rank++) {
      const refused = (columns[2 * rank + 1] as number) < 0;
      const at = shape.cellAt(rank) * width + (refused ? (columns[2 * rank] as number) : 0);
      if (kinds[at] === 0)
        kinds[at] = shape.refusalOf(rank)?.code === "Unschedulable" ? POTENTIAL : HOPELESS;
      if (kinds[at] === POTENTIAL) nodes[count++] = order[rank] as NodeIndex;
    }
    return nodes.subarray(0, count);
  }

  private context(tally: Tally): PostFilterContext {
    const { pod, snapshot, shape, draw } = this;
    const filters = this.awake();
    return {
      pod,
      snapshot,
      potentialNodes: () => this.potentialNodes(tally),
      rejectionOf: (node) => shape.refusalOf(shape.rankOf(node)),
      runFilters: (node) => refusalWithNominated(filters, snapshot, pod, node),
      simulate: (other, node, sign) => simulateMove(filters, snapshot, other, node, sign),
      draw,
      preFiltered: (plugin) => shape.outcome.reached.has(plugin),
      localOnly: shape.localOnly,
      shape,
    };
  }
}

/** How many nodes have each refusal. */
type Tally = readonly (readonly [refusal: PluginRejection, nodes: number])[];

/** Whether preemption may help on a node. */
const POTENTIAL = 1;
const HOPELESS = 2;

/** Ranks of the nodes with the best total of the scan under way. */
let leaders = new Int32Array(0);

/** Less than any total, and far enough from the smallest integer that a local score may be added. */
const OUT_OF_REACH = -1_073_741_824;

function scheduled(cells: readonly Cell[], host: string): DecisionRecord {
  return { result: "scheduled", feasible: feasibleOf(cells), host };
}

function feasibleOf(cells: readonly Cell[]): number {
  let feasible = 0;
  for (const { size } of cells) feasible += size;
  return feasible;
}

/** Sets each cell's part of the total: the weighted normalized scores. */
function weigh(shape: Shape, cells: readonly Cell[], sizes: readonly number[]): void {
  for (const cell of cells) cell.offset = 0;
  shape.groupings.forEach(({ score }, at) => {
    if (score === undefined) return;
    const { domain, plugin, weight } = score;
    const keys = cells.map((cell) => cell.keys[at] as number);
    if (domain?.begin(keys, sizes) === "skip") return;
    const values = domain === undefined ? keys.slice() : keys.map((key) => domain.score(key));
    if (domain?.normalize !== undefined) domain.normalize(values, keys);
    else plugin.score?.normalize?.(values);
    for (let each = 0; each < cells.length; each++)
      (cells[each] as Cell).offset += Math.trunc(values[each] as number) * weight;
  });
}
