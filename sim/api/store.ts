import type { Engine } from "../engine/engine.ts";
import type { Seq } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";
import { type Key, type KubeObject, keyOf } from "./object.ts";
import {
  byNode,
  type IndexKeys,
  type IndexRule,
  ObjectSet,
  standardIndexes,
} from "./object-set.ts";

/** What happened to an object, in the words of a watch. */
export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One committed write. `before` is missing for ADDED; `after` of DELETED is the last state, with the deletion's revision. */
export interface Change<T extends KubeObject = KubeObject> {
  readonly revision: number;
  readonly type: ChangeType;
  readonly kind: string;
  readonly key: Key;
  readonly before: T | undefined;
  readonly after: T;
  readonly time: Micros;
  /** Journal entry of the write. */
  readonly seq: Seq;
}

interface Collection {
  readonly objects: ObjectSet;
  /** Changes kept for watches, oldest first. */
  log: Change[];
  /** How many changes were dropped from the front of the log. */
  dropped: number;
}

/** The store as plain data and immutable objects. */
export interface StoreState {
  readonly revision: number;
  readonly compacted: number;
  readonly collections: readonly (readonly [
    kind: string,
    objects: readonly KubeObject[],
    log: readonly Change[],
    dropped: number,
  ])[];
}

/** A place in the stream of changes of one kind. */
export interface Cursor {
  readonly kind: string;
  /** How many changes of the kind lie behind it. */
  position: number;
}

/**
 * Every object of the cluster, by kind, with the changes that made them. Commits are the only writes: each takes one
 * revision, enters the journal and the log of its kind. Semantics (conflicts, deletion, admission) live in the API server above.
 */
export class Store {
  readonly #engine: Engine;
  readonly #collections = new Map<string, Collection>();
  readonly #cursors: Cursor[] = [];
  readonly #listeners: ((change: Change) => void)[] = [];
  readonly #history: Micros;
  #revision = 0;
  #compacted = 0;
  #loads = 0;

  /** `history`: how long changes stay available to watches (etcd is compacted every 5 min). */
  constructor(engine: Engine, history: Micros) {
    this.#engine = engine;
    this.#history = history;
  }

  /** Revision of the newest commit. */
  get revision(): number {
    return this.#revision;
  }

  /** Watches from below this revision are too old. */
  get compacted(): number {
    return this.#compacted;
  }

  /** How often another state was loaded: what was derived from the changes before is void then. */
  get loads(): number {
    return this.#loads;
  }

  /** Kinds that ever held an object, in the order of their first. */
  kinds(): Iterable<string> {
    return this.#collections.keys();
  }

  get(kind: string, key: Key): KubeObject | undefined {
    return this.#collections.get(kind)?.objects.get(key);
  }

  /** The objects of a kind with their indexes; made when first asked for. */
  objects(kind: string): ObjectSet {
    return this.#collection(kind).objects;
  }

  /** Adds an index to a kind. */
  addIndex(kind: string, name: string, keys: IndexRule | IndexKeys): void {
    this.#collection(kind).objects.addIndex(name, keys);
  }

  /** Revision that the next commit will take: what goes into the new object's resourceVersion. */
  nextRevision(): number {
    return this.#revision + 1;
  }

