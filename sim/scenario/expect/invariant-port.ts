import type { JournalEntry } from "../../engine/journal.ts";
import type { Micros } from "../../engine/time.ts";

/** A law that a journal is checked against, entry by entry. */
export interface InvariantMonitor {
  /** Takes an entry; answers what is wrong as soon as something is. */
  take(entry: JournalEntry): string | undefined;
  /** Asked at the end of the run, whose time is told, for laws about what must have happened. */
  finish?(time: Micros): string | undefined;
}

/** Gives a monitor for the name of an invariant. The registry is on the same floor, so it is lent by the one above. */
export type InvariantSource = (name: string) => InvariantMonitor | undefined;
