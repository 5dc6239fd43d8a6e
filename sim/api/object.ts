import type { ObjectMeta } from "./types.gen.ts";

/** What every stored object has. Objects are immutable: a write makes a new one. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  /** Present on most kinds; narrow to the kind's own type to read it. */
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** An object as a client writes it down: metadata may be incomplete, the server fills it in. */
export type Manifest<T extends KubeObject = KubeObject> = Omit<T, "metadata"> & {
  readonly metadata: Partial<ObjectMeta>;
};

/**
 * An object with further fields. `{ ...object, field }` says the same, but a field that is new to a spread costs a microsecond
 * on Node 20 (its clones have no room to grow), so the hot paths say it this way. Fields that are there may be spread over.
 */
export function withFields<T extends object, F extends object>(object: T, fields: F): T & F {
  return Object.assign({}, object, fields);
}

/** `namespace/name`, or the bare name of a cluster-scoped object. */
export type Key = string;

/** Key of an object in its kind. */
export function keyOf(object: {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}): Key {
  const { namespace, name = "" } = object.metadata;
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** Key from its parts; an empty namespace means cluster-scoped. */
export function makeKey(namespace: string | undefined, name: string): Key {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** Namespace (empty when cluster-scoped) and name of a key. */
export function splitKey(key: Key): readonly [namespace: string, name: string] {
  const slash = key.indexOf("/");
  return slash < 0 ? ["", key] : [key.slice(0, slash), key.slice(slash + 1)];
}
