import type { Actor, Engine } from "../engine/engine.ts";
import type { Seq } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";
import { ApiError } from "./api-error.ts";
import type { ApiServer, DeleteOptions, WriteOptions } from "./api-server.ts";
import { approvalDoor } from "./approval.ts";
import { evict } from "./eviction.ts";
import { inNamespace } from "./informer.ts";
import type { KindMap, KindName } from "./kinds/kind-map.ts";
import { type Key, type KubeObject, keyOf, type Manifest } from "./object.ts";
import type { ObjectSet } from "./object-set.ts";
import { type RateLimit, RateLimiter } from "./rate-limiter.ts";
import type { CertificateSigningRequest, Namespace } from "./types.gen.ts";

/** Type of a kind's objects; custom kinds are plain objects. */
export type ObjectOf<K extends KindName> = K extends keyof KindMap ? KindMap[K] : KubeObject;

/** A write as plain data: waits in the client until its token is there. */
type WriteRequest =
  | { readonly verb: "create"; readonly kind: string; readonly object: KubeObject }
  | {
      readonly verb: "update" | "updateStatus" | "finalize" | "approve";
      readonly kind: string;
      readonly object: KubeObject;
    }
  | {
      readonly verb: "delete" | "evict" | "deleteCollection";
      readonly kind: string;
      readonly key: Key;
      readonly options: DeleteOptions;
    };

/** The door of a namespace's finalizers: everything else stays as it is. */
const FINALIZE: WriteOptions = {
  subresource: "finalize",
  door: {
    prepare: ({ spec }, before) => ({ ...before, spec }),
    validate: () => [],
  },
};

interface QueuedWrite {
  readonly request: WriteRequest;
  readonly at: Micros;
  readonly cause: Seq;
  /** An earlier queued write of this client goes to the same object: its resourceVersion is not known yet. */
  readonly chained: boolean;
  /** Whom to tell when the write fails. */
  readonly owner: string;
}

/** A write that was queued and will never be seen: it was refused when its token came, or its component ended. */
export interface LostWrite {
  /** On whose behalf it was to be made: a reconcile's key. */
  readonly owner: string;
  readonly verb: WriteRequest["verb"];
  readonly kind: string;
  readonly key: Key;
  readonly uid: string | undefined;
}

interface ClientState {
  readonly limiter: Micros;
  readonly queue: readonly QueuedWrite[];
}

/** Where a client reads: the caches of its component's informers, or what stands for them. */
export interface Caches {
  cache(kind: string): ObjectSet;
  caches(): Iterable<readonly [kind: string, cache: ObjectSet]>;
}

/** What a component of the control plane may do with the API. Reads come from its informers and may lag. */
export interface Client {
  /** The cached object, or `undefined`. */
  get<K extends KindName>(kind: K, key: Key): ObjectOf<K> | undefined;
  /** Cached objects of a namespace, or of all. */
  list<K extends KindName>(kind: K, namespace?: string): Iterable<ObjectOf<K>>;
  /** Cached objects that name this owner. */
  ownedBy<K extends KindName>(kind: K, ownerUid: string): Iterable<ObjectOf<K>>;
  /** Cached objects of every kind that this component follows which name this owner. */
  dependents(ownerUid: string): Iterable<readonly [kind: string, object: KubeObject]>;
  /** Cached objects filed under a value of an index (`node`, or one the controller declared). */
  indexed<K extends KindName>(kind: K, index: string, value: string): Iterable<ObjectOf<K>>;
  /** How many cached objects an index files under a value. */
  count(kind: KindName, index: string, value: string): number;
  /** Reads the store itself, as a GET to the API server does. */
  live<K extends KindName>(kind: K, key: Key): ObjectOf<K> | undefined;
  /** Lists a namespace of the store itself, or all of it, as a LIST to the API server does. */
  liveList<K extends KindName>(kind: K, namespace?: string): Iterable<ObjectOf<K>>;
  create<K extends KindName>(kind: K, manifest: Manifest<ObjectOf<K>>): ObjectOf<K>;
  update<K extends KindName>(kind: K, object: ObjectOf<K>): ObjectOf<K>;
  updateStatus<K extends KindName>(kind: K, object: ObjectOf<K>): ObjectOf<K>;
  /** Writes the conditions of a request for a certificate, through their own door. */
  approve(request: CertificateSigningRequest): void;
  /** Writes a namespace's `spec.finalizers`, through their own door. */
  finalize(namespace: Namespace): void;
  delete(kind: KindName, key: Key, options?: DeleteOptions): void;
  /** Deletes every object of a kind in a namespace, with one request. */
  deleteCollection(kind: KindName, namespace: string, options?: DeleteOptions): void;
  /** Asks for a pod's eviction; `ApiError` 429 when its disruption budget does not allow it. */
  evict(pod: Key, options?: DeleteOptions): void;
}

