import { type ApiError, badRequest, expired, notFound } from "../api-error.ts";
import type { Matches } from "../meta/selector.ts";
import { type KubeObject, keyOf, makeKey } from "../object.ts";
import { jsonMistake } from "../schema/go-json.ts";
import { type StandingObjects, unhidden } from "../standing/standing-objects.ts";
import type { Store } from "../store.ts";
import type { VirtualReads } from "../virtual.ts";
import { readFieldSelector, selectedName } from "./field-selector.ts";
import { readLabelSelector } from "./label-selector.ts";
import { type ListQuery, readRevision, tooLargeRevision } from "./options.ts";
import type { ListMeta } from "./present.ts";
import type { Resource } from "./resource.ts";

/** Objects a list found, and its metadata. */
export interface ListResult {
  readonly objects: readonly KubeObject[];
  readonly metadata: ListMeta;
}

/** A test on objects, and whether it lets everything through. */
export interface Selection {
  readonly selects: (object: KubeObject) => boolean;
  readonly all: boolean;
  /** Whether nothing but the namespace selects. */
  readonly plain: boolean;
}

/** The selection of a list or watch: namespace, labels, fields. Throws `ApiError` 400. */
export function readSelection(
  resource: Resource,
  namespace: string | undefined,
  options: ListQuery,
  name?: string,
): Selection {
  const labels: Matches | undefined = readLabelSelector(options.labelSelector);
  const fields = readFieldSelector(resource, options.fieldSelector);
  const plain = labels === undefined && fields === undefined && name === undefined;
  return {
    plain,
    all: plain && namespace === undefined,
    selects: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name) &&
      (labels === undefined || labels(object.metadata.labels)) &&
      (fields === undefined || fields(object)),
  };
}

/** Reads objects for requests: what is stored, with what is computed on reading. */
export class Reader {
  readonly #store: Store;
  readonly #virtual: VirtualReads | undefined;
  readonly #standing: StandingObjects;
  readonly #sorted = new Map<string, readonly string[]>();

  constructor(store: Store, virtual: VirtualReads | undefined, standing: StandingObjects) {
    this.#store = store;
    this.#virtual = virtual;
    this.#standing = standing;
    store.onCommit((change) => {
      if (change.type !== "MODIFIED") this.#sorted.delete(change.kind);
    });
    store.onLoad(() => this.#sorted.clear());
  }

  /** One object as a reader sees it. Throws `ApiError` 404. */
  get(resource: Resource, namespace: string | undefined, name: string): KubeObject {
    const { kind, descriptor } = resource;
    const key = makeKey(descriptor.namespaced ? namespace : undefined, name);
    const virtual = this.#virtual;
    const found =
      virtual?.has(kind) === true
        ? virtual.get(kind, key)
        : (this.#store.get(kind, key) ??
          this.#standing.of(kind).find((object) => keyOf(object) === key));
    if (found === undefined) throw notFound(resource.descriptor, name);
    return virtual === undefined ? found : virtual.transform(kind, found);
  }

  /** A list by its options: whole, in pieces, or as of an earlier revision. */
  list(resource: Resource, namespace: string | undefined, options: ListQuery): ListResult {
    const { selects, all } = readSelection(resource, undefined, options);
    const revision = this.#store.revision;
    if (this.#virtual?.has(resource.kind) === true) {
      const objects = this.#virtual.list(resource.kind, namespace).filter(selects);
      return { objects, metadata: {} };
    }
    const token = options.continueToken === undefined ? undefined : readToken(options);
    const inconsistent = token !== undefined && token.revision < 0;
    const at =
      token === undefined
        ? this.#wantedRevision(options, revision)
        : inconsistent
          ? revision
          : token.revision;
    const exact = token !== undefined || isExact(options);
    const past = exact && at < revision ? this.#asOf(resource, namespace, at, token) : undefined;
    const shown = past === undefined ? revision : at;
    const objects = this.#withStanding(
      resource,
      past ?? this.#latest(resource, namespace, options),
    );
    const kept = all ? objects : objects.filter(selects);
    const limit = isUnlimited(resource, options) ? 0 : options.limit;
    return cut(kept, limit, shown, token?.start, all);
  }

  /** Stored objects with those that stand beside them; those are all cluster-wide. */
  #withStanding({ kind, descriptor }: Resource, stored: readonly KubeObject[]) {
    if (descriptor.namespaced) return stored;
    const beside = unhidden(this.#standing, this.#store, kind);
    return beside.length === 0 ? stored : [...stored, ...beside].sort(byKey);
  }

  #wantedRevision(options: ListQuery, current: number): number {
    if (options.resourceVersion === undefined) return current;
    const wanted = readRevision(options.resourceVersion);
    if (wanted > current) throw tooLargeRevision(wanted, current);
    return wanted;
  }

