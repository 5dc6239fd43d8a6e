import type { JournalEntry } from "../engine/journal.ts";
import { type Micros, SECOND } from "../engine/time.ts";

/** What was missed takes this long to arrive at most. */
const CATCH_UP: Micros = 60 * SECOND;

/**
 * Faults that have controllers act on what they saw last: their watch is held up, or their process stands still and goes
 * on unfenced. They count while they last, and until what was missed has arrived.
 */
export class HeldUp {
  readonly #types: ReadonlySet<string>;
  #lasting = 0;
  #until: Micros = 0;

  /** `types`: names of faults. */
  constructor(...types: readonly string[]) {
    this.#types = new Set(types);
  }

  take(entry: JournalEntry): void {
    if (entry.kind !== "fault" || !this.#types.has(entry.fault.type)) return;
    if (entry.momentary !== true) this.#lasting += entry.phase === "begin" ? 1 : -1;
    this.#until = entry.time + CATCH_UP;
  }

  /** Whether what a controller does now may follow from what was. */
  at(time: Micros): boolean {
    return this.#lasting > 0 || time < this.#until;
  }
}