/**
 * Client of one component: reads its informers, writes through the API server under a rate limit.
 *
 * A reconcile is synchronous, so a write whose token is not there yet cannot block it. Such a write is tried at once
 * as a dry run (so that refusals are seen where they are made), queued, and done when its token comes; the component
 * stays busy until then (`busyUntil`). What fails only when it is done is reported to `onFailure`.
 */
export class ComponentClient implements Client, Actor<{ readonly type: "write" }> {
  readonly name: string;
  readonly #engine: Engine;
  readonly #api: ApiServer;
  readonly #informers: Caches;
  readonly #limiter: RateLimiter;
  #queue: QueuedWrite[] = [];
  /** On whose behalf the writes of now are made: a reconcile's key. */
  owner = "";
  /** Told of writes that failed after they were queued. */
  onFailure: (write: LostWrite) => void = () => {};
  /** Asked before every write; throws to inject a fault. */
  beforeWrite: () => void = () => {};
  /** Asked at every write how much longer than usual its answer takes. */
  delay: () => Micros = () => 0;
  /** Told after every write that was committed, with the object as it was written, if there is one. */
  afterWrite: (kind: string, written: KubeObject | undefined) => void = () => {};

  constructor(
    component: string,
    engine: Engine,
    api: ApiServer,
    informers: Caches,
    limit?: RateLimit,
  ) {
    this.name = `${component}/client`;
    this.#engine = engine;
    this.#api = api;
    this.#informers = informers;
    this.#limiter = new RateLimiter(limit);
    engine.register(this);
  }

  /** When the last queued write goes; the past when none waits. */
  get busyUntil(): Micros {
    return this.#queue.at(-1)?.at ?? 0;
  }

  get<K extends KindName>(kind: K, key: Key): ObjectOf<K> | undefined {
    return this.#informers.cache(kind).get(key) as ObjectOf<K> | undefined;
  }

  list<K extends KindName>(kind: K, namespace?: string): Iterable<ObjectOf<K>> {
    return inNamespace(this.#informers.cache(kind), namespace) as Iterable<ObjectOf<K>>;
  }

  ownedBy<K extends KindName>(kind: K, ownerUid: string): Iterable<ObjectOf<K>> {
    return this.indexed(kind, "owner", ownerUid);
  }

  dependents(ownerUid: string): Iterable<readonly [kind: string, object: KubeObject]> {
    const found: (readonly [string, KubeObject])[] = [];
    for (const [kind, cache] of this.#informers.caches()) {
      if (cache.size === 0 || cache.countIndexed("owner", ownerUid) === 0) continue;
      for (const object of cache.indexed("owner", ownerUid)) found.push([kind, object]);
    }
    return found;
  }

  indexed<K extends KindName>(kind: K, index: string, value: string): Iterable<ObjectOf<K>> {
    return this.#informers.cache(kind).indexed(index, value) as Iterable<ObjectOf<K>>;
  }

  count(kind: KindName, index: string, value: string): number {
    return this.#informers.cache(kind).countIndexed(index, value);
  }

  live<K extends KindName>(kind: K, key: Key): ObjectOf<K> | undefined {
    return this.#api.store.get(kind, key) as ObjectOf<K> | undefined;
  }

  liveList<K extends KindName>(kind: K, namespace?: string): Iterable<ObjectOf<K>> {
    return inNamespace(this.#api.store.objects(kind), namespace) as Iterable<ObjectOf<K>>;
  }

  create<K extends KindName>(kind: K, manifest: Manifest<ObjectOf<K>>): ObjectOf<K> {
    return this.#write({
      verb: "create",
      kind,
      object: manifest as unknown as KubeObject,
    }) as ObjectOf<K>;
  }

  update<K extends KindName>(kind: K, object: ObjectOf<K>): ObjectOf<K> {
    return this.#write({ verb: "update", kind, object }) as ObjectOf<K>;
  }

  updateStatus<K extends KindName>(kind: K, object: ObjectOf<K>): ObjectOf<K> {
    return this.#write({ verb: "updateStatus", kind, object }) as ObjectOf<K>;
  }

  approve(request: CertificateSigningRequest): void {
    this.#write({ verb: "approve", kind: "CertificateSigningRequest", object: request });
  }

  finalize(namespace: Namespace): void {
    this.#write({ verb: "finalize", kind: "Namespace", object: namespace });
  }

  delete(kind: KindName, key: Key, options: DeleteOptions = {}): void {
    this.#write({ verb: "delete", kind, key, options });
  }