  /** Objects of now in order of their keys; a selector by name looks no further. */
  #latest(
    resource: Resource,
    namespace: string | undefined,
    options: ListQuery,
  ): readonly KubeObject[] {
    const { kind } = resource;
    const name = selectedName(options.fieldSelector);
    const set = this.#store.objects(kind);
    let objects: KubeObject[];
    if (name !== undefined && (namespace !== undefined || !resource.descriptor.namespaced)) {
      const found = set.get(makeKey(namespace, name));
      objects = found === undefined ? [] : [found];
    } else if (namespace !== undefined) {
      objects = [...set.indexed("namespace", namespace)].sort(byKey);
    } else {
      let keys = this.#sorted.get(kind);
      if (keys === undefined) {
        keys = [...set.values()].map(keyOf).sort(compareKeys);
        this.#sorted.set(kind, keys);
      }
      objects = keys.map((key) => set.get(key) as KubeObject);
    }
    const virtual = this.#virtual;
    return virtual === undefined
      ? objects
      : objects.map((object) => virtual.transform(kind, object));
  }

  /** The objects of an earlier revision: those of now with the later changes undone. */
  #asOf(
    resource: Resource,
    namespace: string | undefined,
    revision: number,
    token: Token | undefined,
  ): readonly KubeObject[] {
    const { kind } = resource;
    const changes = this.#store.changesSince(kind, revision);
    if (changes === undefined) {
      if (token === undefined)
        throw expired(
          `The provided resource version is too old to display a consistent list result.`,
        );
      throw expiredToken(token);
    }
    const objects = new Map<string, KubeObject>();
    for (const object of this.#store.objects(kind).values()) objects.set(keyOf(object), object);
    for (const change of changes.toReversed()) {
      if (change.before === undefined) objects.delete(change.key);
      else objects.set(change.key, change.before);
    }
    const found = [...objects.values()];
    return (
      namespace === undefined
        ? found
        : found.filter(({ metadata }) => metadata.namespace === namespace)
    ).sort(byKey);
  }
}

/** Whether a list is to be as of its revision: when it says so, and as of old when it is limited and says nothing. */
function isExact({ resourceVersion = "0", resourceVersionMatch, limit }: ListQuery): boolean {
  if (resourceVersionMatch !== undefined) return resourceVersionMatch === "Exact";
  return limit > 0 && resourceVersion !== "0";
}

/** Lists of any revision come out of the API server's watch cache, which heeds no limit; there is none of Events. */
function isUnlimited({ kind }: Resource, { resourceVersion, continueToken }: ListQuery): boolean {
  return resourceVersion === "0" && continueToken === undefined && kind !== "Event";
}

