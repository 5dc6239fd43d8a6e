import type { Engine } from "../engine/engine.ts";
import type { Random } from "../engine/random.ts";
import { Admission } from "./admission/admission.ts";
import type { AdmissionPlugin, AdmissionRequest, User } from "./admission/plugin.ts";
import { ApiError, alreadyExists, conflict, notFound } from "./api-error.ts";
import { DefinitionKeeper } from "./definition-keeper.ts";
import {
  checkDeletable,
  checkPreconditions,
  type DeletionRequest,
  isReleased,
  markDeleted,
} from "./deletion.ts";
import { EventExpiry } from "./event-expiry.ts";
import { apiVersionOf, type KindDescriptor, type ValidationContext } from "./kinds/descriptor.ts";
import type { KindRegistry } from "./kinds/kind-registry.ts";
import {
  applyDefaults,
  prepareCreate,
  prepareStatusUpdate,
  prepareUpdate,
  validateCreate,
  validateStatusUpdate,
  validateUpdate,
  warningsOf,
} from "./kinds/strategy.ts";
import { deepEqual } from "./meta/equal.ts";
import { generateName, randomUid } from "./meta/generated-name.ts";
import { timestamp } from "./meta/time.ts";
import { type Key, type KubeObject, keyOf, type Manifest, makeKey, splitKey } from "./object.ts";
import { ServiceAllocator } from "./service-allocation.ts";
import type { Change, Store } from "./store.ts";
import type { ObjectMeta } from "./types.gen.ts";
import type { FieldError } from "./validation/field-error.ts";
import { checkSent, newMetadata, nextMetadata, refuse, withoutRevision } from "./write-rules.ts";

/** How a write is to be done. */
export interface WriteOptions {
  readonly user?: User;
  /** Do everything but the commit. */
  readonly dryRun?: boolean;
  /** Filled with texts for the `Warning:` header. */
  readonly warnings?: string[];
  /** Write through this door: `status` keeps the spec, none keeps the status. */
  readonly subresource?: string;
  /** The rule of a door that is neither the object's own nor its status. */
  readonly door?: DoorRule;
  /** What is written to where nothing is stored: an object that is read although nobody wrote it. The write stores it. */
  readonly standing?: KubeObject | undefined;
  /** Key of the object to update where it may differ from what the object says. */
  readonly key?: Key;
  /** The object came out of a patch: another UID than the stored one is a mistake of validation, not a conflict. */
  readonly patched?: boolean;
  /** The version that the client writes in (`events.k8s.io/v1`), where that makes a difference to validation. */
  readonly served?: string;
  /** Refuses a write by throwing: asked after admission has completed the object and before it is validated. */
  readonly guard?: (next: KubeObject, before: KubeObject | undefined) => void;
  /** Own managed fields: called with the object before and after, returns the entries to store. */
  readonly track?: (before: KubeObject | undefined, after: KubeObject) => KubeObject;
}

/** A rule of one door: what it lets through of an update, and what is wrong with it. */
export interface DoorRule {
  /** The object to write: what the door does not show stays as it was. */
  readonly prepare: (next: KubeObject, before: KubeObject) => KubeObject;
  readonly validate: (next: KubeObject, before: KubeObject) => readonly FieldError[];
}

