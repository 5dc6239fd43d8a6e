import type { Engine } from "../engine/engine.ts";
import type { Seq } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";
import { type Key, type KubeObject, keyOf } from "./object.ts";
import { changedParts, EVERY_PART, type Parts } from "./object-parts.ts";
import {
  byNode,
  type IndexKeys,
  type IndexRule,
  ObjectSet,
  type ObjectSetState,
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
  /** What of the object it changed; every part of one that came or went. */
  readonly parts: Parts;
  /** Row of the object in the store and in every cache that follows it. */
  readonly row: number;
  readonly time: Micros;
  /** Journal entry of the write. */
  readonly seq: Seq;
}

interface Collection {
  readonly objects: ObjectSet;
  /** Rows that nothing is at any more. When there is none, the next is the number of objects. */
  free: number[];
  /** Changes kept for watches, oldest first. */
  log: Change[];
  /** How many changes were dropped from the front of the log. */
  dropped: number;
  /** Revision of the last change dropped. */
  forgotten: number;
  readonly cursors: Cursor[];
}

/** What is kept of one kind. */
export interface CollectionState {
  readonly kind: string;
  readonly objects: ObjectSetState;
  readonly free: readonly number[];
  readonly log: readonly Change[];
  readonly dropped: number;
  readonly forgotten: number;
}

/** The store as plain data and immutable objects. */
export interface StoreState {
  readonly revision: number;
  readonly compacted: number;
  readonly collections: readonly CollectionState[];
}

/** A place in the stream of changes of one kind. Changes before the slowest of a kind are kept. */
export class Cursor {
  readonly #collection: Collection;
  /** How many changes of the kind lie behind it. */
  position: number;

  constructor(collection: Collection) {
    this.#collection = collection;
    this.position = collection.dropped + collection.log.length;
  }

  /** Next change that was committed at or before `until`; moves on behind it. */
  next(until: Micros): Change | undefined {
    const { log, dropped } = this.#collection;
    const change = log[this.position - dropped];
    if (change === undefined || change.time > until) return undefined;
    this.position++;
    return change;
  }

  /** Time of the next change, if there is one. */
  peekTime(): Micros | undefined {
    const { log, dropped } = this.#collection;
    return log[this.position - dropped]?.time;
  }
}

/**
 * Every object of the cluster, by kind, with the changes that made them. Commits are the only writes: each takes one
 * revision, enters the journal and the log of its kind. Semantics (conflicts, deletion, admission) live in the API server above.
 */
export class Store {
  readonly #engine: Engine;
  readonly #collections = new Map<string, Collection>();
  readonly #listeners: ((change: Change) => void)[] = [];
  readonly #onLoad: (() => void)[] = [];
  readonly #history: Micros;
  #revision = 0;
  /** Revision of the last compaction. */
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

