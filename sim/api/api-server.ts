import type { Engine } from "../engine/engine.ts";
import type { Random } from "../engine/random.ts";
import { SECOND } from "../engine/time.ts";
import type {
  AdmissionPlugin,
  AdmissionReader,
  AdmissionRequest,
  User,
} from "./admission/plugin.ts";
import { alreadyExists, conflict, invalid, notFound } from "./api-error.ts";
import { apiVersionOf, type KindDescriptor } from "./kinds/descriptor.ts";
import type { KindRegistry } from "./kinds/kind-registry.ts";
import {
  applyDefaults,
  prepareCreate,
  prepareStatusUpdate,
  prepareUpdate,
  validateCreate,
  validateStatusUpdate,
  validateUpdate,
} from "./kinds/strategy.ts";
import { deepEqual } from "./meta/equal.ts";
import { generateName, randomUid } from "./meta/generated-name.ts";
import { parseTimestamp, timestamp } from "./meta/time.ts";
import { type Key, type KubeObject, keyOf, type Manifest, makeKey } from "./object.ts";
import type { Change, Store } from "./store.ts";
import type { ObjectMeta } from "./types.gen.ts";
import type { FieldError } from "./validation/field-error.ts";

/** How a write is to be done. */
export interface WriteOptions {
  readonly user?: User;
  /** Do everything but the commit. */
  readonly dryRun?: boolean;
  /** Filled with texts for the `Warning:` header. */
  readonly warnings?: string[];
  /** Write through this door: `status` keeps the spec, none keeps the status. */
  readonly subresource?: string;
  /** Own managed fields: called with the object before and after, returns the entries to store. */
  readonly track?: (before: KubeObject | undefined, after: KubeObject) => KubeObject;
}

/** How a deletion is to be done. */
export interface DeleteOptions extends WriteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

const SYSTEM: User = { name: "system:apiserver", groups: ["system:masters"] };

/**
 * The API server's semantics over the store, in process: every write of everybody passes through here.
 * Defaults, admission, validation, optimistic concurrency, generation, finalizers and graceful deletion.
 */
export class ApiServer {
  readonly store: Store;
  readonly kinds: KindRegistry;
  readonly #engine: Engine;
  readonly #names: Random;
  readonly #uids: Random;
  readonly #admission: readonly AdmissionPlugin[];
  readonly #reader: AdmissionReader;