  deleteCollection(kind: KindName, namespace: string, options: DeleteOptions = {}): void {
    this.#write({ verb: "deleteCollection", kind, key: namespace, options });
  }

  evict(pod: Key, options: DeleteOptions = {}): void {
    this.#write({ verb: "evict", kind: "Pod", key: pod, options });
  }

  handle(): void {
    const { journal, now } = this.#engine;
    const write = this.#queue[0];
    // Wake-ups of writes that a crash dropped still come.
    if (write === undefined || write.at > now) return;
    this.#queue.shift();
    journal.cause = write.cause;
    this.owner = write.owner;
    try {
      const { request, chained } = write;
      const written = this.#do(chained ? unconditional(request) : request, {});
      this.afterWrite(request.kind, written);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.onFailure(lostWrite(write));
    }
  }

  /** Takes a token for a request that nobody waits for: an Event. */
  spend(): void {
    this.#limiter.reserve(this.#engine.now);
  }

  /** Forgets queued writes: the component ended or stands still. Answers them. */
  drop(): readonly LostWrite[] {
    const lost = this.#queue.map(lostWrite);
    this.#queue = [];
    return lost;
  }

  save(): ClientState {
    return { limiter: this.#limiter.save(), queue: [...this.#queue] };
  }

  load(state: unknown): void {
    const { limiter, queue } = state as ClientState;
    this.#limiter.load(limiter);
    this.#queue = [...queue];
  }

  #write(request: WriteRequest): KubeObject | undefined {
    this.beforeWrite();
    const { now } = this.#engine;
    const at = Math.max(this.#limiter.reserve(now), now + this.delay());
    if (at <= now && this.#queue.length === 0) {
      const written = this.#do(request, {});
      this.afterWrite(request.kind, written);
      return written;
    }
    return this.#enqueue(request, Math.max(at, this.busyUntil));
  }

  #enqueue(request: WriteRequest, at: Micros): KubeObject | undefined {
    const target = targetOf(request);
    const chained = this.#queue.some((write) => targetOf(write.request) === target);
    const predicted = chained
      ? "object" in request
        ? request.object
        : undefined
      : this.#do(request, { dryRun: true });
    // The name that the dry run drew is the name the object gets.
    const named =
      request.verb === "create" && predicted !== undefined
        ? {
            ...request,
            object: {
              ...request.object,
              metadata: { ...request.object.metadata, name: predicted.metadata.name },
            },
          }
        : request;
    this.#queue.push({
      request: named,
      at,
      cause: this.#engine.journal.cause,
      chained,
      owner: this.owner,
    });
    this.#engine.at(at, this.name, { type: "write" });
    return predicted;
  }

  #do(request: WriteRequest, options: WriteOptions): KubeObject | undefined {
    switch (request.verb) {
      case "create":
        return this.#api.create(request.kind, request.object, options);
      case "update":
        return this.#api.update(request.kind, request.object, options);
      case "updateStatus":
        return this.#api.update(request.kind, request.object, {
          ...options,
          subresource: "status",
        });
      case "approve":
        return this.#api.update(request.kind, request.object, {
          ...options,
          ...approvalDoor(this.#engine.now),
        });
      case "finalize":
        return this.#api.update(request.kind, request.object, { ...options, ...FINALIZE });
      case "delete":
        return this.#api.delete(request.kind, request.key, { ...request.options, ...options })
          .object;
      case "deleteCollection": {
        const all = { ...request.options, ...options };
        for (const object of [...this.liveList(request.kind, request.key)])
          this.#api.delete(request.kind, keyOf(object as KubeObject), all);
        return undefined;
      }
      case "evict":
        evict(this.#api, request.key, { ...request.options, ...options });
        return undefined;
    }
  }
}

function targetOf(request: WriteRequest): string {
  return `${request.kind}/${"object" in request ? keyOf(request.object) : request.key}`;
}

function lostWrite({ request, owner }: QueuedWrite): LostWrite {
  const { verb, kind } = request;
  if (!("object" in request)) return { owner, verb, kind, key: request.key, uid: undefined };
  return { owner, verb, kind, key: keyOf(request.object), uid: request.object.metadata.uid };
}

function unconditional(request: WriteRequest): WriteRequest {
  if (!("object" in request)) return request;
  const { object } = request;
  return {
    ...request,
    object: { ...object, metadata: { ...object.metadata, resourceVersion: "", uid: "" } },
  };
}

/** Reads an ApiError's number; `undefined` for any other error. */
export function apiCode(error: unknown): number | undefined {
  return error instanceof ApiError ? error.code : undefined;
}