  /** Commits an object that carries `nextRevision()` as its resourceVersion. */
  commit(
    kind: string,
    type: ChangeType,
    before: KubeObject | undefined,
    after: KubeObject,
    key: Key = keyOf(after),
  ): Change {
    const collection = this.#collection(kind);
    const revision = ++this.#revision;
    if (type === "DELETED") collection.objects.remove(key);
    else if (before === undefined) collection.objects.insert(after, key);
    else collection.objects.replace(before, after, key);
    const { journal, now } = this.#engine;
    const seq = journal.append({
      kind: "change",
      collection: kind,
      key,
      revision,
      before,
      after: type === "DELETED" ? undefined : after,
    });
    const change: Change = { revision, type, kind, key, before, after, time: now, seq };
    collection.log.push(change);
    if (collection.log.length >= 4096) this.#trim(kind, collection);
    for (const listener of this.#listeners) listener(change);
    return change;
  }

  /** Calls back at every commit, within the commit: for schedulers of deliveries, never for logic. */
  onCommit(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** A place at the end of a kind's changes; changes before the slowest open cursor are kept. */
  openCursor(kind: string): Cursor {
    const collection = this.#collection(kind);
    const cursor = { kind, position: collection.dropped + collection.log.length };
    this.#cursors.push(cursor);
    return cursor;
  }

  closeCursor(cursor: Cursor): void {
    const at = this.#cursors.indexOf(cursor);
    if (at >= 0) this.#cursors.splice(at, 1);
  }

  /** Next change behind a cursor that was committed at or before `until`; moves the cursor. */
  next(cursor: Cursor, until: Micros): Change | undefined {
    const collection = this.#collection(cursor.kind);
    const change = collection.log[cursor.position - collection.dropped];
    if (change === undefined || change.time > until) return undefined;
    cursor.position++;
    return change;
  }

  /** Time of the next change behind a cursor, if there is one. */
  peekTime(cursor: Cursor): Micros | undefined {
    const collection = this.#collection(cursor.kind);
    return collection.log[cursor.position - collection.dropped]?.time;
  }

  /** Changes of a kind after a revision, oldest first and at most so many; `undefined` when that is too old to know. */
  changesSince(
    kind: string,
    revision: number,
    most = Number.POSITIVE_INFINITY,
  ): readonly Change[] | undefined {
    if (revision < this.#compacted) return undefined;
    const { log } = this.#collection(kind);
    let from = 0;
    let to = log.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((log[middle] as Change).revision <= revision) from = middle + 1;
      else to = middle;
    }
    return log.slice(from, from + most);
  }

  /** Forgets all history up to now, as a compaction of etcd does: older watches get 410. */
  compact(): void {
    this.#compacted = this.#revision;
    for (const [kind, collection] of this.#collections)
      this.#trim(kind, collection, this.#engine.now);
  }

  save(): StoreState {
    return {
      revision: this.#revision,
      compacted: this.#compacted,
      collections: [...this.#collections].map(([kind, { objects, log, dropped }]) => [
        kind,
        [...objects.values()],
        [...log],
        dropped,
      ]),
    };
  }

  load(state: StoreState): void {
    this.#loads++;
    this.#revision = state.revision;
    this.#compacted = state.compacted;
    for (const collection of this.#collections.values()) {
      collection.objects.load([]);
      collection.log = [];
      collection.dropped = 0;
    }
    for (const [kind, objects, log, dropped] of state.collections) {
      const collection = this.#collection(kind);
      collection.objects.load(objects);
      collection.log = [...log];
      collection.dropped = dropped;
    }
  }

  #collection(kind: string): Collection {
    const known = this.#collections.get(kind);
    if (known !== undefined) return known;
    const collection: Collection = { objects: new ObjectSet(), log: [], dropped: 0 };
    for (const [name, keys] of Object.entries(standardIndexes))
      collection.objects.addIndex(name, keys);
    if (kind === "Pod") collection.objects.addIndex("node", byNode);
    this.#collections.set(kind, collection);
    return collection;
  }

  /** Drops changes older than the history that every cursor has passed; half the log at least, or it is not worth the copy. */
  #trim(
    kind: string,
    collection: Collection,
    before: Micros = this.#engine.now - this.#history,
  ): void {
    let slowest = Number.POSITIVE_INFINITY;
    for (const cursor of this.#cursors)
      if (cursor.kind === kind) slowest = Math.min(slowest, cursor.position);
    const { log, dropped } = collection;
    let keep = 0;
    while (keep < log.length && dropped + keep < slowest && (log[keep] as Change).time < before)
      keep++;
    if (keep === 0 || keep < log.length / 2) return;
    this.#compacted = Math.max(this.#compacted, (log[keep - 1] as Change).revision);
    collection.log = log.slice(keep);
    collection.dropped = dropped + keep;
  }
}