  constructor(
    engine: Engine,
    store: Store,
    kinds: KindRegistry,
    admission: readonly AdmissionPlugin[],
  ) {
    this.store = store;
    this.kinds = kinds;
    this.#engine = engine;
    this.#names = engine.random.fork("api/names");
    this.#uids = engine.random.fork("api/uids");
    this.#admission = admission;
    this.#reader = {
      get now() {
        return engine.now;
      },
      get: (kind, key) => store.get(kind, key),
      list: (kind, namespace) =>
        namespace === undefined
          ? store.objects(kind).values()
          : store.objects(kind).indexed("namespace", namespace),
    };
  }

  get now(): number {
    return this.#engine.now;
  }

  /** An object, or `ApiError` 404. */
  get<T extends KubeObject>(kind: string, key: Key): T {
    const object = this.store.get(kind, key);
    if (object === undefined) throw notFound(this.kinds.get(kind), key.slice(key.indexOf("/") + 1));
    return object as T;
  }

  /** Creates an object: names, defaults, admission, validation, commit. Answers what is stored. */
  create<T extends KubeObject>(kind: string, manifest: Manifest<T>, options: WriteOptions = {}): T {
    const descriptor = this.kinds.get(kind);
    const generated = this.#named(descriptor, manifest as Manifest);
    let object = applyDefaults(descriptor, generated);
    const request = this.#request("CREATE", descriptor, object, undefined, options);
    object = this.#mutate(request, object);
    object = prepareCreate(descriptor, object);
    refuse(descriptor, object, validateCreate(descriptor, object, { now: this.now }));
    this.#validate(request, object);
    const key = keyOf(object);
    if (this.store.get(kind, key) !== undefined) {
      throw alreadyExists(descriptor, object.metadata.name);
    }
    return this.#write(kind, "ADDED", undefined, object, options) as T;
  }

  /**
   * Writes a new version of an object. A resourceVersion that is not the stored one is a conflict; without one the
   * write is unconditional. What changes nothing is not written and takes no revision.
   */
  update<T extends KubeObject>(kind: string, object: T, options: WriteOptions = {}): T {
    const descriptor = this.kinds.get(kind);
    const key = keyOf(object);
    const before = this.store.get(kind, key);
    if (before === undefined) throw notFound(descriptor, object.metadata.name);
    const sent = object.metadata;
    if (sent.uid !== undefined && sent.uid !== "" && sent.uid !== before.metadata.uid) {
      throw conflict(descriptor, before.metadata.name, uidDiffers(sent.uid, before.metadata.uid));
    }
    if (sent.resourceVersion !== undefined && sent.resourceVersion !== "") {
      if (sent.resourceVersion !== before.metadata.resourceVersion) {
        throw conflict(descriptor, before.metadata.name);
      }
    }
    const status = options.subresource === "status";
    let next = this.#prepared(descriptor, object, before, status);
    const request = this.#request("UPDATE", descriptor, next, before, options);
    next = this.#mutate(request, next);
    const rule = status ? validateStatusUpdate : validateUpdate;
    refuse(descriptor, next, rule(descriptor, next, before, { now: this.now }));
    this.#validate(request, next);
    return this.#write(kind, "MODIFIED", before, next, options) as T;
  }

  /** Replaces the status alone, unconditionally: the way of components that own it. */
  writeStatus<T extends KubeObject>(kind: string, key: Key, status: NonNullable<T["status"]>): T {
    const before = this.get<T>(kind, key);
    if (before.status === status) return before;
    return this.#write(kind, "MODIFIED", before, { ...before, status }, {}) as T;
  }

  /**
   * Writes a version that a trusted component built from the stored one, without defaults and validation: for the
   * hottest writers only. The object must carry the stored resourceVersion.
   */
  replace<T extends KubeObject>(kind: string, object: T): T {
    const before = this.get<T>(kind, keyOf(object));
    if (before.metadata.resourceVersion !== object.metadata.resourceVersion) {
      throw conflict(this.kinds.get(kind), object.metadata.name);
    }
    return this.#write(kind, "MODIFIED", before, object, {}) as T;
  }

  /**
   * Deletes an object, or marks it for deletion when finalizers or a grace period hold it back.
   * Answers the object as it was last written, and whether it is gone.
   */
  delete<T extends KubeObject>(
    kind: string,
    key: Key,
    options: DeleteOptions = {},
  ): { object: T; gone: boolean } {
    const descriptor = this.kinds.get(kind);
    const before = this.get<T>(kind, key);
    this.#checkPreconditions(descriptor, before, options);
    this.#validate(this.#request("DELETE", descriptor, undefined, before, options), undefined);
    const finalizers = finalizersFor(before, options);
    const grace = this.#graceSeconds(descriptor, before, options);
    const { metadata } = before;
    if (grace === 0 && finalizers.length === 0) {
      return { object: this.#remove(kind, before, options) as T, gone: true };
    }
    const already = metadata.deletionTimestamp !== undefined;
    const shorter = already && grace < (metadata.deletionGracePeriodSeconds ?? 0);
    if (already && !shorter && deepEqual(finalizers, metadata.finalizers ?? []))
      return { object: before, gone: false };
    const marked: ObjectMeta = {
      ...metadata,
      ...(already && !shorter ? {} : this.#deletionMark(before, grace)),
      ...(finalizers.length > 0 ? { finalizers } : {}),
    };
    const generation =
      descriptor.hasGeneration && !already ? { generation: (metadata.generation ?? 0) + 1 } : {};
    const next = { ...before, metadata: { ...marked, ...generation } };
    return { object: this.#write(kind, "MODIFIED", before, next, options) as T, gone: false };
  }

  /** Plain state for checkpoints: the positions of the name and uid streams. */
  save(): unknown {
    return { names: this.#names.save(), uids: this.#uids.save(), kinds: this.kinds.save() };
  }

  load(state: unknown): void {
    const saved = state as {
      names: ReturnType<Random["save"]>;
      uids: ReturnType<Random["save"]>;
      kinds: unknown;
    };
    this.#names.load(saved.names);
    this.#uids.load(saved.uids);
    this.kinds.load(saved.kinds);
  }

  #named(descriptor: KindDescriptor, manifest: Manifest): KubeObject {
    const { metadata } = manifest;
    const base = metadata.generateName;
    const named = metadata.name !== undefined && metadata.name !== "";
    const {
      resourceVersion: _,
      deletionTimestamp: __,
      deletionGracePeriodSeconds: ___,
      ...kept
    } = metadata;
    const name = named
      ? (metadata.name as string)
      : base
        ? this.#uniqueName(descriptor, metadata, base)
        : "";
    return {
      ...manifest,
      apiVersion: apiVersionOf(descriptor),
      kind: descriptor.kind,
      metadata: {
        ...kept,
        name,
        uid: randomUid(this.#uids),
        resourceVersion: "",
        creationTimestamp: timestamp(this.now),
      },
    };
  }

  /** Up to eight tries, as the API server has since 1.32; then the last one collides with 409. */
  #uniqueName(descriptor: KindDescriptor, metadata: Partial<ObjectMeta>, base: string): string {
    let name = generateName(this.#names, base);
    const kind = this.kinds.nameOf(descriptor);
    for (let attempt = 1; attempt < 8; attempt++) {
      if (this.store.get(kind, makeKey(metadata.namespace, name)) === undefined) break;
      name = generateName(this.#names, base);
    }
    return name;
  }

  #prepared(
    descriptor: KindDescriptor,
    sent: KubeObject,
    before: KubeObject,
    status: boolean,
  ): KubeObject {
    const kept = before.metadata;
    const { deletionTimestamp, deletionGracePeriodSeconds } = kept;
    const { deletionTimestamp: _, deletionGracePeriodSeconds: __, ...meta } = sent.metadata;
    const metadata: ObjectMeta = {
      ...meta,
      uid: kept.uid,
      creationTimestamp: kept.creationTimestamp,
      resourceVersion: kept.resourceVersion,
      ...(kept.generation === undefined ? {} : { generation: kept.generation }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
    };
    const next: KubeObject = { ...sent, metadata };
    if (status) return prepareStatusUpdate(descriptor, next, before);
    return prepareUpdate(descriptor, applyDefaults(descriptor, next), before);
  }

  #request(
    operation: AdmissionRequest["operation"],
    descriptor: KindDescriptor,
    object: KubeObject | undefined,
    before: KubeObject | undefined,
    options: WriteOptions,
  ): AdmissionRequest {
    const metadata = (object ?? before)?.metadata;
    return {
      operation,
      descriptor,
      subresource: options.subresource,
      namespace: descriptor.namespaced ? metadata?.namespace : undefined,
      name: metadata?.name ?? "",
      object,
      before,
      user: options.user ?? SYSTEM,
      dryRun: options.dryRun ?? false,
      warnings: options.warnings ?? [],
    };
  }

  #mutate(request: AdmissionRequest, object: KubeObject): KubeObject {
    let next = object;
    for (const plugin of this.#admission) {
      if (plugin.mutate !== undefined)
        next = plugin.mutate({ ...request, object: next }, this.#reader);
    }
    return next;
  }

  #validate(request: AdmissionRequest, object: KubeObject | undefined): void {
    for (const plugin of this.#admission) plugin.validate?.({ ...request, object }, this.#reader);
  }

  #write(
    kind: string,
    type: "ADDED" | "MODIFIED",
    before: KubeObject | undefined,
    object: KubeObject,
    options: WriteOptions,
  ): KubeObject {
    const tracked = options.track?.(before, object) ?? object;
    if (before !== undefined && deepEqual(tracked, before)) return before;
    if (options.dryRun === true) return tracked;
    const { metadata } = tracked;
    if (before !== undefined && isReleased(tracked)) return this.#remove(kind, tracked, options);
    const after = {
      ...tracked,
      metadata: { ...metadata, resourceVersion: String(this.store.nextRevision()) },
    };
    return this.store.commit(kind, type, before, after).after;
  }

  #remove(kind: string, object: KubeObject, options: WriteOptions): KubeObject {
    if (options.dryRun === true) return object;
    const before = this.store.get(kind, keyOf(object));
    const resourceVersion = String(this.store.nextRevision());
    const after = { ...object, metadata: { ...object.metadata, resourceVersion } };
    return (this.store.commit(kind, "DELETED", before, after) as Change).after;
  }

  #checkPreconditions(
    descriptor: KindDescriptor,
    object: KubeObject,
    options: DeleteOptions,
  ): void {
    const { uid, resourceVersion } = options.preconditions ?? {};
    const { metadata } = object;
    if (uid !== undefined && uid !== metadata.uid) {
      throw conflict(descriptor, metadata.name, uidDiffers(uid, metadata.uid));
    }
    if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
      throw conflict(
        descriptor,
        metadata.name,
        revisionDiffers(resourceVersion, metadata.resourceVersion),
      );
    }
  }

  /** Seconds of grace: pods have their own unless they never reached a node or have ended; everything else has none. */
  #graceSeconds(descriptor: KindDescriptor, object: KubeObject, options: DeleteOptions): number {
    if (descriptor.kind !== "Pod" || descriptor.group !== "") return 0;
    const spec = object.spec as { nodeName?: string; terminationGracePeriodSeconds?: number };
    const phase = (object.status as { phase?: string } | undefined)?.phase;
    if (!spec.nodeName || phase === "Succeeded" || phase === "Failed") return 0;
    const wanted = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
    return wanted < 0 ? 1 : wanted;
  }

  #deletionMark(object: KubeObject, graceSeconds: number): Partial<ObjectMeta> {
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
    // A second, shorter deletion counts from the first one's request.
    const asked = parseTimestamp(deletionTimestamp);
    const from = asked === undefined ? this.now : asked - deletionGracePeriodSeconds * SECOND;
    return {
      deletionTimestamp: timestamp(Math.max(from + graceSeconds * SECOND, 0)),
      deletionGracePeriodSeconds: graceSeconds,
    };
  }
}

