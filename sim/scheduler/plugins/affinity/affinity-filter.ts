import type { DomainFilter } from "../../framework/plugin.ts";
import { type Rejection, unresolvable, unschedulable } from "../../framework/status.ts";
import { TupleTable } from "../../framework/tuple-table.ts";
import type { AffinityTerm } from "../../snapshot/affinity-term.ts";
import type { LabelColumn } from "../../snapshot/label-column.ts";
import type { NodeIndex } from "../../snapshot/node-index.ts";
import type { CarriedTerm } from "../../snapshot/pod-index.ts";
import type { PodInfo, PodTraits } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

const AFFINITY = unresolvable("node(s) didn't match pod affinity rules");
const ANTI_AFFINITY = unschedulable("node(s) didn't match pod anti-affinity rules");
const EXISTING = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");

/** Pods that matter for one rule, counted per value of its topology key. */
interface Rule {
  readonly role: "affinity" | "anti-affinity" | "existing";
  /** Which part of the domain tuple holds the value. */
  readonly part: number;
  readonly column: LabelColumn;
  readonly perNode: (node: NodeIndex) => number;
  /** How much one pod adds. */
  readonly perPod: (pod: PodTraits) => number;
  readonly counts: number[];
  readonly last: Int32Array;
}

/** Terms of bound pods that keep the pod away from them. */
export function repelling(snapshot: Snapshot, traits: PodTraits): readonly CarriedTerm[] {
  return snapshot
    .termsMatching(traits.labelClass)
    .filter(({ term }) => term.kind === "required-anti-affinity");
}

/** Own terms of one kind. */
function ownTerms({ traits }: PodInfo, kind: AffinityTerm["kind"]): readonly AffinityTerm[] {
  return traits.terms.filter((term) => term.kind === kind);
}

/**
 * Required pod affinity and anti-affinity, own and of the pods already there. A domain is the tuple of the node's
 * topology values; where every node is its own domain, a mask of the rules that have a pod there.
 */
export class AffinityFilter implements DomainFilter {
  private readonly rules: Rule[] = [];
  private readonly columns: LabelColumn[] = [];
  private readonly unique: boolean[] = [];
  private readonly tuples = new TupleTable();
  private readonly snapshot: Snapshot;
  private readonly pod: PodInfo;
  private readonly selfAffine: boolean;
  private affinePods = 0;
  private seenTerms: number;

  constructor(pod: PodInfo, snapshot: Snapshot) {
    this.pod = pod;
    this.snapshot = snapshot;
    const affinity = ownTerms(pod, "required-affinity");
    this.addAffinity(affinity);
    for (const term of ownTerms(pod, "required-anti-affinity")) this.addAnti(term);
    this.seenTerms = snapshot.termsMatching(pod.traits.labelClass).length;
    this.addExisting();
    this.selfAffine = affinity.every((term) => this.speaksOf(term, pod.traits));
    if (!this.inert) for (const node of snapshot.order()) this.nodeChanged(node);
  }

  get inert(): boolean {
    return this.rules.length === 0;
  }

  domain(node: NodeIndex): number {
    return this.tuples.idOf(
      this.columns.map((column, part) => {
        const value = column.values[node] as number;
        return value < 0 || this.unique[part] !== true ? value : this.mask(part, value);
      }),
    );
  }

  filter(domain: number): Rejection | undefined {
    const tuple = this.tuples.tuples[domain] as readonly number[];
    let missing = false;
    let anti: Rejection | undefined;
    for (let at = 0; at < this.rules.length; at++) {
      const rule = this.rules[at] as Rule;
      const value = tuple[rule.part] as number;
      const present = value >= 0 && this.present(rule, at, value);
      if (rule.role === "affinity") {
        if (value < 0) return AFFINITY;
        if (!present) missing = true;
      } else if (present && anti === undefined)
        anti = rule.role === "existing" ? EXISTING : ANTI_AFFINITY;
    }
    // The first pod of a group that is affine to itself may go anywhere.
    if (missing && !(this.affinePods === 0 && this.selfAffine)) return AFFINITY;
    return anti;
  }

  nodeChanged(node: NodeIndex): void {
    for (const rule of this.rules) {
      const value = rule.column.values[node] as number;
      if (value < 0) continue;
      const now = rule.perNode(node);
      const delta = now - (rule.last[node] as number);
      if (delta === 0) continue;
      rule.last[node] = now;
      this.add(rule, value, delta);
    }
  }