/** Order of keys in the store: by code units. */
function compareKeys(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function byKey(left: KubeObject, right: KubeObject): number {
  const namespaces = compareKeys(left.metadata.namespace ?? "", right.metadata.namespace ?? "");
  return namespaces !== 0 ? namespaces : compareKeys(left.metadata.name, right.metadata.name);
}

interface Token {
  readonly revision: number;
  /** Key behind which the next piece begins. */
  readonly start: string;
}

/** Takes the piece that a limit allows; the rest is behind a continue token. */
function cut(
  objects: readonly KubeObject[],
  limit: number,
  revision: number,
  start: string | undefined,
  whole: boolean,
): ListResult {
  const rest =
    start === undefined ? objects : objects.filter((object) => storageKey(object) > start);
  const resourceVersion = String(revision);
  if (limit <= 0 || rest.length <= limit) return { objects: rest, metadata: { resourceVersion } };
  const piece = rest.slice(0, limit);
  const last = piece.at(-1) as KubeObject;
  return {
    objects: piece,
    metadata: {
      resourceVersion,
      continue: writeToken({ revision, start: storageKey(last) }),
      ...(whole ? { remainingItemCount: rest.length - limit } : {}),
    },
  };
}

/** A key that sorts as etcd's keys do: a slash after the namespace, and an end mark that sorts first. */
function storageKey({ metadata }: KubeObject): string {
  return metadata.namespace === undefined
    ? `${metadata.name}\u0000`
    : `${metadata.namespace}/${metadata.name}\u0000`;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Tokens are opaque to clients; ours say what upstream's say. Keys are plain ASCII. */
function writeToken({ revision, start }: Token): string {
  const text = JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start });
  let encoded = "";
  for (let at = 0; at < text.length; at += 3) {
    const [a, b, c] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
    const word = (a << 16) | ((b || 0) << 8) | (c || 0);
    encoded += BASE64[word >> 18];
    encoded += BASE64[(word >> 12) & 63];
    if (at + 1 < text.length) encoded += BASE64[(word >> 6) & 63];
    if (at + 2 < text.length) encoded += BASE64[word & 63];
  }
  return encoded;
}

function readToken(options: ListQuery): Token {
  const { continueToken = "", resourceVersion } = options;
  if (resourceVersion !== undefined && resourceVersion !== "0")
    throw badRequest("specifying resource version is not allowed when using continue");
  return parseToken(decodeBase64(continueToken));
}

/** Base64 of URLs without padding; Go tells where it stumbled. */
function decodeBase64(encoded: string): string {
  let text = "";
  let bits = 0;
  let word = 0;
  for (let at = 0; at < encoded.length; at++) {
    const value = BASE64.indexOf(encoded.charAt(at));
    if (value < 0) throw badToken(`: illegal base64 data at input byte ${at}`);
    word = ((word << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    text += String.fromCharCode((word >> bits) & 255);
  }
  if (encoded.length % 4 === 1)
    throw badToken(`: illegal base64 data at input byte ${encoded.length - 1}`);
  return text;
}

function parseToken(text: string): Token {
  const mistake = jsonMistake(text);
  if (mistake !== undefined) throw badToken(`: ${mistake}`);
  const parsed = JSON.parse(text) as { v?: unknown; rv?: unknown; start?: unknown } | null;
  const { v, rv, start } = typeof parsed === "object" && parsed !== null ? parsed : {};
  if (v !== "meta.k8s.io/v1")
    throw badToken(`: server does not recognize this encoded version ${String(v ?? "")}`);
  if (typeof rv !== "number" || rv === 0)
    throw badToken(": incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (typeof start !== "string" || start === "")
    throw badToken(": encoded start key empty (version meta.k8s.io/v1)");
  if (start.includes("..") || start.includes("//")) throw badToken(`: ${start}`);
  return { revision: rv, start };
}

function badToken(why: string): ApiError {
  return badRequest(`invalid continue token: continue key is not valid${why}`);
}

/** 410 of a token whose revision is compacted; its own token goes on from the same key, at the newest revision. */
function expiredToken(token: Token): ApiError {
  const error = expired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  );
  const continuation = writeToken({ revision: -1, start: token.start });
  Object.assign(error.status, { metadata: { continue: continuation } });
  return error;
}
