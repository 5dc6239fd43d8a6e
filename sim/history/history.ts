import type { Key, KubeObject } from "../api/object.ts";
import type { ChangeEntry, JournalEntry, Seq } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";

/** Changes between two snapshots of pointers: the price of going to any instant. */
const CHECKPOINT_EVERY = 4096;

/** Objects of a cluster at an instant, by kind and key. */
export type State = ReadonlyMap<string, ReadonlyMap<Key, KubeObject>>;

interface Checkpoint {
  /** Entries before this index are in it. */
  readonly index: number;
  readonly state: State;
}

/** A change of an object as the journal of a cluster holds it. */
export type ObjectChange = ChangeEntry<KubeObject>;

/** Whether an entry is a change of an object. */
export function isChange(entry: JournalEntry): entry is ObjectChange {
  return entry.kind === "change";
}

/**
 * What a journal says about the past: the state at any instant, who changed what, and what led to it.
 * Reads nothing but the journal; needs its `changes` at least.
 */
export class History {
  readonly entries: readonly JournalEntry[];
  /** The instant the run ended. */
  readonly end: Micros;
  readonly #checkpoints: Checkpoint[] = [];
  #changes: Map<string, number[]> | undefined;

  constructor(entries: readonly JournalEntry[], end: Micros) {
    this.entries = entries;
    this.end = end;
  }

  /** Number of entries at or before a time. */
  countUntil(time: Micros): number {
    let from = 0;
    let to = this.entries.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.entries[middle] as JournalEntry).time <= time) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** The objects after everything that happened at or before a time. */
  stateAt(time: Micros): State {
    return this.stateBefore(this.countUntil(time));
  }

  /** The objects after the first `index` entries: nearest checkpoint, then the changes behind it. */
  stateBefore(index: number): State {
    const wanted = Math.floor(index / CHECKPOINT_EVERY);
    for (let have = this.#checkpoints.length; have <= wanted; have++) {
      const last = this.#checkpoints[have - 1];
      const state = copy(last?.state ?? new Map());
      this.#apply(state, last?.index ?? 0, have * CHECKPOINT_EVERY);
      this.#checkpoints.push({ index: have * CHECKPOINT_EVERY, state });
    }
    const nearest = this.#checkpoints[wanted];
    const state = copy(nearest?.state ?? new Map());
    this.#apply(state, nearest?.index ?? 0, index);
    return state;
  }

  /** The entry of a number, if it was kept. */
  entry(seq: Seq): JournalEntry | undefined {
    let from = 0;
    let to = this.entries.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.entries[middle] as JournalEntry).seq < seq) from = middle + 1;
      else to = middle;
    }
    const found = this.entries[from];
    return found?.seq === seq ? found : undefined;
  }

  /** Every change of one object, oldest first. */
  changesOf(kind: string, key: Key): readonly ObjectChange[] {
    this.#changes ??= this.#indexChanges();
    const at = this.#changes.get(`${kind} ${key}`) ?? [];
    return at.map((index) => this.entries[index] as ObjectChange);
  }

  #indexChanges(): Map<string, number[]> {
    const index = new Map<string, number[]>();
    this.entries.forEach((entry, at) => {
      if (entry.kind !== "change") return;
      const name = `${entry.collection} ${entry.key}`;
      const known = index.get(name);
      if (known === undefined) index.set(name, [at]);
      else known.push(at);
    });
    return index;
  }

  #apply(state: Map<string, Map<Key, KubeObject>>, from: number, to: number): void {
    for (let at = from; at < to && at < this.entries.length; at++) {
      const entry = this.entries[at] as JournalEntry;
      if (!isChange(entry)) continue;
      const objects = state.get(entry.collection) ?? new Map<Key, KubeObject>();
      state.set(entry.collection, objects);
      if (entry.after === undefined) objects.delete(entry.key);
      else objects.set(entry.key, entry.after);
    }
  }
}

function copy(state: State): Map<string, Map<Key, KubeObject>> {
  return new Map([...state].map(([kind, objects]) => [kind, new Map(objects)]));
}
