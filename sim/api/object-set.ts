import type { Key, KubeObject } from "./object.ts";
import { keyOf } from "./object.ts";

/** Values under which an index files an object; none leaves it out. */
export type IndexKeys<T extends KubeObject = KubeObject> = (object: T) => readonly string[];

const NONE: readonly string[] = [];

/** Indexes every set has. `owner` files by the uid of each owner, `namespace` by namespace, `node` by spec.nodeName. */
export const standardIndexes: Readonly<Record<string, IndexKeys>> = {
  namespace: ({ metadata }) => (metadata.namespace === undefined ? NONE : [metadata.namespace]),
  owner: ({ metadata }) => metadata.ownerReferences?.map((owner) => owner.uid) ?? NONE,
};

/** Files objects by the node they name (`spec.nodeName`). */
export const byNode: IndexKeys = (object) => {
  const name = (object.spec as { readonly nodeName?: string } | undefined)?.nodeName;
  return name === undefined || name === "" ? NONE : [name];
};

/** Files objects by their labels, as `key=value`. */
export const byLabel: IndexKeys = ({ metadata }) =>
  metadata.labels === undefined
    ? NONE
    : Object.entries(metadata.labels).map(([key, value]) => `${key}=${value}`);

/** Objects of one kind by key, with indexes. Iteration is in order of first insertion. */
export class ObjectSet {
  readonly #objects = new Map<Key, KubeObject>();
  readonly #indexes = new Map<
    string,
    { keys: IndexKeys; entries: Map<string, Map<Key, KubeObject>> }
  >();

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
  addIndex(name: string, keys: IndexKeys): void {
    if (this.#indexes.has(name)) return;
    const index = { keys, entries: new Map<string, Map<Key, KubeObject>>() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) {
      for (const value of keys(object)) file(index.entries, value, key, object);
    }
  }

  /** Objects that an index files under a value. Throws when there is no such index. */
  indexed(name: string, value: string): Iterable<KubeObject> {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`no index ${name}`);
    return index.entries.get(value)?.values() ?? [];
  }

  /** Number of objects that an index files under a value. */
  countIndexed(name: string, value: string): number {
    return this.#indexes.get(name)?.entries.get(value)?.size ?? 0;
  }

  /** Puts an object in, replacing the one of its key. */
  put(object: KubeObject): void {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const { keys, entries } of this.#indexes.values()) {
      const next = keys(object);
      if (before !== undefined) {
        for (const value of keys(before)) if (!next.includes(value)) unfile(entries, value, key);
      }
      for (const value of next) file(entries, value, key, object);
    }
  }

  /** Takes an object out; `undefined` when there was none. */
  remove(key: Key): KubeObject | undefined {
    const before = this.#objects.get(key);
    if (before === undefined) return undefined;
    this.#objects.delete(key);
    for (const { keys, entries } of this.#indexes.values()) {
      for (const value of keys(before)) unfile(entries, value, key);
    }
    return before;
  }

  /** Replaces the content; the order given is the order kept, and indexes are filed anew. */
  load(objects: Iterable<KubeObject>): void {
    this.#objects.clear();
    for (const index of this.#indexes.values()) index.entries.clear();
    for (const object of objects) this.put(object);
  }
}

function file(
  entries: Map<string, Map<Key, KubeObject>>,
  value: string,
  key: Key,
  object: KubeObject,
): void {
  const filed = entries.get(value);
  if (filed === undefined) entries.set(value, new Map([[key, object]]));
  else filed.set(key, object);
}

function unfile(entries: Map<string, Map<Key, KubeObject>>, value: string, key: Key): void {
  const filed = entries.get(value);
  if (filed === undefined) return;
  filed.delete(key);
  if (filed.size === 0) entries.delete(value);
}
