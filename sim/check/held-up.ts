import type { JournalEntry } from "../engine/journal.ts";
import { type Micros, SECOND } from "../engine/time.ts";

/** What was missed takes this long to arrive at most, unless told. */
const CATCH_UP: Micros = 60 * SECOND;

/**
 * Faults that have controllers act on what they saw last: their watch is held up, or their process stands still and goes
 * on unfenced. They count while they last, and until what was missed has arrived.
 */
export class HeldUp {
  readonly #types: ReadonlySet<string>;
  readonly #catchUp: Micros;
  #lasting = 0;
  #until: Micros = 0;

  /** `types`: names of faults. `catchUp`: after their end it takes this long until all is as if they had not been. */
  constructor(types: readonly string[], catchUp = CATCH_UP) {
    this.#types = new Set(types);
    this.#catchUp = catchUp;
  }

  take(entry: JournalEntry): void {
    if (entry.kind !== "fault" || !this.#types.has(entry.fault.type)) return;
    if (entry.momentary !== true) this.#lasting += entry.phase === "begin" ? 1 : -1;
    this.#until = entry.time + this.#catchUp;
  }

  /** Whether what a controller does now may follow from what was. */
  at(time: Micros): boolean {
    return this.#lasting > 0 || time < this.#until;
  }
}
