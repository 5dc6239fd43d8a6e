import type { Labels } from "../../api/meta/selector.ts";
import type { AffinityTerm } from "./affinity-term.ts";
import type { Bound } from "./bound-pods.ts";
import type { PodInfo, PodReader } from "./pod-info.ts";
import type { NodeIndex } from "./snapshot.ts";

/** A question about bound pods, with the number of pods on each node that fulfil it. */
export interface PodMatcher {
  readonly counts: Uint16Array;
}

/** A term carried by bound pods, with the number of such pods on each node. */
export interface CarriedTerm {
  readonly term: AffinityTerm;
  readonly counts: Uint16Array;
}

type PodTest = (namespace: string, labels: Labels | undefined) => boolean;

interface KnownMatcher extends PodMatcher {
  counts: Uint16Array;
  readonly test: PodTest;
  readonly skipTerminating: boolean;
}
interface KnownTerm extends CarriedTerm {
  counts: Uint16Array;
}
interface ClassMatches {
  readonly matchers: KnownMatcher[];
  readonly terms: CarriedTerm[];
  matchersSeen: number;
  termsSeen: number;
}

/**
 * Counts per node of pods that match a selector and of pods that carry an affinity term, kept while pods come
 * and go. Questions are asked once per label class, not once per pod.
 */
export class PodIndex {
  private readonly matcherByKey = new Map<string, KnownMatcher>();
  private readonly matchers: KnownMatcher[] = [];
  private readonly termByKey = new Map<string, KnownTerm>();
  private readonly terms: KnownTerm[] = [];
  private readonly termsOfTraits = new Map<number, readonly KnownTerm[]>();
  private classes: (ClassMatches | undefined)[] = [];
  private capacity: number;
  private readonly reader: PodReader;
  private readonly labelsOfNamespace: (namespace: string) => Labels | undefined;

  constructor(
    capacity: number,
    reader: PodReader,
    labelsOfNamespace: (namespace: string) => Labels | undefined,
  ) {
    this.capacity = capacity;
    this.reader = reader;
    this.labelsOfNamespace = labelsOfNamespace;
  }

  /** Number of questions and terms held; they are forgotten all together when there are too many. */
  get size(): number {
    return this.matchers.length + this.terms.length;
  }

  /** The matcher of that key, made and counted over `bound` when it is new. */
  matcher(
    key: string,
    test: PodTest,
    skipTerminating: boolean,
    bound: Iterable<readonly [labelClass: number, pods: Iterable<Bound>]>,
  ): PodMatcher {
    const known = this.matcherByKey.get(key);
    if (known !== undefined) return known;
    const matcher = { counts: new Uint16Array(this.capacity), test, skipTerminating };
    this.matcherByKey.set(key, matcher);
    this.matchers.push(matcher);
    for (const [labelClass, pods] of bound) {
      const { namespace = "", labels } = this.reader.classes[labelClass] ?? {};
      if (!test(namespace, labels)) continue;
      for (const { info, node } of pods) {
        if (skipTerminating && info.terminating) continue;
        matcher.counts[node] = (matcher.counts[node] ?? 0) + 1;
      }
    }
    return matcher;
  }

  /** Terms of bound pods (present or past) that speak of pods of this label class. The array grows in place. */
  termsMatching(labelClass: number): readonly CarriedTerm[] {
    return this.matchesOf(labelClass).terms;
  }

  /** A pod comes to (+1) or leaves (-1) a node. */
  count(info: PodInfo, node: NodeIndex, sign: 1 | -1): void {
    const { matchers } = this.matchesOf(info.traits.labelClass);
    for (let at = 0; at < matchers.length; at++) {
      const matcher = matchers[at] as KnownMatcher;
      if (matcher.skipTerminating && info.terminating) continue;
      matcher.counts[node] = (matcher.counts[node] ?? 0) + sign;
    }
    if (info.traits.terms.length === 0) return;
    for (const term of this.termsOf(info)) term.counts[node] = (term.counts[node] ?? 0) + sign;
  }

  /** Makes the terms of a pod known that is on no node yet, so that a dry run can count them. */
  know(info: PodInfo): void {
    if (info.traits.terms.length > 0) this.termsOf(info);
  }

  /** Makes room for more nodes. */
  grow(capacity: number): void {
    this.capacity = capacity;
    for (const each of [...this.matchers, ...this.terms]) {
      const wider = new Uint16Array(capacity);
      wider.set(each.counts);
      each.counts = wider;
    }
  }

  private termsOf(info: PodInfo): readonly KnownTerm[] {
    const known = this.termsOfTraits.get(info.traits.id);
    if (known !== undefined) return known;
    const terms = info.traits.terms.map((term) => {
      let carried = this.termByKey.get(term.key);
      if (carried === undefined) {
        carried = { term, counts: new Uint16Array(this.capacity) };
        this.termByKey.set(term.key, carried);
        this.terms.push(carried);
      }
      return carried;
    });
    this.termsOfTraits.set(info.traits.id, terms);
    return terms;
  }

  private matchesOf(labelClass: number): ClassMatches {
    let matches = this.classes[labelClass];
    if (matches === undefined) {
      matches = { matchers: [], terms: [], matchersSeen: 0, termsSeen: 0 };
      this.classes[labelClass] = matches;
    }
    if (matches.matchersSeen < this.matchers.length || matches.termsSeen < this.terms.length)
      this.extend(matches, labelClass);
    return matches;
  }

  private extend(matches: ClassMatches, labelClass: number): void {
    const { namespace = "", labels } = this.reader.classes[labelClass] ?? {};
    for (; matches.matchersSeen < this.matchers.length; matches.matchersSeen++) {
      const matcher = this.matchers[matches.matchersSeen];
      if (matcher?.test(namespace, labels) === true) matches.matchers.push(matcher);
    }
    const namespaceLabels = this.labelsOfNamespace(namespace);
    for (; matches.termsSeen < this.terms.length; matches.termsSeen++) {
      const carried = this.terms[matches.termsSeen];
      if (carried?.term.matches(namespace, labels, namespaceLabels) === true)
        matches.terms.push(carried);
    }
  }
}
