import { type Key, type KubeObject, keyOf } from "./object.ts";

/** Values under which an index files an object; none leaves it out. */
export type IndexKeys<T extends KubeObject = KubeObject> = (object: T) => readonly string[];

/** What an index is made of. */
export interface IndexRule {
  readonly keys: IndexKeys;
  /** The part of an object that the values are read from: while it is the same object, they are not read again. */
  readonly part?: (object: KubeObject) => unknown;
}

const NONE: readonly string[] = [];

/** Indexes every set has. `owner` files by the uid of each owner, `namespace` by namespace. */
export const standardIndexes: Readonly<Record<string, IndexRule>> = {
  namespace: {
    keys: ({ metadata }) => (metadata.namespace === undefined ? NONE : [metadata.namespace]),
    // Part of the key: it never changes.
    part: () => undefined,
  },
  owner: {
    keys: ({ metadata }) => metadata.ownerReferences?.map((owner) => owner.uid) ?? NONE,
    part: ({ metadata }) => metadata.ownerReferences,
  },
};

/** Files objects by the node they name (`spec.nodeName`). */
export const byNode: IndexRule = {
  keys: (object) => {
    const name = (object.spec as { readonly nodeName?: string } | undefined)?.nodeName;
    return name === undefined || name === "" ? NONE : [name];
  },
  part: (object) => object.spec,
};

interface Index {
  readonly keys: IndexKeys;
  /** Reads the part that the values come from; the whole object when nothing smaller is said. */
  readonly part: (object: KubeObject) => unknown;
  /** Rows filed under a value. */
  readonly entries: Map<string, Set<number>>;
}

const whole = (object: KubeObject): unknown => object;

/** A set as plain data: its objects in order, and the row of each. */
export interface ObjectSetState {
  readonly objects: readonly KubeObject[];
  readonly rows: readonly number[];
}

/**
 * Objects of one kind by key, with indexes. Iteration is in order of first insertion. Each object has a row, a small number
 * that its set and all copies of the set know it by: what replaces it needs no look-up. An index is filed when somebody first
 * asks it: most caches are never asked most of theirs, and filing is what an insertion costs.
 */
export class ObjectSet {
  readonly #rows = new Map<Key, number>();
  #objects: (KubeObject | undefined)[] = [];
  readonly #rules = new Map<string, IndexRule>();
  readonly #filed = new Map<string, Index>();
  /** The filed indexes again, to go through at every write. */
  #indexes: readonly Index[] = [];

  get size(): number {
    return this.#rows.size;
  }

  get(key: Key): KubeObject | undefined {
    const row = this.#rows.get(key);
    return row === undefined ? undefined : this.#objects[row];
  }

  /** Row of the object of a key. */
  rowOf(key: Key): number | undefined {
    return this.#rows.get(key);
  }

  values(): IterableIterator<KubeObject> {
    return new Values(this.#rows.values(), this.#objects);
  }

  /** A set of other objects with the same indexes. */
  alike(objects: Iterable<KubeObject>): ObjectSet {
    const set = new ObjectSet();
    for (const [name, rule] of this.#rules) set.addIndex(name, rule);
    const all = [...objects];
    set.load({ objects: all, rows: all.map((_, row) => row) });
    return set;
  }

  /** Adds an index over what is here and what will come; adding it again changes nothing. */
  addIndex(name: string, rule: IndexRule | IndexKeys): void {
    if (this.#rules.has(name)) return;
    this.#rules.set(name, typeof rule === "function" ? { keys: rule } : rule);
  }

  /** Objects that an index files under a value. Throws when there is no such index. */
  indexed(name: string, value: string): IterableIterator<KubeObject> {
    return new Values((this.#under(name, value) ?? NO_ROWS).values(), this.#objects);
  }

  /** Number of objects that an index files under a value. */
  countIndexed(name: string, value: string): number {
    return this.#under(name, value)?.size ?? 0;
  }

  /** Puts in an object whose key is not here, at a row that is free. */
  insert(object: KubeObject, key: Key, row: number): void {
    this.#rows.set(key, row);
    const objects = this.#objects;
    while (objects.length < row) objects.push(undefined);
    objects[row] = object;
    for (const { entries, keys } of this.#indexes) {
      for (const value of keys(object)) file(entries, value, row);
    }
  }

  /** Puts an object in the place of `before`, which is at its row. */
  replace(before: KubeObject, object: KubeObject, row: number): void {
    this.#objects[row] = object;
    for (const index of this.#indexes) {
      if (index.part(before) !== index.part(object)) refile(index, before, object, row);
    }
  }

  /** Takes an object out; `undefined` when there was none. */
  remove(key: Key): KubeObject | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    const before = this.#objects[row] as KubeObject;
    this.#rows.delete(key);
    this.#objects[row] = undefined;
    for (const { keys, entries } of this.#indexes) {
      for (const value of keys(before)) unfile(entries, value, row);
    }
    return before;
  }

  save(): ObjectSetState {
    return { objects: [...this.values()], rows: [...this.#rows.values()] };
  }

  /** Replaces the content; the order given is the order kept, and indexes are filed anew. */
  load({ objects, rows }: ObjectSetState): void {
    this.#rows.clear();
    this.#objects = [];
    for (const { entries } of this.#indexes) entries.clear();
    objects.forEach((object, at) => {
      this.insert(object, keyOf(object), rows[at] as number);
    });
  }

  #under(name: string, value: string): Set<number> | undefined {
    return (this.#filed.get(name) ?? this.#file(name)).entries.get(value);
  }

  #file(name: string): Index {
    const rule = this.#rules.get(name);
    if (rule === undefined) throw new Error(`no index ${name}`);
    const index: Index = { keys: rule.keys, part: rule.part ?? whole, entries: new Map() };
    for (const row of this.#rows.values()) {
      for (const value of index.keys(this.#objects[row] as KubeObject)) {
        file(index.entries, value, row);
      }
    }
    this.#filed.set(name, index);
    this.#indexes = [...this.#indexes, index];
    return index;
  }
}

const NO_ROWS: ReadonlySet<number> = new Set();

/** The objects at some rows. What is added or taken out on the way is met or left out, as a Map would have it. */
class Values implements IterableIterator<KubeObject> {
  readonly #rows: Iterator<number>;
  readonly #objects: readonly (KubeObject | undefined)[];

  constructor(rows: Iterator<number>, objects: readonly (KubeObject | undefined)[]) {
    this.#rows = rows;
    this.#objects = objects;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<KubeObject, undefined> {
    const { done, value } = this.#rows.next();
    if (done === true) return { done, value: undefined };
    return { done: false, value: this.#objects[value] as KubeObject };
  }
}

function refile(index: Index, before: KubeObject, object: KubeObject, row: number): void {
  const next = index.keys(object);
  const past = index.keys(before);
  for (const value of past) if (!next.includes(value)) unfile(index.entries, value, row);
  for (const value of next) if (!past.includes(value)) file(index.entries, value, row);
}

function file(entries: Map<string, Set<number>>, value: string, row: number): void {
  const filed = entries.get(value);
  if (filed === undefined) entries.set(value, new Set([row]));
  else filed.add(row);
}

function unfile(entries: Map<string, Set<number>>, value: string, row: number): void {
  const filed = entries.get(value);
  if (filed === undefined) return;
  filed.delete(row);
  if (filed.size === 0) entries.delete(value);
}
