import type { JournalEntry } from "../../engine/journal.ts";
import { formatSpan, MILLISECOND, type Micros } from "../../engine/time.ts";
import type { Expectation, Instant } from "../model.ts";
import { explain, kindOf, testExpression, testMatch, type Verdict } from "./condition-test.ts";
import type { Params } from "./expression.ts";
import type { InvariantMonitor, InvariantSource } from "./invariant-port.ts";
import type { StateView } from "./state-view.ts";

/** How an expectation ended. */
export interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly at: Micros;
  readonly message: string;
}

type Phase = "waiting" | "open" | "decided";

interface Watched {
  readonly expectation: Expectation;
  readonly invariant: InvariantMonitor | undefined;
  phase: Phase;
  from: Micros;
  to: Micros | undefined;
  /** Something that it reads has changed since it was asked last. */
  dirty: boolean;
  /** What its invariant found. */
  found: string | undefined;
  /** How often it was shown so far; more than once only where it begins with a step that repeats. */
  shown: number;
  /** Longest time that it took to come true. */
  slowest: Micros;
  outcome: Outcome | undefined;
}

/**
 * Watches a run from outside: hears of every journal entry, and asks an expectation again only when an object of a
 * kind that it reads has changed. It never touches the run.
 */
export class ExpectationMonitor {
  readonly #watched: readonly Watched[];
  readonly #view: StateView;
  readonly #params: Params;
  readonly #end: Micros;
  readonly #repeating: ReadonlySet<string>;
  readonly #tell: (outcome: Outcome) => void;

