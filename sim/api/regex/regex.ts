import { type Letter, type Pattern, PatternError, type Place, parsePattern } from "./syntax.ts";

type Step =
  | { readonly op: "letter"; readonly test: Letter }
  | { readonly op: "place"; readonly at: Place }
  | { readonly op: "split"; first: number; second: number }
  | { readonly op: "jump"; to: number }
  | { readonly op: "match" };

/** Steps that one pattern may have: nested counts multiply. */
const MOST_STEPS = 20_000;

interface Thread {
  readonly at: number;
  readonly start: number;
}

/** Where a match lies, in code points. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A pattern of RE2. All ways through the pattern are followed at once (Thompson, Pike), so that the time it takes is that of the text
 * times that of the pattern, whatever they are.
 */
export class Regex {
  readonly #steps: Step[] = [];

  /** Throws `PatternError`. */
  constructor(pattern: string) {
    this.#write(parsePattern(pattern));
    this.#add({ op: "match" });
  }

  /** Whether it is found anywhere in a text. */
  test(text: string): boolean {
    return this.#search(codesOf(text), 0, true) !== undefined;
  }

  /** What it finds in a text, from left to right, at most so many. */
  findAll(text: string, most = Number.POSITIVE_INFINITY): string[] {
    const codes = codesOf(text);
    const found: string[] = [];
    let before = -1;
    for (let at = 0; at <= codes.length && found.length < most; ) {
      const span = this.#search(codes, at, false);
      if (span === undefined) break;
      const empty = span.start === span.end;
      // An empty match right behind another one is none.
      if (!empty || span.start !== before) {
        found.push(String.fromCodePoint(...codes.slice(span.start, span.end)));
        before = span.end;
      }
      at = empty ? span.end + 1 : span.end;
    }
    return found;
  }

  #add(step: Step): number {
    if (this.#steps.length >= MOST_STEPS)
      throw new PatternError("expression too large", `${MOST_STEPS} steps`);
    return this.#steps.push(step) - 1;
  }

  #write(pattern: Pattern): void {
    switch (pattern.tag) {
      case "letter":
        this.#add({ op: "letter", test: pattern.test });
        return;
      case "place":
        this.#add({ op: "place", at: pattern.at });
        return;
      case "all":
        for (const part of pattern.parts) this.#write(part);
        return;
      case "either":
        this.#writeEither(pattern.choices);
        return;
      default:
        this.#writeRepeat(pattern);
    }
  }

  #writeEither(choices: readonly Pattern[]): void {
    const ends: { op: "jump"; to: number }[] = [];
    for (const [nth, choice] of choices.entries()) {
      if (nth === choices.length - 1) {
        this.#write(choice);
        break;
      }
      const split = { op: "split" as const, first: 0, second: 0 };
      split.first = this.#add(split) + 1;
      this.#write(choice);
      const end = { op: "jump" as const, to: 0 };
      split.second = this.#add(end) + 1;
      ends.push(end);
    }
    for (const end of ends) end.to = this.#steps.length;
  }

  #writeRepeat({ part, least, most, greedy }: Extract<Pattern, { tag: "repeat" }>): void {
    for (let count = 0; count < least; count++) this.#write(part);
    const splits: { op: "split"; first: number; second: number }[] = [];
    const optional = most === undefined ? 1 : most - least;
    for (let count = 0; count < optional; count++) {
      const split = { op: "split" as const, first: 0, second: 0 };
      const at = this.#add(split);
      splits.push(split);
      this.#write(part);
      if (most === undefined) this.#add({ op: "jump", to: at });
      [split.first, split.second] = [at + 1, -1];
    }
    const end = this.#steps.length;
    for (const split of splits)
      [split.first, split.second] = greedy ? [split.first, end] : [end, split.first];
  }

  /** The leftmost match from a place on, preferring as the pattern says; any match if `first`. */
  #search(codes: readonly number[], from: number, first: boolean): Span | undefined {
    let found: Span | undefined;
    let threads: Thread[] = [];
    // Where each step was last come to, counted from 1.
    const seen = new Uint32Array(this.#steps.length);
    for (let at = from; at <= codes.length; at++) {
      const ready: Thread[] = [];
      for (const thread of threads) this.#follow(ready, seen, thread, codes, at);
      if (found === undefined) this.#follow(ready, seen, { at: 0, start: at }, codes, at);
      threads = [];
      for (const thread of ready) {
        const step = this.#steps[thread.at];
        if (step?.op === "match") {
          found = { start: thread.start, end: at };
          if (first) return found;
          break;
        }
        const code = codes[at];
        if (step?.op === "letter" && code !== undefined && step.test(code))
          threads.push({ at: thread.at + 1, start: thread.start });
      }
      if (threads.length === 0 && found !== undefined) break;
    }
    return found;
  }

  /** Adds what a thread comes to without a letter, the preferred first. */
  #follow(
    ready: Thread[],
    seen: Uint32Array,
    { at: begin, start }: Thread,
    codes: readonly number[],
    at: number,
  ): void {
    const waiting = [begin];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen[next] === at + 1) continue;
      seen[next] = at + 1;
      const step = this.#steps[next];
      if (step?.op === "jump") waiting.push(step.to);
      else if (step?.op === "split") waiting.push(step.second, step.first);
      else if (step?.op === "place") {
        if (isAt(step.at, codes, at)) waiting.push(next + 1);
      } else ready.push({ at: next, start });
    }
  }
}

function codesOf(text: string): number[] {
  return Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
}

function isAt(place: Place, codes: readonly number[], at: number): boolean {
  switch (place) {
    case "start":
      return at === 0;
    case "end":
      return at === codes.length;
    case "line-start":
      return at === 0 || codes[at - 1] === 10;
    case "line-end":
      return at === codes.length || codes[at] === 10;
    default: {
      const edge = isWordAt(codes, at - 1) !== isWordAt(codes, at);
      return (place === "word") === edge;
    }
  }
}

function isWordAt(codes: readonly number[], at: number): boolean {
  const code = codes[at];
  return code !== undefined && /^\w$/.test(String.fromCodePoint(code));
}

const compiled = new Map<string, Regex | PatternError>();
const MOST_KEPT = 1000;

/** A pattern, compiled once. Throws `PatternError`. */
export function regexOf(pattern: string): Regex {
  let known = compiled.get(pattern);
  if (known === undefined) {
    try {
      known = new Regex(pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      known = error;
    }
    if (compiled.size >= MOST_KEPT) compiled.clear();
    compiled.set(pattern, known);
  }
  if (known instanceof PatternError) throw known;
  return known;
}
