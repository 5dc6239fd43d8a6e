import { ApiError } from "../../api/api-error.ts";
import type { ComponentClient } from "../../api/client.ts";
import type { ComponentRecorder } from "../../api/event-recorder.ts";
import type { ChangeHandler, Informers } from "../../api/informer.ts";
import { type Key, type KubeObject, keyOf } from "../../api/object.ts";
import { EVERY_PART, NO_PART, Part, type Parts } from "../../api/object-parts.ts";
import type { Change } from "../../api/store.ts";
import type { Actor, Engine } from "../../engine/engine.ts";
import type { Seq } from "../../engine/journal.ts";
import type { Random, RandomState } from "../../engine/random.ts";
import type { Micros } from "../../engine/time.ts";
import type { Controller, Watch } from "./controller.ts";
import { Crash } from "./crash.ts";
import { controllerKeyOf } from "./owner.ts";
import { WorkQueue, type WorkQueueState } from "./work-queue.ts";

/** What is to be done about changes of some parts of an object. */
interface Handler {
  readonly parts: Parts;
  readonly handle: ChangeHandler;
}

type RunnerEvent =
  | { readonly type: "reconcile" }
  | { readonly type: "due"; readonly key: Key }
  | { readonly type: "done"; readonly key: Key; readonly crashes: number }
  | { readonly type: "restart"; readonly crashes: number };

/** Whether a controller's process works, stands still with all it knows, or is not there. */
type Mode = "up" | "still" | "down";

interface RunnerState {
  readonly queue: WorkQueueState;
  readonly memory: readonly (readonly [string, unknown])[];
  readonly written: readonly (readonly [Key, { revision: number; asked: boolean }])[];
  readonly mode: Mode;
  readonly scheduled: boolean;
  readonly busy: number;
  readonly crashes: number;
  readonly crashAfterWrites: number | undefined;
  readonly random: RandomState;
  readonly recorder: unknown;
}

/**
 * Runs one controller: fills its queue from its informers, calls `reconcile` a key at a time per worker, backs off on
 * `ApiError`, and can crash and start again at any point, losing its queue and memory as a process does.
 */
export class ControllerRunner implements Actor<RunnerEvent> {
  readonly name: string;
  readonly controller: Controller;
  readonly #engine: Engine;
  readonly #client: ComponentClient;
  readonly #recorder: ComponentRecorder;
  readonly #informers: Informers;
  readonly #random: Random;
  readonly #latency: Micros;
  readonly #queue: WorkQueue;
  readonly #memory = new Map<string, unknown>();
  /** Revision of the last own write to each object that the cache does not show yet, and whether its key was asked for since. */
  readonly #written = new Map<Key, { readonly revision: number; readonly asked: boolean }>();
  #mode: Mode = "up";
  #scheduled = false;
  #busy = 0;
  #crashes = 0;
  #writes = 0;
  #crashAfterWrites: number | undefined;
  #reconciling = false;

