import type { JournalEntry } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";
import type { Breach } from "./breach.ts";
import type { Monitor } from "./invariant.ts";
import { invariants } from "./registry.ts";

/** Watches a run for breaches of several laws and keeps the first. */
export class Monitors {
  readonly #monitors: readonly { readonly name: string; readonly monitor: Monitor }[];
  #breach: Breach | undefined;

  /** `names`: which laws; all when absent. */
  constructor(names?: readonly string[]) {
    this.#monitors = invariants
      .filter(({ name }) => names === undefined || names.includes(name))
      .map(({ name, watch }) => ({ name, monitor: watch() }));
  }

  /** The first breach, if there was one. */
  get breach(): Breach | undefined {
    return this.#breach;
  }

  take(entry: JournalEntry): void {
    if (this.#breach !== undefined) return;
    for (const { name, monitor } of this.#monitors) {
      const message = monitor.take(entry);
      if (message === undefined) continue;
      this.#breach = { invariant: name, time: entry.time, message };
      return;
    }
  }

  /** Asks what is asked at the end of a run. */
  finish(time: Micros): Breach | undefined {
    for (const { name, monitor } of this.#monitors) {
      const message = this.#breach === undefined ? monitor.finish?.(time) : undefined;
      if (message !== undefined) this.#breach = { invariant: name, time, message };
    }
    return this.#breach;
  }
}