/** How a deletion is to be done. */
export interface DeleteOptions extends WriteOptions, DeletionRequest {}

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
  readonly #services: ServiceAllocator;
  readonly #serviceDraws: Random;
  readonly #admission: Admission;

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
    this.#serviceDraws = engine.random.fork("api/services");
    this.#services = new ServiceAllocator(store, this.#serviceDraws);
    this.#admission = new Admission(admission, engine, store);
    new DefinitionKeeper(engine, this);
    new EventExpiry(engine, store);
  }

  get now(): number {
    return this.#engine.now;
  }

  /** An object, or `ApiError` 404. */
  get<T extends KubeObject>(kind: string, key: Key): T {
    const object = this.store.get(kind, key);
    if (object === undefined) throw notFound(this.kinds.get(kind), splitKey(key)[1]);
    return object as T;
  }

  /** Creates an object: names, defaults, admission, validation, commit. Answers what is stored. */
  create<T extends KubeObject>(kind: string, manifest: Manifest<T>, options: WriteOptions = {}): T {
    const descriptor = this.kinds.get(kind);
    const generated = this.#named(descriptor, manifest as Manifest);
    let object = applyDefaults(descriptor, generated, this.now);
    const request = this.#request("CREATE", descriptor, object, undefined, options);
    object = this.#admission.mutate(request, object);
    options.guard?.(object, undefined);
    object = prepareCreate(descriptor, object);
    if (kind === "Service") object = this.#services.allocate(object);
    refuse(descriptor, object, validateCreate(descriptor, object, this.#context(options)));
    options.warnings?.push(...warningsOf(descriptor, object));
    this.#admission.validate(request, object);
    object = descriptor.readBack?.(object) ?? object;
    const key = keyOf(object);
    if (this.store.get(kind, key) !== undefined) {
      throw alreadyExists(descriptor, object.metadata.name);
    }
    if ((manifest.metadata.resourceVersion ?? "") !== "") {
      throw new ApiError(500, "", "resourceVersion should not be set on objects to be created");
    }
    return this.#write(kind, key, undefined, object, options) as T;
  }

  /**
   * Writes a new version of an object. A resourceVersion that is not the stored one is a conflict; without one the
   * write is unconditional. What changes nothing is not written and takes no revision.
   */
  update<T extends KubeObject>(kind: string, object: T, options: WriteOptions = {}): T {
    const descriptor = this.kinds.get(kind);
    const key = options.key ?? keyOf(object);
    const before = this.store.get(kind, key) ?? options.standing;
    if (before === undefined) throw notFound(descriptor, splitKey(key)[1]);
    checkSent(descriptor, object.metadata, before, options.patched);
    let next = this.#prepared(descriptor, object, before, options);
    const request = this.#request("UPDATE", descriptor, next, before, options);
    next = this.#admission.mutate(request, next);
    options.guard?.(next, before);
    if (kind === "Service" && options.subresource === undefined)
      next = this.#services.allocate(next, before);
    refuse(descriptor, next, this.#updateErrors(descriptor, next, before, options));
    if (options.subresource === undefined) {
      options.warnings?.push(...warningsOf(descriptor, next, before));
    }
    this.#admission.validate(request, next);
    return this.#write(kind, key, before, next, options) as T;
  }

  /**
   * Replaces the status alone, unconditionally: the way of components that own it. `row`: where the object of the key is
   * in the store, for those who know it.
   */
  writeStatus<T extends KubeObject>(
    kind: string,
    key: Key,
    status: NonNullable<T["status"]>,
    row?: number,
  ): T {
    const seen = row === undefined ? undefined : this.store.objects(kind).at(row);
    const before = (seen as T | undefined) ?? this.get<T>(kind, key);
    if (deepEqual(status, before.status)) return before;
    if (isReleased(before)) return this.#remove(kind, { ...before, status }, {}) as T;
    // Pods all but alone come here: a copy at a place of its own costs a fifth of one where all kinds pass.
    const metadata = { ...before.metadata, resourceVersion: String(this.store.nextRevision()) };
    const next = { ...before, metadata, status };
    return this.store.commit(kind, "MODIFIED", before, next, key, row).after as T;
  }

  /**
   * Writes a version that a trusted component built from the stored one, without defaults and validation: for the
   * hottest writers only. The object must carry the stored resourceVersion.
   */
  replace<T extends KubeObject>(kind: string, object: T): T {
    const key = keyOf(object);
    const before = this.get<T>(kind, key);
    if (before.metadata.resourceVersion !== object.metadata.resourceVersion) {
      throw conflict(this.kinds.get(kind), object.metadata.name);
    }
    return this.#write(kind, key, before, object, {}) as T;
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
    const before = (options.standing as T | undefined) ?? this.get<T>(kind, key);
    checkDeletable(descriptor, before);
    checkPreconditions(descriptor, before, options);
    const request = this.#request("DELETE", descriptor, undefined, before, options);
    this.#admission.validate(request, undefined);
    const next = markDeleted(descriptor, before, options, this.now);
    if (next === undefined) {
      const last = this.#cutShort(kind, before, options);
      return { object: this.#remove(kind, last, options) as T, gone: true };
    }
    if (next === before) return { object: before, gone: false };
    const held = this.#write(kind, key, before, next, options);
    return { object: held as T, gone: false };
  }

  /** Plain state for checkpoints: the positions of the name and uid streams. */
  save(): unknown {
    return {
      names: this.#names.save(),
      uids: this.#uids.save(),
      services: this.#serviceDraws.save(),
      kinds: this.kinds.save(),
    };
  }

  load(state: unknown): void {
    const saved = state as {
      names: ReturnType<Random["save"]>;
      uids: ReturnType<Random["save"]>;
      services: ReturnType<Random["save"]>;
      kinds: unknown;
    };
    this.#names.load(saved.names);
    this.#uids.load(saved.uids);
    this.#serviceDraws.load(saved.services);
    this.kinds.load(saved.kinds);
  }

  #named(descriptor: KindDescriptor, manifest: Manifest): KubeObject {
    const { metadata } = manifest;
    const base = metadata.generateName;
    const named = metadata.name !== undefined && metadata.name !== "";
    const name = named
      ? (metadata.name as string)
      : base
        ? this.#uniqueName(descriptor, metadata, base)
        : "";
    return {
      ...manifest,
      apiVersion: apiVersionOf(descriptor),
      kind: descriptor.kind,
      metadata: newMetadata(metadata, {
        name,
        uid: randomUid(this.#uids),
        // What is created is committed before anything else is: its revision is known.
        resourceVersion: String(this.store.nextRevision()),
        creationTimestamp: timestamp(this.now),
      }),
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
    options: WriteOptions,
  ): KubeObject {
    const metadata = nextMetadata(sent.metadata, before.metadata, options.patched === true);
    const next = metadata === sent.metadata ? sent : { ...sent, metadata };
    if (options.door !== undefined) {
      return options.door.prepare(applyDefaults(descriptor, next, this.now), before);
    }
    if (options.subresource === "status")
      return prepareStatusUpdate(descriptor, next, before, this.now);
    return prepareUpdate(descriptor, applyDefaults(descriptor, next, this.now), before);
  }

  #updateErrors(
    descriptor: KindDescriptor,
    next: KubeObject,
    before: KubeObject,
    options: WriteOptions,
  ): readonly FieldError[] {
    const { door, subresource } = options;
    if (door !== undefined) return door.validate(next, before);
    const rule = subresource === "status" ? validateStatusUpdate : validateUpdate;
    return rule(descriptor, next, before, this.#context(options));
  }

  #context({ served }: WriteOptions): ValidationContext {
    return served === undefined ? { now: this.now } : { now: this.now, served };
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

  #write(
    kind: string,
    key: Key,
    before: KubeObject | undefined,
    object: KubeObject,
    options: WriteOptions,
  ): KubeObject {
    const tracked = options.track?.(before, object) ?? object;
    if (before !== undefined && deepEqual(tracked, before)) return before;
    if (options.dryRun === true) return before === undefined ? withoutRevision(tracked) : tracked;
    const { metadata } = tracked;
    if (before !== undefined && isReleased(tracked)) return this.#remove(kind, tracked, options);
    const resourceVersion = String(this.store.nextRevision());
    const after =
      metadata.resourceVersion === resourceVersion
        ? tracked
        : { ...tracked, metadata: { ...metadata, resourceVersion } };
    const stored = before === options.standing ? undefined : before;
    const type = stored === undefined ? "ADDED" : "MODIFIED";
    return this.store.commit(kind, type, stored, after, key).after;
  }

  /** A graceful deletion ends by cutting its grace to nothing, a change of its own that watches see. */
  #cutShort(kind: string, object: KubeObject, options: WriteOptions): KubeObject {
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
    if (deletionTimestamp === undefined || deletionGracePeriodSeconds === 0) return object;
    if (options.dryRun === true) return object;
    const metadata: ObjectMeta = {
      ...object.metadata,
      deletionTimestamp: timestamp(this.now),
      deletionGracePeriodSeconds: 0,
      resourceVersion: String(this.store.nextRevision()),
    };
    return this.store.commit(kind, "MODIFIED", object, { ...object, metadata }).after;
  }

  #remove(kind: string, object: KubeObject, options: WriteOptions): KubeObject {
    if (options.dryRun === true) return object;
    const before = this.store.get(kind, keyOf(object)) ?? this.#storeStanding(kind, options);
    const resourceVersion = String(this.store.nextRevision());
    const after = { ...object, metadata: { ...object.metadata, resourceVersion } };
    return (this.store.commit(kind, "DELETED", before, after) as Change).after;
  }

  /** What goes must have been there. */
  #storeStanding(kind: string, { standing }: WriteOptions): KubeObject | undefined {
    if (standing === undefined) return undefined;
    const resourceVersion = String(this.store.nextRevision());
    const after = { ...standing, metadata: { ...standing.metadata, resourceVersion } };
    return this.store.commit(kind, "ADDED", undefined, after).after;
  }
}
