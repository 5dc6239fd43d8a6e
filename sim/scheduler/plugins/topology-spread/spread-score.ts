import { naturalLog } from "../../framework/logarithm.ts";
import type { DomainScore } from "../../framework/plugin.ts";
import { MAX_NODE_SCORE } from "../../framework/status.ts";
import { TupleTable } from "../../framework/tuple-table.ts";
import type { NodeIndex } from "../../snapshot/node-index.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { hasAllKeys, type ReadyConstraint } from "./spread-constraints.ts";

/** The domain of nodes that lack a topology label and are not scored. */
const IGNORED = -1;
/** The domain of a node that has to be worked out. */
const UNKNOWN = -2;

/**
 * Soft topology spread. Raw score: over the constraints, matching pods in the node's domain times
 * ln(domains + 2), plus maxSkew − 1; fewer is better. The pods of all nodes count, the domains are those of the
 * feasible nodes; for host names a domain is a node and its own pods count.
 */
export class SpreadScore implements DomainScore {
  private readonly constraints: readonly ReadyConstraint[];
  private readonly requireAll: boolean;
  private readonly tuples = new TupleTable();
  private readonly counts: number[][];
  private readonly last: Uint16Array[];
  private readonly included: Uint8Array[];
  /** Domain of each node as last asked for; `UNKNOWN` after its counts changed. */
  private readonly domains: Int32Array;
  private weights: number[] = [];
  private readonly tuple: number[] = [];
  private lastTuple: readonly number[] = [];
  private lastDomain = IGNORED;

  constructor(snapshot: Snapshot, constraints: readonly ReadyConstraint[], requireAll: boolean) {
    this.constraints = constraints;
    this.requireAll = requireAll;
    const capacity = snapshot.columns.capacity;
    this.counts = constraints.map(() => []);
    this.last = constraints.map(() => new Uint16Array(capacity));
    this.included = constraints.map(() => new Uint8Array(capacity));
    this.domains = new Int32Array(capacity).fill(UNKNOWN);
    for (const node of snapshot.order()) {
      if (this.ignores(node)) continue;
      for (let at = 0; at < constraints.length; at++) this.include(node, at, snapshot);
      this.nodeChanged(node);
    }
  }

  /** Whether a node's pods count towards its domain; for host names a node's own pods are asked for directly. */
  private include(node: NodeIndex, at: number, { nodes }: Snapshot): void {
    const { column, hostname, includes } = this.constraints[at] as ReadyConstraint;
    if (hostname || (column.values[node] as number) < 0) return;
    const object = includes === undefined ? undefined : nodes[node];
    if (includes === undefined || (object !== undefined && includes(object)))
      (this.included[at] as Uint8Array)[node] = 1;
  }

  domain(node: NodeIndex): number {
    const known = this.domains[node] as number;
    if (known !== UNKNOWN) return known;
    if (this.ignores(node)) this.domains[node] = IGNORED;
    else {
      this.readTuple(node);
      // Most nodes are like the one asked for before.
      if (!sameTuple(this.tuple, this.lastTuple)) {
        this.lastTuple = this.tuple.slice();
        this.lastDomain = this.tuples.idOf(this.lastTuple);
      }
      this.domains[node] = this.lastDomain;
    }
    return this.domains[node] as number;
  }

  nodeChanged(node: NodeIndex): void {
    for (let at = 0; at < this.constraints.length; at++) {
      const { column, matcher } = this.constraints[at] as ReadyConstraint;
      const last = this.last[at] as Uint16Array;
      const now = matcher.counts[node] as number;
      const before = last[node] as number;
      if (now === before) continue;
      last[node] = now;
      this.domains[node] = UNKNOWN;
      const value = column.values[node] as number;
      if (value < 0 || (this.included[at] as Uint8Array)[node] !== 1) continue;
      const counts = this.counts[at] as number[];
      counts[value] = (counts[value] ?? 0) + now - before;
    }
  }

  begin(domains: readonly number[], counts: readonly number[]): undefined {
    let nodes = 0;
    for (let at = 0; at < domains.length; at++)
      if (domains[at] !== IGNORED) nodes += counts[at] as number;
    this.weights = this.constraints.map(({ hostname }, at) => {
      if (hostname) return naturalLog(nodes + 2);
      const values = new Set<number>();
      for (const domain of domains)
        if (domain !== IGNORED)
          values.add((this.tuples.tuples[domain] as readonly number[])[at] ?? 0);
      return naturalLog(values.size + 2);
    });
  }

  score(domain: number): number {
    if (domain === IGNORED) return 0;
    const tuple = this.tuples.tuples[domain] as readonly number[];
    let sum = 0;
    for (let at = 0; at < this.constraints.length; at++) {
      const part = tuple[at] as number;
      if (part < 0) continue;
      const { hostname, maxSkew } = this.constraints[at] as ReadyConstraint;
      const count = hostname ? part : ((this.counts[at] as number[])[part] ?? 0);
      sum += count * (this.weights[at] as number) + (maxSkew - 1);
    }
    return Math.round(sum);
  }

  normalize(scores: number[], domains: readonly number[]): void {
    let min = Number.POSITIVE_INFINITY;
    let max = 0;
    for (let at = 0; at < scores.length; at++) {
      if (domains[at] === IGNORED) continue;
      const score = scores[at] as number;
      if (score < min) min = score;
      if (score > max) max = score;
    }
    for (let at = 0; at < scores.length; at++) {
      if (domains[at] === IGNORED) scores[at] = 0;
      else if (max === 0) scores[at] = MAX_NODE_SCORE;
      else scores[at] = Math.trunc((MAX_NODE_SCORE * (max + min - (scores[at] as number))) / max);
    }
  }

  stale(): boolean {
    return false;
  }

  private readTuple(node: NodeIndex): void {
    for (let at = 0; at < this.constraints.length; at++) {
      const { column, hostname, matcher } = this.constraints[at] as ReadyConstraint;
      const value = column.values[node] as number;
      this.tuple[at] = value >= 0 && hostname ? (matcher.counts[node] as number) : value;
    }
  }

  private ignores(node: NodeIndex): boolean {
    return this.requireAll && !hasAllKeys(this.constraints, node);
  }
}

function sameTuple(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
