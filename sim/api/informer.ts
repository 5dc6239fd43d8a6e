import type { Actor, Engine } from "../engine/engine.ts";
import { Priority } from "../engine/engine.ts";
import type { Micros } from "../engine/time.ts";
import type { Key, KubeObject } from "./object.ts";
import { EVERY_PART, type Parts } from "./object-parts.ts";
import {
  type IndexKeys,
  type IndexRule,
  ObjectSet,
  type ObjectSetState,
  standardIndexes,
} from "./object-set.ts";
import type { Change, Cursor, Store } from "./store.ts";

/** Called for every change an informer hears of, after its cache took it in. The journal's cause is the change. */
export type ChangeHandler = (change: Change) => void;

interface InformerEvent {
  readonly type: "deliver";
}

/** A handler and the parts of an object that concern it. */
interface Listener {
  readonly handler: ChangeHandler;
  readonly parts: Parts;
}

interface Informer {
  readonly cursor: Cursor;
  readonly cache: ObjectSet;
  readonly listeners: Listener[];
}

interface InformersState {
  /** Kinds with changes on their way, in the order of the first. */
  readonly dirty: readonly string[];
  readonly scheduled: boolean;
  readonly frozen: readonly Micros[];
  readonly caches: readonly (readonly [kind: string, position: number, objects: ObjectSetState])[];
}

/**
 * The shared informers of one component: caches that follow the store with the watch's lag, and tell handlers.
 * One event delivers all that is due; where nothing changes nothing is scheduled.
 */
export class Informers implements Actor<InformerEvent> {
  readonly name: string;
  readonly #engine: Engine;
  readonly #store: Store;
  readonly #lag: Micros;
  readonly #informers = new Map<string, Informer>();
  /** Their caches again, to go through. */
  #caches: readonly (readonly [kind: string, cache: ObjectSet])[] = [];
  /** Who follows every kind, and which kinds each leaves out. */
  readonly #followers: (Listener & { readonly except: ReadonlySet<string> })[] = [];
  readonly #dirty = new Set<string>();
  #scheduled = false;
  /** When each of the freezes ends that are on. */
  #frozen: readonly Micros[] = [];