  simulate(node: NodeIndex, pod: PodInfo, sign: 1 | -1): void {
    for (const rule of this.rules) {
      const value = rule.column.values[node] as number;
      const amount = value < 0 ? 0 : rule.perPod(pod.traits);
      if (amount !== 0) this.add(rule, value, sign * amount);
    }
  }

  stale(): boolean {
    const terms = this.snapshot.termsMatching(this.pod.traits.labelClass);
    for (; this.seenTerms < terms.length; this.seenTerms++)
      if (terms[this.seenTerms]?.term.kind === "required-anti-affinity") return true;
    return this.columns.some((column, part) => column.unique !== this.unique[part]);
  }

  private add(rule: Rule, value: number, delta: number): void {
    rule.counts[value] = (rule.counts[value] ?? 0) + delta;
    if (rule.role === "affinity") this.affinePods += delta;
  }

  private present(rule: Rule, at: number, part: number): boolean {
    if (this.unique[rule.part] === true) return (part & (1 << at)) !== 0;
    return (rule.counts[part] ?? 0) > 0;
  }

  private mask(part: number, value: number): number {
    let mask = 0;
    for (let at = 0; at < this.rules.length; at++) {
      const rule = this.rules[at] as Rule;
      if (rule.part === part && (rule.counts[value] ?? 0) > 0) mask |= 1 << at;
    }
    return mask;
  }

  private speaksOf(term: AffinityTerm, { namespace, labels }: PodTraits): boolean {
    return term.matches(namespace, labels, this.snapshot.namespaceLabels(namespace));
  }

  private addAffinity(terms: readonly AffinityTerm[]): void {
    if (terms.length === 0) return;
    const test = (traits: PodTraits) => terms.every((term) => this.speaksOf(term, traits));
    const matcher = this.matcher(
      terms.map(({ key }) => key),
      test,
    );
    for (const { topologyKey } of terms)
      this.addRule("affinity", topologyKey, matcher, (pod) => (test(pod) ? 1 : 0));
  }

  private addAnti(term: AffinityTerm): void {
    const test = (traits: PodTraits) => this.speaksOf(term, traits);
    const matcher = this.matcher([term.key], test);
    this.addRule("anti-affinity", term.topologyKey, matcher, (pod) => (test(pod) ? 1 : 0));
  }

  private addExisting(): void {
    const byKey = new Map<string, CarriedTerm[]>();
    for (const carried of repelling(this.snapshot, this.pod.traits)) {
      const same = byKey.get(carried.term.topologyKey);
      if (same === undefined) byKey.set(carried.term.topologyKey, [carried]);
      else same.push(carried);
    }
    for (const [topologyKey, carried] of byKey) {
      const keys = new Set(carried.map(({ term }) => term.key));
      const perNode = (node: NodeIndex) => {
        let sum = 0;
        for (const { counts } of carried) sum += counts[node] as number;
        return sum;
      };
      this.addRule("existing", topologyKey, perNode, (pod) => {
        let sum = 0;
        for (const term of pod.terms) if (keys.has(term.key)) sum++;
        return sum;
      });
    }
  }

  private matcher(
    keys: readonly string[],
    test: (traits: PodTraits) => boolean,
  ): (node: NodeIndex) => number {
    const matcher = this.snapshot.matcher({
      key: `affinity ${keys.join(" ")}`,
      test: (namespace, labels) => test({ namespace, labels } as PodTraits),
      skipTerminating: false,
    });
    return (node) => matcher.counts[node] as number;
  }

  private addRule(
    role: Rule["role"],
    topologyKey: string,
    perNode: Rule["perNode"],
    perPod: Rule["perPod"],
  ): void {
    const column = this.snapshot.labelColumn(topologyKey);
    let part = this.columns.indexOf(column);
    if (part < 0) {
      part = this.columns.push(column) - 1;
      // A mask has room for 30 rules; beyond that every value is its own domain.
      this.unique.push(column.unique);
    }
    if (this.rules.length >= 30) this.unique.fill(false);
    const last = new Int32Array(this.snapshot.columns.capacity);
    this.rules.push({ role, part, column, perNode, perPod, counts: [], last });
  }
}