function refuse(
  descriptor: KindDescriptor,
  object: KubeObject,
  errors: readonly FieldError[] | undefined,
): void {
  if (errors !== undefined && errors.length > 0)
    throw invalid(descriptor, object.metadata.name, errors);
}

function uidDiffers(wanted: string, stored: string): string {
  return `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${stored}`;
}

function revisionDiffers(wanted: string, stored: string): string {
  return `Precondition failed: ResourceVersion in precondition: ${wanted}, ResourceVersion in object meta: ${stored}`;
}

/** The finalizers that a deletion leaves: propagation policies are finalizers of the garbage collector. */
function finalizersFor(object: KubeObject, options: DeleteOptions): readonly string[] {
  const present = object.metadata.finalizers ?? [];
  const policy = options.propagationPolicy;
  if (policy === undefined) return present;
  const kept = present.filter(
    (finalizer) => finalizer !== "orphan" && finalizer !== "foregroundDeletion",
  );
  if (policy === "Orphan") return [...kept, "orphan"];
  if (policy === "Foreground") return [...kept, "foregroundDeletion"];
  return kept;
}

/** Marked for deletion, and nothing holds it any more: no finalizers, no grace that its node has still to honour. */
function isReleased({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers?.length ?? 0) === 0 &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0
  );
}
