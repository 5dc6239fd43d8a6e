import type { JournalEntry } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";

/** Watches one run's journal for breaches of one law. */
export interface Monitor {
  /** Takes an entry; answers what is wrong as soon as something is. */
  take(entry: JournalEntry): string | undefined;
  /** Asked at the end, whose time is told, for laws about what must have happened by then. */
  finish?(time: Micros): string | undefined;
}

/** A law that a run must keep. One file each; it reads the journal and nothing else. */
export interface Invariant {
  readonly name: string;
  /** Its number in the list of invariants. */
  readonly number: number;
  readonly description: string;
  readonly watch: () => Monitor;
}
