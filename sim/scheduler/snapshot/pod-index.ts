import type { Labels } from "../../api/meta/selector.ts";
import type { AffinityTerm } from "./affinity-term.ts";
import type { BoundPods } from "./bound-pods.ts";
import type { NodeIndex } from "./node-index.ts";
import type { PodInfo, PodReader, PodTraits } from "./pod-info.ts";

/** A question about bound pods. Equal keys must mean equal questions. */
export interface PodQuestion {
  readonly key: string;
  readonly test: (namespace: string, labels: Labels | undefined) => boolean;
  /** Leaves out pods that are being deleted. */
  readonly skipTerminating: boolean;
  /** A label that every pod that passes has, and the namespace it is in: only such pods need be looked at. */
  readonly within?: LabelPair;
}

/** A label's value in one namespace. */
export interface LabelPair {
  readonly namespace: string;
  readonly label: string;
  readonly value: string;
}

/** A question about bound pods, with the number of pods on each node that fulfil it. */
export interface PodMatcher {
  readonly counts: Uint16Array;
}

/** A term carried by bound pods, with the number of such pods on each node. */
export interface CarriedTerm {
  readonly term: AffinityTerm;
  readonly counts: Uint16Array;
}

interface KnownMatcher extends PodMatcher {
  counts: Uint16Array;
  readonly question: PodQuestion;
}
/** A growing list of matchers, and how many of them a label class was held against. */
interface Lane {
  readonly matchers: readonly KnownMatcher[];
  seen: number;
}
interface KnownTerm extends CarriedTerm {
  counts: Uint16Array;
}
interface ClassMatches {
  readonly matchers: KnownMatcher[];
  readonly terms: CarriedTerm[];
  readonly lanes: readonly Lane[];
  matchersSeen: number;
  termsSeen: number;
}

/**
 * Counts per node of pods that match a selector and of pods that carry an affinity term, kept while pods come
 * and go. Questions are asked once per label class, not once per pod, and those about one label only of the classes
 * that have it: the questions of a thousand workloads do not meet the pods of the other 999.
 */
export class PodIndex {
  private readonly matcherByKey = new Map<string, KnownMatcher>();
  private readonly matchers: KnownMatcher[] = [];
  /** Matchers that any pod may pass. */
  private readonly broad: KnownMatcher[] = [];
  /** The others by the text of their label pair; a list is made when a matcher or a label class first needs it. */
  private readonly narrow = new Map<string, KnownMatcher[]>();
  /** Label classes by the text of each of their label pairs. */
  private readonly classesWith = new Map<string, number[]>();
  private classesFiled = 0;
  private readonly termByKey = new Map<string, KnownTerm>();
  private readonly terms: KnownTerm[] = [];
  private readonly termsOfTraits = new WeakMap<PodTraits, readonly KnownTerm[]>();
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

  /** The matcher of a question, made and counted over `bound` when it is new. */
  matcher(question: PodQuestion, bound: BoundPods): PodMatcher {
    const known = this.matcherByKey.get(question.key);
    if (known !== undefined) return known;
    const matcher = { counts: new Uint16Array(this.capacity), question };
    this.matcherByKey.set(question.key, matcher);
    this.matchers.push(matcher);
    const { within } = question;
    const text = within === undefined ? undefined : pairText(within);
    (text === undefined ? this.broad : this.narrowList(text)).push(matcher);
    for (const labelClass of text === undefined ? bound.classes() : this.classesOf(text))
      this.countClass(matcher, labelClass, bound);
    return matcher;
  }

  private countClass(matcher: KnownMatcher, labelClass: number, bound: BoundPods): void {
    const { test, skipTerminating } = matcher.question;
    const { namespace = "", labels } = this.reader.classes[labelClass] ?? {};
    if (!test(namespace, labels)) return;
    for (const { info, node } of bound.ofClass(labelClass)) {
      if (skipTerminating && info.terminating) continue;
      matcher.counts[node] = (matcher.counts[node] ?? 0) + 1;
    }
  }

  private narrowList(text: string): KnownMatcher[] {
    let list = this.narrow.get(text);
    if (list === undefined) {
      list = [];
      this.narrow.set(text, list);
    }
    return list;
  }

  /** Label classes that have a label pair, those that came since the last call included. */
  private classesOf(text: string): readonly number[] {
    const { classes } = this.reader;
    for (; this.classesFiled < classes.length; this.classesFiled++)
      for (const pair of pairTexts(classes[this.classesFiled])) {
        const filed = this.classesWith.get(pair);
        if (filed === undefined) this.classesWith.set(pair, [this.classesFiled]);
        else filed.push(this.classesFiled);
      }
    return this.classesWith.get(text) ?? [];
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
      if (matcher.question.skipTerminating && info.terminating) continue;
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
    const known = this.termsOfTraits.get(info.traits);
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
    this.termsOfTraits.set(info.traits, terms);
    return terms;
  }

  private matchesOf(labelClass: number): ClassMatches {
    let matches = this.classes[labelClass];
    if (matches === undefined) {
      const lists = pairTexts(this.reader.classes[labelClass]).map((text) => this.narrowList(text));
      const lanes = [this.broad, ...lists].map((list) => ({ matchers: list, seen: 0 }));
      matches = { matchers: [], terms: [], lanes, matchersSeen: 0, termsSeen: 0 };
      this.classes[labelClass] = matches;
    }
    if (matches.matchersSeen < this.matchers.length || matches.termsSeen < this.terms.length)
      this.extend(matches, labelClass);
    return matches;
  }

  private extend(matches: ClassMatches, labelClass: number): void {
    const { namespace = "", labels } = this.reader.classes[labelClass] ?? {};
    matches.matchersSeen = this.matchers.length;
    for (const lane of matches.lanes)
      for (; lane.seen < lane.matchers.length; lane.seen++) {
        const matcher = lane.matchers[lane.seen] as KnownMatcher;
        if (matcher.question.test(namespace, labels)) matches.matchers.push(matcher);
      }
    if (matches.termsSeen === this.terms.length) return;
    const namespaceLabels = this.labelsOfNamespace(namespace);
    for (; matches.termsSeen < this.terms.length; matches.termsSeen++) {
      const carried = this.terms[matches.termsSeen];
      if (carried?.term.matches(namespace, labels, namespaceLabels) === true)
        matches.terms.push(carried);
    }
  }
}

function pairText({ namespace, label, value }: LabelPair): string {
  return `${namespace}\n${label}=${value}`;
}

function pairTexts(
  of: { readonly namespace: string; readonly labels: Labels | undefined } | undefined,
): string[] {
  const texts: string[] = [];
  for (const label in of?.labels)
    texts.push(pairText({ namespace: of.namespace, label, value: of.labels[label] ?? "" }));
  return texts;
}