  /** `latency`: how long one write keeps a worker waiting for its answer. */
  constructor(
    controller: Controller,
    engine: Engine,
    informers: Informers,
    client: ComponentClient,
    recorder: ComponentRecorder,
    latency: Micros,
  ) {
    this.name = controller.name;
    this.controller = controller;
    this.#queue = new WorkQueue(controller.retry);
    this.#engine = engine;
    this.#informers = informers;
    this.#client = client;
    this.#recorder = recorder;
    this.#random = engine.random.fork(controller.name);
    this.#latency = latency;
    engine.register(this);
    client.onFailure = (write) => {
      controller.writeFailed?.(write, this.#memory);
      this.#retry(write.owner);
    };
    client.afterWrite = (kind, written) => {
      this.#writes++;
      if (controller.readsOwnWrites === true && kind === controller.for && written !== undefined)
        this.#wrote(keyOf(written), Number(written.metadata.resourceVersion));
      if (this.#crashAfterWrites === undefined || --this.#crashAfterWrites > 0) return;
      // Of a write that had waited in the queue there is no reconcile to be left.
      if (this.#reconciling) throw new Crash();
      this.crash(0);
    };
    this.#follow();
    this.#relist();
  }

  /** Whether the controller's process is up. */
  get running(): boolean {
    return this.#mode === "up";
  }

  handle(event: RunnerEvent): void {
    switch (event.type) {
      case "reconcile":
        this.#scheduled = false;
        if (this.running) this.#work();
        break;
      case "due":
        // Of a process that stands still, too: it finds what came due meanwhile when it goes on.
        this.#queue.due(event.key, this.#engine.now);
        break;
      case "done":
        if (event.crashes !== this.#crashes) break;
        this.#finish(event.key);
        break;
      case "restart":
        if (event.crashes !== this.#crashes) break;
        this.#mode = "up";
        this.#relist();
        break;
    }
    this.#schedule();
  }

  /** Ends the controller's process now: queue, memory and waiting writes are lost. It starts again after a while, if at all. */
  crash(restartAfter: Micros | undefined): void {
    this.#crashes++;
    this.#mode = "down";
    this.#busy = 0;
    this.#crashAfterWrites = undefined;
    this.#queue.clear();
    this.#memory.clear();
    this.#written.clear();
    this.#client.drop();
    if (restartAfter === undefined) return;
    this.#engine.after(restartAfter, this.name, { type: "restart", crashes: this.#crashes });
  }

  /**
   * The process stands still: nothing is done, nothing is forgotten but writes that wait for a token, and what was expected
   * of them. What is to be observed meanwhile it will have observed when it goes on.
   */
  suspend(): void {
    this.#mode = "still";
    for (const write of this.#client.drop()) this.controller.writeFailed?.(write, this.#memory);
  }

  /** A process that is not there begins, or one that stood still goes on: it lists everything anew. */
  start(): void {
    if (this.running) return;
    this.#mode = "up";
    this.#relist();
    this.#schedule();
  }

  /** Reconciles a key as a process does that does not know that another one leads: with its own client and memory. */
  straggle(key: Key, client: ComponentClient, memory: Map<string, unknown>): void {
    client.owner = key;
    const reconcile = () => this.#reconcile(key, client, memory);
    try {
      this.#engine.as(this.name, this.#engine.journal.cause, reconcile);
    } catch (error) {
      // What the API refuses is not tried again: the process ends.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Declares the fault "crash right after the n-th write from here". It restarts at once. */
  crashAfterWrites(writes: number): void {
    this.#crashAfterWrites = writes;
  }

  /** Asks for a key, as a change of its object would. */
  enqueue(key: Key, cause: Seq = this.#engine.journal.cause): void {
    if (!this.running) return;
    this.#queue.add(key, cause);
    this.#schedule();
  }

  save(): RunnerState {
    return {
      queue: this.#queue.save(),
      memory: [...this.#memory],
      written: [...this.#written],
      mode: this.#mode,
      scheduled: this.#scheduled,
      busy: this.#busy,
      crashes: this.#crashes,
      crashAfterWrites: this.#crashAfterWrites,
      random: this.#random.save(),
      recorder: this.#recorder.save(),
    };
  }

  load(state: unknown): void {
    const saved = state as RunnerState;
    this.#queue.load(saved.queue);
    this.#memory.clear();
    for (const [key, value] of saved.memory) this.#memory.set(key, value);
    this.#written.clear();
    for (const [key, write] of saved.written) this.#written.set(key, write);
    this.#mode = saved.mode;
    this.#scheduled = saved.scheduled;
    this.#busy = saved.busy;
    this.#crashes = saved.crashes;
    this.#crashAfterWrites = saved.crashAfterWrites;
    this.#random.load(saved.random);
    this.#recorder.load(saved.recorder);
  }

  #follow(): void {
    const { controller } = this;
    for (const { kind, name, keys } of controller.indexes ?? [])
      this.#informers.addIndex(kind, name, keys);
    for (const kind of controller.reads ?? []) this.#informers.cache(kind);
    const handlers = new Map<string, Handler[]>();
    const on = (kind: string, handle: ChangeHandler, parts = EVERY_PART) =>
      handlers.set(kind, [...(handlers.get(kind) ?? []), { handle, parts }]);
    on(controller.for, (change) => this.#ownChange(change));
    for (const kind of controller.owns ?? []) on(kind, (change) => this.#ownedChange(change));
    for (const watch of controller.watches ?? [])
      on(watch.kind, (change) => this.#watchedChange(watch, change), watch.parts);
    for (const [kind, ofKind] of handlers) this.#on(kind, ofKind);
    const { everyKind } = controller;
    if (everyKind !== undefined)
      this.#informers.onAny(
        (change) => {
          if (!this.running) return;
          const after = afterOf(change);
          for (const key of everyKind.keys(change.kind, after, change.before, this.#client))
            this.enqueue(key, change.seq);
        },
        everyKind.except,
        everyKind.parts,
      );
    controller.signals?.((key) => this.enqueue(key));
  }

  /** One handler a kind, however often the controller names it: a change is observed once. */
  #on(kind: string, handlers: readonly Handler[]): void {
    const { observe, observedParts = EVERY_PART } = this.controller;
    const all = observe === undefined ? handlers : [...handlers, { parts: observedParts }];
    this.#informers.on(
      kind,
      (change) => {
        if (this.#mode === "down") return;
        const isNews = change.type !== "MODIFIED";
        if (isNews || (observedParts & change.parts) !== 0)
          observe?.(kind, afterOf(change), change.before, this.#memory);
        if (!this.running) return;
        for (let at = 0; at < handlers.length; at++) {
          const { parts, handle } = handlers[at] as Handler;
          if (isNews || (parts & change.parts) !== 0) handle(change);
        }
      },
      all.reduce((sum, { parts }) => sum | parts, NO_PART),
    );
  }

  #ownChange(change: Change): void {
    const own = this.#written.size === 0 ? undefined : this.#written.get(change.key);
    if (own !== undefined && change.revision >= own.revision) {
      this.#written.delete(change.key);
      if (own.asked) this.enqueue(change.key, change.seq);
    }
    if (this.controller.concerns?.(afterOf(change), change.before) === false) return;
    this.enqueue(change.key, change.seq);
  }

  /** Notes an own write, unless the cache shows it already. */
  #wrote(key: Key, revision: number): void {
    const seen = this.#informers.cache(this.controller.for).get(key);
    if (Number(seen?.metadata.resourceVersion ?? 0) < revision)
      this.#written.set(key, { revision, asked: false });
  }

  /** Queues the controlling owner, and on a change of owner the one before, too. */
  #ownedChange({ after, before, parts, seq }: Change): void {
    const kind = this.controller.for;
    const now = controllerKeyOf(after, kind);
    if (now !== undefined) this.enqueue(now, seq);
    if (before === undefined || (parts & Part.owners) === 0) return;
    const then = controllerKeyOf(before, kind);
    if (then !== undefined && then !== now) this.enqueue(then, seq);
  }

  #watchedChange(watch: Watch, change: Change): void {
    for (const key of watch.keys(afterOf(change), change.before, this.#client)) {
      if (watch.delay === undefined || watch.delay === 0) this.enqueue(key, change.seq);
      else this.#enqueueAfter(key, watch.delay, change.seq);
    }
  }

  /** A start: every object there is counts as a change, as informers deliver it to a new process. */
  #relist(): void {
    const { controller } = this;
    if (controller.everyKind !== undefined) this.#relistEveryKind(controller.everyKind);
    if (controller.startKey !== undefined) this.enqueue(controller.startKey);
    for (const object of this.#informers.cache(controller.for).values())
      if (controller.concerns?.(object, undefined) !== false) this.enqueue(keyOf(object));
    const { cause } = this.#engine.journal;
    for (const { kind, keys, delay = 0 } of controller.watches ?? [])
      for (const object of this.#informers.cache(kind).values())
        for (const key of keys(object, undefined, this.#client))
          this.#enqueueAfter(key, delay, cause);
  }

  #relistEveryKind({ except, keys }: NonNullable<Controller["everyKind"]>): void {
    for (const [kind, cache] of this.#informers.caches()) {
      if (except.has(kind)) continue;
      for (const object of cache.values())
        for (const key of keys(kind, object, undefined, this.#client)) this.enqueue(key);
    }
  }

  #schedule(): void {
    if (this.#scheduled || !this.running || this.#queue.length === 0) return;
    if (this.#busy >= (this.controller.workers ?? 5)) return;
    this.#scheduled = true;
    this.#engine.after(0, this.name, { type: "reconcile" });
  }

  #work(): void {
    const next = this.#queue.next();
    if (next === undefined) return;
    const [key, cause] = next;
    const own = this.#written.get(key);
    if (own !== undefined) {
      this.#written.set(key, { ...own, asked: true });
      this.#queue.done(key);
      this.#schedule();
      return;
    }
    this.#busy++;
    this.#writes = 0;
    this.#engine.journal.cause = cause;
    this.#client.owner = key;
    this.#reconciling = true;
    try {
      const result = this.#reconcile(key, this.#client, this.#memory);
      if (result?.failed === undefined) this.#queue.forget(key);
      else this.#retry(key);
      if (result) this.#enqueueAfter(key, result.requeueAfter, cause);
    } catch (error) {
      if (error instanceof Crash) {
        this.crash(0);
        return;
      }
      if (!(error instanceof ApiError)) throw error;
      this.#retry(key);
    } finally {
      this.#reconciling = false;
    }
    const free = Math.max(this.#client.busyUntil, this.#engine.now + this.#writes * this.#latency);
    if (free <= this.#engine.now) this.#finish(key);
    else this.#engine.at(free, this.name, { type: "done", key, crashes: this.#crashes });
  }

  #reconcile(key: Key, client: ComponentClient, memory: Map<string, unknown>) {
    const { now } = this.#engine;
    const context = { client, now, record: this.#recorder, memory, random: this.#random };
    return this.controller.reconcile(key, context);
  }

  #finish(key: Key): void {
    this.#busy--;
    this.#queue.done(key);
  }

  #retry(key: Key): void {
    const wait = this.running ? this.#queue.backOff(key) : undefined;
    if (wait !== undefined) this.#enqueueAfter(key, wait, this.#engine.journal.cause);
  }

  #enqueueAfter(key: Key, delay: Micros, cause: Seq): void {
    if (delay <= 0) {
      this.enqueue(key, cause);
      return;
    }
    const at = this.#engine.now + Math.round(delay);
    if (this.#queue.addAt(key, at, cause)) this.#engine.at(at, this.name, { type: "due", key });
  }
}

function afterOf(change: Change): KubeObject | undefined {
  return change.type === "DELETED" ? undefined : change.after;
}
