import { type Key, type KubeObject, keyOf } from "./object.ts";
import { EVERY_PART, NO_PART, Part, type Parts } from "./object-parts.ts";

/** Values under which an index files an object; none leaves it out. */
export type IndexKeys<T extends KubeObject = KubeObject> = (object: T) => readonly string[];

/** What an index is made of. */
export interface IndexRule {
  readonly keys: IndexKeys;
  /** The parts of an object that the values are read from, all when absent: they are read again when one of them changes. */
  readonly parts?: Parts;
  /** Only how many objects there are under a value is ever asked: nothing else is kept. */
  readonly counts?: boolean;
}

const NONE: readonly string[] = [];
const NO_ROWS: ReadonlySet<number> = new Set();

/** Indexes every set has. `owner` files by the uid of each owner, `namespace` by namespace. */
export const standardIndexes: Readonly<Record<string, IndexRule>> = {
  namespace: {
    keys: ({ metadata }) => (metadata.namespace === undefined ? NONE : [metadata.namespace]),
    // Part of the key: it never changes.
    parts: NO_PART,
  },
  owner: {
    keys: ({ metadata }) => metadata.ownerReferences?.map((owner) => owner.uid) ?? NONE,
    parts: Part.owners,
  },
};

/** Files objects by the node they name (`spec.nodeName`). */
export const byNode: IndexRule = {
  keys: (object) => {
    const name = (object.spec as { readonly nodeName?: string } | undefined)?.nodeName;
    return name === undefined || name === "" ? NONE : [name];
  },
  parts: Part.spec,
};

interface Index {
  readonly keys: IndexKeys;
  readonly parts: Parts;
  readonly entries: Entries;
}

/** What is filed under the values of an index. */
interface Entries {
  file(value: string, row: number): void;
  unfile(value: string, row: number): void;
  count(value: string): number;
  rows(value: string): ReadonlySet<number>;
}

/** Values of an index, and the rows under each. */
type FiledRows = readonly (readonly [value: string, rows: readonly number[]])[];

/** The rows under each value. */
class RowEntries implements Entries {
  readonly #rows = new Map<string, Set<number>>();

  file(value: string, row: number): void {
    const filed = this.#rows.get(value);
    if (filed === undefined) this.#rows.set(value, new Set([row]));
    else filed.add(row);
  }

  unfile(value: string, row: number): void {
    const filed = this.#rows.get(value);
    if (filed === undefined) return;
    filed.delete(row);
    if (filed.size === 0) this.#rows.delete(value);
  }

  count(value: string): number {
    return this.#rows.get(value)?.size ?? 0;
  }

  rows(value: string): ReadonlySet<number> {
    return this.#rows.get(value) ?? NO_ROWS;
  }

  /** The rows under each value in the order of their filing. */
  save(): FiledRows {
    return [...this.#rows].map(([value, rows]) => [value, [...rows]] as const);
  }

  load(filed: FiledRows): void {
    for (const [value, rows] of filed) this.#rows.set(value, new Set(rows));
  }
}

/** The number of rows under each value. */
class CountEntries implements Entries {
  readonly #counts = new Map<string, number>();

  file(value: string): void {
    this.#counts.set(value, this.count(value) + 1);
  }

  unfile(value: string): void {
    const left = this.count(value) - 1;
    if (left > 0) this.#counts.set(value, left);
    else this.#counts.delete(value);
  }

  count(value: string): number {
    return this.#counts.get(value) ?? 0;
  }

  rows(): ReadonlySet<number> {
    throw new Error("this index only counts");
  }
}

/** Objects in order, and the row of each. */
export interface Content {
  readonly objects: readonly KubeObject[];
  readonly rows: readonly number[];
}

/** A set as plain data: its content, and what nothing but the past tells of its indexes: in which order rows were filed. */
export interface ObjectSetState extends Content {
  readonly filed: readonly (readonly [index: string, FiledRows])[];
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

