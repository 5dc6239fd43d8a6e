import type { Key, KubeObject } from "./object.ts";
import { keyOf } from "./object.ts";

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

type Entries = Map<string, Set<Key>>;

interface Index {
  readonly keys: IndexKeys;
  /** Reads the part that the values come from; the whole object when nothing smaller is said. */
  readonly part: (object: KubeObject) => unknown;
  readonly entries: Entries;
}

const whole = (object: KubeObject): unknown => object;

/**
 * Objects of one kind by key, with indexes. Iteration is in order of first insertion. An index is filed when somebody
 * first asks it: most caches are never asked most of theirs, and filing is what an insertion costs.
 */
export class ObjectSet {
  readonly #objects = new Map<Key, KubeObject>();
  readonly #rules = new Map<string, IndexRule>();
  readonly #filed = new Map<string, Index>();
  /** The filed indexes again, to go through at every write. */
  #indexes: readonly Index[] = [];

  get size(): number {
    return this.#objects.size;
  }

  get(key: Key): KubeObject | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<KubeObject> {
    return this.#objects.values();
  }

  /** Adds an index over what is here and what will come; adding it again changes nothing. */
  addIndex(name: string, rule: IndexRule | IndexKeys): void {
    if (this.#rules.has(name)) return;
    this.#rules.set(name, typeof rule === "function" ? { keys: rule } : rule);
  }

  /** Objects that an index files under a value. Throws when there is no such index. */
  *indexed(name: string, value: string): IterableIterator<KubeObject> {
    for (const key of this.#keys(name, value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) yield object;
    }
  }

  /** Number of objects that an index files under a value. */
  countIndexed(name: string, value: string): number {
    return this.#keys(name, value)?.size ?? 0;
  }

  /** Puts an object in, replacing the one of its key. */
  put(object: KubeObject, key: Key = keyOf(object)): void {
    const before = this.#objects.get(key);
    if (before === undefined) this.insert(object, key);
    else this.replace(before, object, key);
  }

  /** Puts in an object whose key is known to be free. */
  insert(object: KubeObject, key: Key): void {
    this.#objects.set(key, object);
    for (const { entries, keys } of this.#indexes) {
      for (const value of keys(object)) file(entries, value, key);
    }
  }

  /** Puts an object in the place of `before`, which is known to be here: spares the hottest writers a look-up. */
  replace(before: KubeObject, object: KubeObject, key: Key): void {
    this.#objects.set(key, object);
    for (const index of this.#indexes) {
      if (index.part(before) !== index.part(object)) refile(index, before, object, key);
    }
  }

  /** Takes an object out; `undefined` when there was none. */
  remove(key: Key): KubeObject | undefined {
    const before = this.#objects.get(key);
    if (before === undefined) return undefined;
    this.#objects.delete(key);
    for (const { keys, entries } of this.#indexes) {
      for (const value of keys(before)) unfile(entries, value, key);
    }
    return before;
  }

  /** Replaces the content; the order given is the order kept, and indexes are filed anew. */
  load(objects: Iterable<KubeObject>): void {
    this.#objects.clear();
    for (const index of this.#indexes) index.entries.clear();
    for (const object of objects) this.put(object);
  }

  #keys(name: string, value: string): Set<Key> | undefined {
    return (this.#filed.get(name) ?? this.#file(name)).entries.get(value);
  }

  #file(name: string): Index {
    const rule = this.#rules.get(name);
    if (rule === undefined) throw new Error(`no index ${name}`);
    const index: Index = { keys: rule.keys, part: rule.part ?? whole, entries: new Map() };
    for (const [key, object] of this.#objects) {
      for (const value of index.keys(object)) file(index.entries, value, key);
    }
    this.#filed.set(name, index);
    this.#indexes = [...this.#indexes, index];
    return index;
  }
}

function refile(index: Index, before: KubeObject, object: KubeObject, key: Key): void {
  const next = index.keys(object);
  const past = index.keys(before);
  for (const value of past) if (!next.includes(value)) unfile(index.entries, value, key);
  for (const value of next) if (!past.includes(value)) file(index.entries, value, key);
}

function file(entries: Map<string, Set<Key>>, value: string, key: Key): void {
  const filed = entries.get(value);
  if (filed === undefined) entries.set(value, new Set([key]));
  else filed.add(key);
}

function unfile(entries: Map<string, Set<Key>>, value: string, key: Key): void {
  const filed = entries.get(value);
  if (filed === undefined) return;
  filed.delete(key);
  if (filed.size === 0) entries.delete(value);
}