  /** `lag`: how long after its commit a change arrives. */
  constructor(component: string, engine: Engine, store: Store, lag: Micros) {
    this.name = `${component}/informers`;
    this.#engine = engine;
    this.#store = store;
    this.#lag = lag;
    engine.register(this);
    store.onCommit((change) => {
      if (this.#followers.length > 0 && !this.#informers.has(change.kind)) this.#meet(change);
      if (!this.#informers.has(change.kind)) return;
      this.#dirty.add(change.kind);
      if (!this.#scheduled) this.#schedule(change.time + this.#lag);
    });
  }

  /** The cache of a kind; following begins with what the store holds now. */
  cache(kind: string): ObjectSet {
    return this.#informer(kind).cache;
  }

  /** Calls a handler for every later change of a kind, or for those of some parts: those of what comes or goes always are. */
  on(kind: string, handler: ChangeHandler, parts = EVERY_PART): void {
    this.#informer(kind).listeners.push({ handler, parts });
  }

  /**
   * Calls a handler for every later change of every kind but those left out, kinds that appear later included.
   * All that hold objects are followed from here on.
   */
  onAny(handler: ChangeHandler, except: ReadonlySet<string>, parts = EVERY_PART): void {
    for (const kind of [...this.#store.kinds()]) if (!except.has(kind)) this.#informer(kind);
    this.#followers.push({ handler, parts, except });
  }

  /** Caches of the kinds followed so far, by kind. */
  caches(): Iterable<readonly [kind: string, cache: ObjectSet]> {
    return this.#caches;
  }

  /** Adds an index to the cache of a kind. */
  addIndex(kind: string, name: string, keys: IndexRule | IndexKeys): void {
    this.#informer(kind).cache.addIndex(name, keys);
  }

  /** Declares the fault of a stale watch cache: nothing is delivered before `until`, nor before the end of an earlier one. */
  freeze(until: Micros): void {
    this.#frozen = [...this.#frozen, until];
    this.#schedule(until);
  }

  /** Takes one freeze back that would end at a time; one that has ended already is left alone. */
  thaw(until: Micros): void {
    const at = this.#frozen.indexOf(until);
    if (at < 0) return;
    this.#frozen = this.#frozen.filter((_, index) => index !== at);
    if (until > this.#engine.now) this.#schedule(this.#engine.now);
  }

  handle(): void {
    this.#scheduled = false;
    const { now } = this.#engine;
    if (this.#frozen.length > 0) {
      this.#frozen = this.#frozen.filter((until) => now < until);
      if (this.#frozen.length > 0) return;
    }
    const { journal } = this.#engine;
    const cause = journal.cause;
    for (const kind of [...this.#dirty]) this.#deliver(kind, now - this.#lag);
    journal.cause = cause;
    this.#scheduleNext();
  }

  #deliver(kind: string, until: Micros): void {
    const { journal } = this.#engine;
    const { cursor, cache, listeners } = this.#informer(kind);
    const followers = this.#followers.filter(({ except }) => !except.has(kind));
    for (let change = cursor.next(until); change !== undefined; change = cursor.next(until)) {
      const { type, before, after, key, row } = change;
      if (type === "DELETED") cache.remove(key);
      else if (before === undefined) cache.insert(after, key, row);
      else cache.replace(before, after, row, change.parts);
      journal.cause = change.seq;
      tell(listeners, change);
      tell(followers, change);
    }
    if (cursor.peekTime() === undefined) this.#dirty.delete(kind);
  }

  save(): InformersState {
    return {
      dirty: [...this.#dirty],
      scheduled: this.#scheduled,
      frozen: this.#frozen,
      caches: [...this.#informers].map(([kind, { cursor, cache }]) => [
        kind,
        cursor.position,
        cache.save(),
      ]),
    };
  }

  load(state: unknown): void {
    const { dirty, scheduled, frozen, caches } = state as InformersState;
    this.#dirty.clear();
    for (const kind of dirty) this.#dirty.add(kind);
    this.#scheduled = scheduled;
    this.#frozen = frozen;
    this.#unfollow(new Set(caches.map(([kind]) => kind)));
    for (const [kind, position, objects] of caches) {
      const informer = this.#informer(kind);
      informer.cursor.position = position;
      informer.cache.load(objects);
    }
  }

  /**
   * Takes back what was followed beyond some kinds: a state from before knows nothing of it. What somebody listens to is
   * followed anew, from what the store holds now.
   */
  #unfollow(except: ReadonlySet<string>): void {
    for (const [kind, { cursor, listeners }] of [...this.#informers]) {
      if (except.has(kind)) continue;
      this.#store.closeCursor(kind, cursor);
      this.#informers.delete(kind);
      this.#caches = this.#caches.filter(([one]) => one !== kind);
      if (listeners.length > 0) this.#informer(kind).listeners.push(...listeners);
    }
  }

  /** Begins to follow a kind at its first object, which arrives with the watch's lag like any other. */
  #meet(change: Change): void {
    if (this.#followers.every(({ except }) => except.has(change.kind))) return;
    const { cursor, cache } = this.#informer(change.kind);
    const { type, before, after, key, row } = change;
    cursor.position--;
    if (before === undefined) cache.remove(key);
    else if (type === "DELETED") cache.insert(before, key, row);
    else cache.replace(after, before, row, change.parts);
  }

  #informer(kind: string): Informer {
    const known = this.#informers.get(kind);
    if (known !== undefined) return known;
    const cache = new ObjectSet();
    for (const [name, keys] of Object.entries(standardIndexes)) cache.addIndex(name, keys);
    const informer: Informer = { cursor: this.#store.openCursor(kind), cache, listeners: [] };
    cache.fill(this.#store.objects(kind).content());
    this.#informers.set(kind, informer);
    this.#caches = [...this.#caches, [kind, cache]];
    return informer;
  }

  #scheduleNext(): void {
    if (this.#scheduled) return;
    let earliest: Micros | undefined;
    for (const kind of this.#dirty) {
      const time = this.#informer(kind).cursor.peekTime();
      if (time !== undefined && (earliest === undefined || time < earliest)) earliest = time;
    }
    if (earliest !== undefined) this.#schedule(earliest + this.#lag);
  }

  #schedule(time: Micros): void {
    this.#scheduled = true;
    const open = Math.max(time, this.#engine.now);
    const due = this.#frozen.length === 0 ? open : Math.max(open, ...this.#frozen);
    this.#engine.at(due, this.name, { type: "deliver" }, Priority.delivery);
  }
}

/** Calls those whom a change concerns. */
function tell(listeners: readonly Listener[], change: Change): void {
  const { type, parts } = change;
  for (let at = 0; at < listeners.length; at++) {
    const listener = listeners[at] as Listener;
    if (type !== "MODIFIED" || (listener.parts & parts) !== 0) listener.handler(change);
  }
}

/** Objects of a cache in a namespace, or all of them. */
export function inNamespace(cache: ObjectSet, namespace: string | undefined): Iterable<KubeObject> {
  return namespace === undefined ? cache.values() : cache.indexed("namespace", namespace);
}

/** An object of a cache by key. */
export function cached<T extends KubeObject>(cache: ObjectSet, key: Key): T | undefined {
  return cache.get(key) as T | undefined;
}
