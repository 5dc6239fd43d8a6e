import type { Key } from "../../api/object.ts";
import type { Seq } from "../../engine/journal.ts";
import { MILLISECOND, type Micros, SECOND } from "../../engine/time.ts";

/** How long a key that failed waits for its next try: the first delay doubles with every failure up to the longest. */
export interface Retry {
  readonly first: Micros;
  readonly longest: Micros;
  /** A key that failed again after so many tries is given up until something changes; never when absent. */
  readonly most?: number;
}

/** client-go's `DefaultTypedControllerRateLimiter`: 5 ms to 1,000 s. */
export const DEFAULT_RETRY: Retry = { first: 5 * MILLISECOND, longest: 1_000 * SECOND };
/** Doublings after which any longest delay is reached: 5 ms · 2^18 > 1,000 s. */
const DOUBLINGS = 18;

/** A work queue as plain data. */
export interface WorkQueueState {
  readonly ready: readonly (readonly [Key, Seq])[];
  readonly processing: readonly Key[];
  readonly again: readonly (readonly [Key, Seq])[];
  readonly failures: readonly (readonly [Key, number])[];
  readonly delayed: readonly (readonly [Key, Micros, Seq])[];
}

/**
 * client-go's work queue: a key waits once however often it is added; a key being processed that is added again waits
 * until it is done, so that nobody ever works on one key twice at once. Each waiting key remembers the journal entry that
 * last added it, and delayed keys the earliest time they were asked for.
 */
export class WorkQueue {
  readonly #ready = new Map<Key, Seq>();
  /** The ready keys in their order, from `#first` on. A Map that is emptied from its front costs more at every look. */
  #order: Key[] = [];
  #first = 0;
  readonly #processing = new Set<Key>();
  readonly #again = new Map<Key, Seq>();
  readonly #failures = new Map<Key, number>();
  readonly #delayed = new Map<Key, { at: Micros; cause: Seq }>();
  readonly #retry: Retry;

  constructor(retry: Retry = DEFAULT_RETRY) {
    this.#retry = retry;
  }

  /** Keys that wait to be processed. */
  get length(): number {
    return this.#ready.size;
  }

  add(key: Key, cause: Seq): void {
    if (this.#processing.has(key)) this.#again.set(key, cause);
    else this.#makeReady(key, cause);
  }

  /** Asks for a key at a later time; `true` when this is earlier than what was asked before, so a wake-up is needed. */
  addAt(key: Key, at: Micros, cause: Seq): boolean {
    const known = this.#delayed.get(key);
    if (known !== undefined && known.at <= at) return false;
    this.#delayed.set(key, { at, cause });
    return true;
  }

  /** Moves a delayed key whose time has come to the ready ones. */
  due(key: Key, now: Micros): void {
    const known = this.#delayed.get(key);
    if (known === undefined || known.at > now) return;
    this.#delayed.delete(key);
    this.add(key, known.cause);
  }

  /** Next key, in order of arrival, with the entry that added it; it counts as being processed until `done`. */
  next(): readonly [Key, Seq] | undefined {
    if (this.#first === this.#order.length) return undefined;
    const key = this.#order[this.#first++] as Key;
    const cause = this.#ready.get(key) as Seq;
    if (this.#first === this.#order.length) {
      this.#order = [];
      this.#first = 0;
    }
    this.#ready.delete(key);
    this.#processing.add(key);
    return [key, cause];
  }

  /** Ends the processing of a key; it waits again when it was added meanwhile. */
  done(key: Key): void {
    this.#processing.delete(key);
    const cause = this.#again.get(key);
    if (cause === undefined) return;
    this.#again.delete(key);
    this.#makeReady(key, cause);
  }

  /** How long to wait before the next try of a key that failed, and counts the failure; nothing when it is given up. */
  backOff(key: Key): Micros | undefined {
    const failures = this.#failures.get(key) ?? 0;
    const { first, longest, most } = this.#retry;
    if (most !== undefined && failures >= most) {
      this.forget(key);
      return undefined;
    }
    this.#failures.set(key, failures + 1);
    return failures >= DOUBLINGS ? longest : Math.min(first * (1 << failures), longest);
  }

  /** Forgets a key's failures. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  clear(): void {
    this.#ready.clear();
    this.#order = [];
    this.#first = 0;
    this.#processing.clear();
    this.#again.clear();
    this.#failures.clear();
    this.#delayed.clear();
  }

  save(): WorkQueueState {
    return {
      ready: this.#order.slice(this.#first).map((key) => [key, this.#ready.get(key) as Seq]),
      processing: [...this.#processing],
      again: [...this.#again],
      failures: [...this.#failures],
      delayed: [...this.#delayed].map(([key, { at, cause }]) => [key, at, cause]),
    };
  }

  load(state: WorkQueueState): void {
    this.clear();
    for (const [key, cause] of state.ready) this.#makeReady(key, cause);
    for (const key of state.processing) this.#processing.add(key);
    for (const [key, cause] of state.again) this.#again.set(key, cause);
    for (const [key, failures] of state.failures) this.#failures.set(key, failures);
    for (const [key, at, cause] of state.delayed) this.#delayed.set(key, { at, cause });
  }

  /** A key that waits already keeps its place. */
  #makeReady(key: Key, cause: Seq): void {
    const waiting = this.#ready.size;
    this.#ready.set(key, cause);
    if (this.#ready.size > waiting) this.#order.push(key);
  }
}
