import type { DomainFilter } from "../../framework/plugin.ts";
import { type Rejection, unresolvable, unschedulable } from "../../framework/status.ts";
import { TupleTable } from "../../framework/tuple-table.ts";
import type { NodeIndex } from "../../snapshot/node-index.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { hasAllKeys, type ReadyConstraint } from "./spread-constraints.ts";

const UNMATCHED = unschedulable("node(s) didn't match pod topology spread constraints");
const MISSING = unresolvable(
  "node(s) didn't match pod topology spread constraints (missing required label)",
);

/** Counts of one constraint: matching pods per topology value, and how many values have each count. */
class ConstraintCounts {
  readonly constraint: ReadyConstraint;
  /** Matching pods per value; only of values that some included node has. */
  readonly counts: number[] = [];
  private readonly nodesOf: number[] = [];
  private readonly valuesWith: number[] = [];
  private values = 0;
  private least = 0;
  private readonly included: Uint8Array;
  private readonly last: Uint16Array;

  constructor(constraint: ReadyConstraint, capacity: number) {
    this.constraint = constraint;
    this.included = new Uint8Array(capacity);
    this.last = new Uint16Array(capacity);
  }

  include(node: NodeIndex): void {
    this.included[node] = 1;
    const value = this.constraint.column.values[node] as number;
    const nodes = this.nodesOf[value] ?? 0;
    this.nodesOf[value] = nodes + 1;
    if (nodes === 0) {
      this.counts[value] = 0;
      this.values++;
      this.valuesWith[0] = (this.valuesWith[0] ?? 0) + 1;
      this.least = 0;
    }
    this.refresh(node);
  }

  refresh(node: NodeIndex): void {
    if (this.included[node] !== 1) return;
    const now = this.constraint.matcher.counts[node] as number;
    const delta = now - (this.last[node] as number);
    if (delta === 0) return;
    this.last[node] = now;
    this.add(node, delta);
  }

  /** `delta` more matching pods in the node's domain. */
  add(node: NodeIndex, delta: number): void {
    if (this.included[node] !== 1) return;
    const value = this.constraint.column.values[node] as number;
    const before = this.counts[value] as number;
    const after = before + delta;
    this.counts[value] = after;
    this.tally(before, -1);
    this.tally(after, 1);
  }

  /** The fewest matches in any domain; 0 when there are fewer domains than demanded. */
  minimum(): number {
    if (this.values < this.constraint.minDomains) return 0;
    while ((this.valuesWith[this.least] ?? 0) === 0) this.least++;
    return this.least;
  }

  private tally(count: number, by: number): void {
    this.valuesWith[count] = (this.valuesWith[count] ?? 0) + by;
    if (by > 0 && count < this.least) this.least = count;
  }
}

/**
 * Hard topology spread: a node is refused when its domain would have more than `maxSkew` matching pods above the
 * emptiest domain. A domain of the answer is the tuple of the node's topology values; where every node is its own
 * domain (host names) the count takes the value's place, so that equal nodes share an answer.
 */
export class SpreadFilter implements DomainFilter {
  private readonly all: readonly ConstraintCounts[];
  private readonly constraints: readonly ReadyConstraint[];
  private readonly tuples = new TupleTable();
  private readonly complete: Uint8Array;
  private readonly pod: PodInfo;
  private readonly unique: readonly boolean[];

  constructor(pod: PodInfo, snapshot: Snapshot, constraints: readonly ReadyConstraint[]) {
    this.pod = pod;
    this.constraints = constraints;
    this.unique = constraints.map(({ column }) => column.unique);
    const capacity = this.inert ? 0 : snapshot.columns.capacity;
    this.complete = new Uint8Array(capacity);
    this.all = constraints.map((each) => new ConstraintCounts(each, capacity));
    for (const node of this.inert ? [] : snapshot.order()) {
      const object = snapshot.nodes[node];
      if (object === undefined || !hasAllKeys(constraints, node)) continue;
      this.complete[node] = 1;
      for (const each of this.all)
        if (each.constraint.includes?.(object) !== false) each.include(node);
    }
  }

  get inert(): boolean {
    return this.constraints.length === 0;
  }

  domain(node: NodeIndex): number {
    const tuple: number[] = [];
    for (let at = 0; at < this.all.length; at++) {
      const { constraint, counts } = this.all[at] as ConstraintCounts;
      const value = constraint.column.values[node] as number;
      tuple.push(value < 0 ? -1 : this.unique[at] ? (counts[value] ?? 0) : value);
    }
    return this.tuples.idOf(tuple);
  }

  filter(domain: number): Rejection | undefined {
    const tuple = this.tuples.tuples[domain] as readonly number[];
    for (let at = 0; at < this.all.length; at++) {
      const each = this.all[at] as ConstraintCounts;
      const part = tuple[at] as number;
      if (part < 0) return MISSING;
      const matches = this.unique[at] ? part : (each.counts[part] ?? 0);
      const { self, maxSkew } = each.constraint;
      if (matches + self - each.minimum() > maxSkew) return UNMATCHED;
    }
    return undefined;
  }

  nodeChanged(node: NodeIndex): void {
    if (this.complete[node] !== 1) return;
    for (const each of this.all) each.refresh(node);
  }

  /**
   * Upstream counts terminating pods, and those that an empty selector matches, neither when they are there nor not:
   * only here, when one comes or leaves.
   */
  simulate(node: NodeIndex, pod: PodInfo, sign: 1 | -1): void {
    if (this.complete[node] !== 1 || pod.traits.namespace !== this.pod.traits.namespace) return;
    for (const each of this.all)
      if (each.constraint.selects(pod.traits.labels)) each.add(node, sign);
  }

  stale(): boolean {
    return this.constraints.some(({ column }, at) => column.unique !== this.unique[at]);
  }
}