  /** The object at a row. */
  at(row: number): KubeObject | undefined {
    return this.#objects[row];
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
    set.fill({ objects: all, rows: all.map((_, row) => row) });
    return set;
  }

  /** Adds an index over what is here and what will come; adding it again changes nothing. */
  addIndex(name: string, rule: IndexRule | IndexKeys): void {
    if (this.#rules.has(name)) return;
    this.#rules.set(name, typeof rule === "function" ? { keys: rule } : rule);
  }

  /** Objects that an index files under a value. Throws when there is no such index. */
  indexed(name: string, value: string): IterableIterator<KubeObject> {
    return new Values(this.#entriesOf(name).rows(value).values(), this.#objects);
  }

  /** Number of objects that an index files under a value. */
  countIndexed(name: string, value: string): number {
    return this.#entriesOf(name).count(value);
  }

  /** Puts in an object whose key is not here, at a row that is free. */
  insert(object: KubeObject, key: Key, row: number): void {
    this.#rows.set(key, row);
    const objects = this.#objects;
    while (objects.length < row) objects.push(undefined);
    objects[row] = object;
    for (const { entries, keys } of this.#indexes) {
      for (const value of keys(object)) entries.file(value, row);
    }
  }

  /** Puts an object in the place of `before`, which is at its row and differs from it in these parts. */
  replace(before: KubeObject, object: KubeObject, row: number, parts: Parts): void {
    this.#objects[row] = object;
    const indexes = this.#indexes;
    for (let at = 0; at < indexes.length; at++) {
      const index = indexes[at] as Index;
      if ((index.parts & parts) !== 0) refile(index, before, object, row);
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
      for (const value of keys(before)) entries.unfile(value, row);
    }
    return before;
  }

  /** What is here, without the indexes' past. */
  content(): Content {
    return { objects: [...this.values()], rows: [...this.#rows.values()] };
  }

  /** Replaces the content; the order given is the order kept, and indexes are filed anew when they are asked. */
  fill({ objects, rows }: Content): void {
    this.#rows.clear();
    this.#objects = [];
    this.#filed.clear();
    this.#indexes = [];
    objects.forEach((object, at) => {
      this.insert(object, keyOf(object), rows[at] as number);
    });
  }

  save(): ObjectSetState {
    // What never changes is filed in the order of insertion, whenever that is done.
    const filed = [...this.#filed].flatMap(([name, { parts, entries }]) =>
      entries instanceof RowEntries && parts !== NO_PART ? [[name, entries.save()] as const] : [],
    );
    return { ...this.content(), filed };
  }

  /** Goes on from a saved set: indexes that were filed then keep the order they had. */
  load({ filed, ...content }: ObjectSetState): void {
    this.fill(content);
    for (const [name, rows] of filed) {
      const { entries } = this.#add(name);
      if (entries instanceof RowEntries) entries.load(rows);
    }
  }

  #entriesOf(name: string): Entries {
    return (this.#filed.get(name) ?? this.#file(name)).entries;
  }

  #file(name: string): Index {
    const index = this.#add(name);
    const { entries, keys } = index;
    for (const row of this.#rows.values()) {
      for (const value of keys(this.#objects[row] as KubeObject)) entries.file(value, row);
    }
    return index;
  }

  /** An index that from here on is kept up to date. */
  #add(name: string): Index {
    const rule = this.#rules.get(name);
    if (rule === undefined) throw new Error(`no index ${name}`);
    const entries = rule.counts === true ? new CountEntries() : new RowEntries();
    const index: Index = { keys: rule.keys, parts: rule.parts ?? EVERY_PART, entries };
    this.#filed.set(name, index);
    this.#indexes = [...this.#indexes, index];
    return index;
  }
}

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

function refile(
  { entries, keys }: Index,
  before: KubeObject,
  object: KubeObject,
  row: number,
): void {
  const next = keys(object);
  const past = keys(before);
  if (next === past) return;
  for (const value of past) if (!next.includes(value)) entries.unfile(value, row);
  for (const value of next) if (!past.includes(value)) entries.file(value, row);
}