  constructor(
    expectations: readonly Expectation[],
    options: {
      readonly view: StateView;
      readonly params: Params;
      readonly end: Micros;
      /** Steps that happen again and again: what begins with one must hold after each of its times. */
      readonly repeating: ReadonlySet<string>;
      readonly invariants: InvariantSource;
      /** Told as soon as one is decided. */
      readonly tell: (outcome: Outcome) => void;
    },
  ) {
    this.#view = options.view;
    this.#params = options.params;
    this.#end = options.end;
    this.#repeating = options.repeating;
    this.#tell = options.tell;
    this.#watched = expectations.map((expectation) => {
      const { condition } = expectation;
      const invariant =
        condition.kind === "invariant"
          ? (condition.watch?.() ?? options.invariants(condition.name))
          : undefined;
      const fresh: Watched = {
        expectation,
        invariant,
        phase: "waiting",
        from: 0,
        to: undefined,
        dirty: true,
        found: undefined,
        shown: 0,
        slowest: 0,
        outcome: undefined,
      };
      if ("time" in expectation.from) open(fresh, expectation.from.time, this.#end);
      return fresh;
    });
  }

  /** How the expectations ended; those that have not are missing. */
  get outcomes(): readonly Outcome[] {
    return this.#watched.flatMap(({ outcome }) => outcome ?? []);
  }

  /** Hears of an entry. */
  take(entry: JournalEntry): void {
    for (const watched of this.#watched) {
      const problem = watched.phase === "decided" ? undefined : watched.invariant?.take(entry);
      if (problem !== undefined && watched.phase === "open") {
        watched.found ??= problem;
        watched.dirty = true;
      }
      if (entry.kind === "change" && !watched.dirty)
        watched.dirty = reads(watched.expectation, entry.collection);
    }
  }

  /** Hears that a step happens. What is still open from its last time stays so: when that is shown, this is too. */
  stepBegan(step: string, now: Micros): void {
    for (const watched of this.#watched) {
      const { expectation, phase } = watched;
      if (isStep(expectation.from, step)) {
        if (phase === "waiting") open(watched, now, this.#end);
        else if (phase === "open" && expectation.mode !== "eventually")
          watched.to = Math.max(watched.to ?? 0, endOf(watched, now, this.#end));
      }
      if (isStep(expectation.to, step) && watched.to !== undefined)
        watched.to = Math.min(watched.to, now);
    }
  }

  /** The next time at which one ends by the clock alone. */
  nextDeadline(): Micros | undefined {
    let next: Micros | undefined;
    for (const { phase, to } of this.#watched) {
      if (
        phase === "open" &&
        to !== undefined &&
        to < this.#end &&
        (next === undefined || to < next)
      )
        next = to;
    }
    return next;
  }

  /** Asks what has to be asked, now that all of this instant has happened. */
  settle(now: Micros): void {
    for (const watched of this.#watched) {
      if (watched.phase !== "open" || watched.from > now) continue;
      if (watched.dirty || readsClock(watched.expectation)) this.#ask(watched, now);
      if (
        watched.phase === "open" &&
        watched.to !== undefined &&
        now >= watched.to &&
        watched.to < this.#end
      )
        this.#close(watched, now);
    }
  }

  /** Decides everything that the end of the run decides. */
  finish(now: Micros): void {
    for (const watched of this.#watched) {
      if (watched.phase === "decided") continue;
      const late = watched.invariant?.finish?.(now);
      if (late !== undefined) watched.found ??= late;
      if (watched.phase === "waiting" && watched.shown > 0) {
        this.#decide(watched, true, now, this.#summary(watched));
      } else if (watched.phase === "waiting") {
        const { from } = watched.expectation;
        this.#decide(
          watched,
          false,
          now,
          `the step ${"step" in from ? from.step : ""} never happened`,
        );
      } else {
        this.#ask(watched, now);
        if (watched.phase === "open") this.#close(watched, now);
        if (watched.outcome === undefined) this.#decide(watched, true, now, this.#summary(watched));
      }
    }
  }

  #ask(watched: Watched, now: Micros): void {
    watched.dirty = false;
    const { mode } = watched.expectation;
    const { holds, why } = this.#test(watched);
    if (mode === "eventually" && holds) this.#show(watched, now);
    if (mode === "always" && !holds) this.#decide(watched, false, now, why);
    if (mode === "never" && holds) this.#decide(watched, false, now, why);
  }

  /** Its time is over without a decision. */
  #close(watched: Watched, now: Micros): void {
    const { mode } = watched.expectation;
    if (mode !== "eventually") {
      this.#show(watched, now);
      return;
    }
    const span = formatSpan((watched.to ?? now) - watched.from);
    this.#decide(watched, false, now, `not within ${span}: ${this.#test(watched).why}`);
  }

  /** It was shown; where its step comes again, it is asked again after that. */
  #show(watched: Watched, now: Micros): void {
    const { from } = watched.expectation;
    watched.shown++;
    watched.slowest = Math.max(watched.slowest, now - watched.from);
    if ("step" in from && this.#repeating.has(from.step)) watched.phase = "waiting";
    else this.#decide(watched, true, now, this.#summary(watched));
  }

  #summary({ expectation, shown, slowest }: Watched): string {
    const times = shown > 1 ? ` (${shown} times)` : "";
    if (expectation.mode !== "eventually") return `held${times}`;
    return `after ${shown > 1 ? "at most " : ""}${roughSpan(slowest)}${times}`;
  }

  #test({ expectation, found }: Watched): Verdict {
    const { condition, mode } = expectation;
    switch (condition.kind) {
      case "expression": {
        const holds = testExpression(condition.expression, this.#view, this.#params);
        // Only the reader of a failure needs the reasons.
        const told = mode === "never" ? holds : !holds;
        return { holds, why: told ? explain(condition.expression, this.#view, this.#params) : "" };
      }
      case "match":
        return testMatch(condition.wanted, this.#view);
      case "invariant":
        return { holds: found === undefined, why: found ?? `${condition.name} holds` };
    }
  }

  #decide(watched: Watched, passed: boolean, at: Micros, message: string): void {
    watched.phase = "decided";
    watched.outcome = { name: watched.expectation.name, passed, at, message };
    this.#tell(watched.outcome);
  }
}

/** A span in milliseconds: finer is of no use to a reader. */
function roughSpan(span: Micros): string {
  return formatSpan(Math.round(span / MILLISECOND) * MILLISECOND);
}

function open(watched: Watched, from: Micros, end: Micros): void {
  watched.phase = "open";
  watched.from = from;
  watched.dirty = true;
  watched.to = endOf(watched, from, end);
}

function endOf({ expectation: { to, within } }: Watched, from: Micros, end: Micros): Micros {
  const until = to !== undefined && "time" in to ? to.time : end;
  return within === undefined ? until : Math.min(until, from + within);
}

function isStep(instant: Instant | undefined, step: string): boolean {
  return instant !== undefined && "step" in instant && instant.step === step;
}

function readsClock({ condition }: Expectation): boolean {
  return condition.kind === "expression" && condition.expression.readsClock;
}

function reads({ condition }: Expectation, kind: string): boolean {
  if (condition.kind === "expression") return condition.expression.kinds?.has(kind) ?? true;
  return condition.kind === "match" && kindOf(condition.wanted) === kind;
}