  /**
   * Changes of a kind up to this revision are not known any more: watches from below are too old. Each kind remembers its own,
   * as the API server's watch caches do: one of which little changes is not forgotten because of another.
   */
  forgotten(kind: string): number {
    return Math.max(this.#compacted, this.#collections.get(kind)?.forgotten ?? 0);
  }

  /** How often another state was loaded: for those too many or too short-lived to be called back. */
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

  /** Number of objects of a kind. */
  count(kind: string): number {
    return this.#collections.get(kind)?.objects.size ?? 0;
  }

  /** Adds an index to a kind. */
  addIndex(kind: string, name: string, keys: IndexRule | IndexKeys): void {
    this.#collection(kind).objects.addIndex(name, keys);
  }

  /** Revision that the next commit will take: what goes into the new object's resourceVersion. */
  nextRevision(): number {
    return this.#revision + 1;
  }

  /** Commits an object that carries `nextRevision()` as its resourceVersion; `known` is the row of `before` where that is known. */
  commit(
    kind: string,
    type: ChangeType,
    before: KubeObject | undefined,
    after: KubeObject,
    key: Key = keyOf(after),
    known?: number,
  ): Change {
    const collection = this.#collection(kind);
    const revision = ++this.#revision;
    const stays = type === "MODIFIED" && before !== undefined;
    const parts = stays ? changedParts(before, after) : EVERY_PART;
    const row = place(collection, type, before, after, key, parts, known);
    const { journal, now } = this.#engine;
    const left = type === "DELETED" ? undefined : after;
    const seq = journal.appendChange(kind, key, revision, before, left);
    const change: Change = {
      revision,
      type,
      kind,
      key,
      before,
      after,
      parts,
      row,
      time: now,
      seq,
    };
    collection.log.push(change);
    if (isTrimmedNow(collection)) this.#trim(collection);
    for (const listener of this.#listeners) listener(change);
    return change;
  }

  /** Calls back at every commit, within the commit: for schedulers of deliveries, never for logic. */
  onCommit(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Calls back when another state was loaded: for what was computed from the objects before. */
  onLoad(listener: () => void): void {
    this.#onLoad.push(listener);
  }

  /** A place at the end of a kind's changes. */
  openCursor(kind: string): Cursor {
    const collection = this.#collection(kind);
    const cursor = new Cursor(collection);
    collection.cursors.push(cursor);
    return cursor;
  }

  /** Gives a place up: changes are not kept for it any more. */
  closeCursor(kind: string, cursor: Cursor): void {
    const { cursors } = this.#collection(kind);
    const at = cursors.indexOf(cursor);
    if (at >= 0) cursors.splice(at, 1);
  }

  /** Changes of a kind after a revision, oldest first and at most so many; `undefined` when that is too old to know. */
  changesSince(
    kind: string,
    revision: number,
    most = Number.POSITIVE_INFINITY,
  ): readonly Change[] | undefined {
    if (revision < this.forgotten(kind)) return undefined;
    const { log } = this.#collection(kind);
    const from = firstIn(log, (change) => change.revision > revision);
    return log.slice(from, from + most);
  }

  /** Forgets all history up to now, as a compaction of etcd does: older watches get 410. */
  compact(): void {
    this.#compacted = this.#revision;
    for (const collection of this.#collections.values()) this.#trim(collection, this.#engine.now);
  }

  save(): StoreState {
    return {
      revision: this.#revision,
      compacted: this.#compacted,
      collections: [...this.#collections].map(
        ([kind, { objects, free, log, dropped, forgotten }]) => ({
          kind,
          objects: objects.save(),
          free: [...free],
          log: [...log],
          dropped,
          forgotten,
        }),
      ),
    };
  }

  load(state: StoreState): void {
    this.#loads++;
    this.#revision = state.revision;
    this.#compacted = state.compacted;
    for (const collection of this.#collections.values()) {
      collection.objects.fill({ objects: [], rows: [] });
      collection.free = [];
      collection.log = [];
      collection.dropped = 0;
      collection.forgotten = 0;
    }
    for (const { kind, objects, free, log, dropped, forgotten } of state.collections) {
      const collection = this.#collection(kind);
      collection.objects.load(objects);
      collection.free = [...free];
      collection.log = [...log];
      collection.dropped = dropped;
      collection.forgotten = forgotten;
    }
    for (const listener of this.#onLoad) listener();
  }

  #collection(kind: string): Collection {
    const known = this.#collections.get(kind);
    if (known !== undefined) return known;
    const collection: Collection = {
      objects: new ObjectSet(),
      free: [],
      log: [],
      dropped: 0,
      forgotten: 0,
      cursors: [],
    };
    for (const [name, keys] of Object.entries(standardIndexes))
      collection.objects.addIndex(name, keys);
    if (kind === "Pod") collection.objects.addIndex("node", byNode);
    this.#collections.set(kind, collection);
    return collection;
  }

  /** Drops changes older than the history that every cursor has passed; half the log at least, or it is not worth the copy. */
  #trim(collection: Collection, before: Micros = this.#engine.now - this.#history): void {
    const { log, dropped, cursors } = collection;
    let keep = firstIn(log, (change) => change.time >= before);
    for (const { position } of cursors) keep = Math.min(keep, position - dropped);
    if (keep === 0 || keep < log.length / 2) return;
    collection.forgotten = (log[keep - 1] as Change).revision;
    collection.log = log.slice(keep);
    collection.dropped = dropped + keep;
  }
}

/**
 * Whether it is time to look what of a log may go: seldom, so that a log that may not go is not looked through at every
 * commit, and often enough that what goes is young: the collector takes that for less.
 */
function isTrimmedNow({ log, dropped }: Collection): boolean {
  return log.length >= 512 && (dropped + log.length) % 256 === 0;
}

/** Index of the first change of a log from which on something holds. */
function firstIn(log: readonly Change[], holds: (change: Change) => boolean): number {
  let from = 0;
  let to = log.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(log[middle] as Change)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Puts a commit's object in its place among those of its kind, or takes it out. Answers its row. */
function place(
  { objects, free }: Collection,
  type: ChangeType,
  before: KubeObject | undefined,
  after: KubeObject,
  key: Key,
  parts: Parts,
  known: number | undefined,
): number {
  if (type === "ADDED") {
    const row = free.pop() ?? objects.size;
    objects.insert(after, key, row);
    return row;
  }
  const isThere = known !== undefined && objects.at(known) === before;
  const row = isThere ? known : objects.rowOf(key);
  if (row === undefined || before === undefined)
    throw new Error(`no ${after.kind} ${key} to write over`);
  if (type === "DELETED") {
    objects.remove(key);
    free.push(row);
  } else objects.replace(before, after, row, parts);
  return row;
}
