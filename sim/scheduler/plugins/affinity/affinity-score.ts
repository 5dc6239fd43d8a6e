import { scaleToSpan } from "../../framework/normalize.ts";
import type { DomainScore } from "../../framework/plugin.ts";
import { TupleTable } from "../../framework/tuple-table.ts";
import type { AffinityTerm } from "../../snapshot/affinity-term.ts";
import type { LabelColumn } from "../../snapshot/label-column.ts";
import type { NodeIndex } from "../../snapshot/node-index.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** Options of the score, from the plugin's arguments. */
export interface AffinityWeights {
  /** Weight of the required affinity of bound pods towards the pod. */
  readonly hardPodAffinityWeight: number;
  /** Only the pod's own preferences count, not those of bound pods. */
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

/** Pods on each node, and what each is worth there. */
interface Source {
  readonly counts: Uint16Array;
  readonly weight: number;
}

/** All that counts per value of one topology key. */
interface Part {
  readonly column: LabelColumn;
  readonly unique: boolean;
  readonly sources: Source[];
  readonly sums: number[];
  readonly lastSum: Int32Array;
  readonly lastPods: Int32Array;
}

/**
 * Preferred pod affinity: the pod's own preferences about bound pods, and theirs about it. Each matching pair adds
 * its weight to all nodes that share the topology value.
 */
export class AffinityScore implements DomainScore {
  private readonly parts = new Map<string, Part>();
  private list: readonly Part[] = [];
  private readonly tuples = new TupleTable();
  private readonly snapshot: Snapshot;
  private readonly pod: PodInfo;
  private readonly weights: AffinityWeights;
  private pairs = 0;
  private seenTerms: number;

  constructor(pod: PodInfo, snapshot: Snapshot, weights: AffinityWeights) {
    this.pod = pod;
    this.snapshot = snapshot;
    this.weights = weights;
    for (const term of pod.traits.terms) this.addOwn(term);
    const carried = snapshot.termsMatching(pod.traits.labelClass);
    this.seenTerms = carried.length;
    for (const { term, counts } of carried) {
      const weight = this.weightOf(term);
      if (weight !== 0) this.partOf(term.topologyKey).sources.push({ counts, weight });
    }
    this.list = [...this.parts.values()];
    if (!this.inert) for (const node of snapshot.order()) this.nodeChanged(node);
  }

  get inert(): boolean {
    return this.list.length === 0;
  }

  domain(node: NodeIndex): number {
    return this.tuples.idOf(
      this.list.map(({ column, unique, sums }) => {
        const value = column.values[node] as number;
        if (!unique) return value;
        return value < 0 ? 0 : (sums[value] ?? 0);
      }),
    );
  }

  nodeChanged(node: NodeIndex): void {
    for (const part of this.list) {
      const value = part.column.values[node] as number;
      if (value < 0) continue;
      let sum = 0;
      let pods = 0;
      for (const { counts, weight } of part.sources) {
        const count = counts[node] as number;
        sum += count * weight;
        pods += count;
      }
      part.sums[value] = (part.sums[value] ?? 0) + sum - (part.lastSum[node] as number);
      this.pairs += pods - (part.lastPods[node] as number);
      part.lastSum[node] = sum;
      part.lastPods[node] = pods;
    }
  }

  begin(): "skip" | undefined {
    return this.pairs === 0 ? "skip" : undefined;
  }

  score(domain: number): number {
    const tuple = this.tuples.tuples[domain] as readonly number[];
    let sum = 0;
    for (let at = 0; at < this.list.length; at++) {
      const { unique, sums } = this.list[at] as Part;
      const part = tuple[at] as number;
      sum += unique ? part : part < 0 ? 0 : (sums[part] ?? 0);
    }
    return sum;
  }

  normalize(scores: number[]): void {
    scaleToSpan(scores);
  }

  stale(): boolean {
    const terms = this.snapshot.termsMatching(this.pod.traits.labelClass);
    for (; this.seenTerms < terms.length; this.seenTerms++) {
      const term = terms[this.seenTerms]?.term;
      if (term !== undefined && this.weightOf(term) !== 0) return true;
    }
    return this.list.some(({ column, unique }) => column.unique !== unique);
  }

  /** What a bound pod's term about this pod is worth. */
  private weightOf({ kind, weight }: AffinityTerm): number {
    if (kind === "required-affinity") return this.weights.hardPodAffinityWeight;
    if (kind === "preferred-affinity") return weight;
    return kind === "preferred-anti-affinity" ? -weight : 0;
  }

  private addOwn(term: AffinityTerm): void {
    const preferred = term.kind === "preferred-affinity" || term.kind === "preferred-anti-affinity";
    if (!preferred) return;
    const { snapshot } = this;
    const { counts } = snapshot.matcher({
      key: `affinity ${term.key}`,
      test: (namespace, labels) =>
        term.matches(namespace, labels, snapshot.namespaceLabels(namespace)),
      skipTerminating: false,
    });
    const weight = term.kind === "preferred-affinity" ? term.weight : -term.weight;
    this.partOf(term.topologyKey).sources.push({ counts, weight });
  }

  private partOf(topologyKey: string): Part {
    let part = this.parts.get(topologyKey);
    if (part === undefined) {
      const column = this.snapshot.labelColumn(topologyKey);
      const capacity = this.snapshot.columns.capacity;
      part = {
        column,
        unique: column.unique,
        sources: [],
        sums: [],
        lastSum: new Int32Array(capacity),
        lastPods: new Int32Array(capacity),
      };
      this.parts.set(topologyKey, part);
    }
    return part;
  }
}
