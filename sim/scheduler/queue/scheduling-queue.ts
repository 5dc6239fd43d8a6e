import { type Key, keyOf } from "../../api/object.ts";
import type { Pod } from "../../api/types.gen.ts";
import type { Seq } from "../../engine/journal.ts";
import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";
import { type Backoff, DEFAULT_BACKOFF } from "../framework/config.ts";
import type { QueuedPod } from "../framework/plugin.ts";
import { BackoffPods } from "./backoff-pods.ts";
import { KeyedHeap } from "./heap.ts";
import { UnschedulablePods } from "./unschedulable-pods.ts";
import type { Waiting } from "./waiting.ts";

/** A pod that waits longer than this among the unschedulable is tried again; looked at every 30 s (upstream defaults). */
const FLUSH_AFTER: Micros = 5 * MINUTE;
const FLUSH_EVERY: Micros = 30 * SECOND;

/** The queue as plain data. */
export interface SchedulingQueueState {
  readonly sequence: number;
  readonly active: readonly Waiting[];
  readonly backoff: readonly Waiting[];
  readonly unschedulable: readonly Waiting[];
}

/**
 * kube-scheduler's three queues. A pod is in exactly one:
 * ```
 *            add / woken, back-off over              pop
 *   (new) ─────────────────────────────▶ activeQ ─────────▶ attempt ── bound
 *                                           ▲                  │ refused
 *               back-off over               │                  ▼
 *            backoffQ ──────────────────────┘        unschedulable pods
 *                ▲        woken, still backing off             │
 *                └─────────────────────────────────────────────┘
 * ```
 */
export class SchedulingQueue {
  readonly #active: KeyedHeap<Waiting>;
  readonly #backoff: BackoffPods;
  readonly #unschedulable = new UnschedulablePods();
  readonly #before: (a: Waiting, b: Waiting) => boolean;
  readonly #moves: boolean;
  #sequence = 0;

  /** `order`: the profile's QueueSort plugin; `moves`: the order changes while pods wait. */
  constructor(
    order: (a: QueuedPod, b: QueuedPod) => number,
    moves = false,
    backoff: Backoff = DEFAULT_BACKOFF,
  ) {
    const byKey = (waiting: Waiting): string => waiting.key;
    this.#before = (a, b) => (order(a, b) || a.sequence - b.sequence) < 0;
    this.#moves = moves;
    // An order that moves is asked for when a pod is taken out; meanwhile pods stand as they came.
    const resting = moves ? (a: Waiting, b: Waiting) => a.sequence < b.sequence : this.#before;
    this.#active = new KeyedHeap(byKey, resting);
    this.#backoff = new BackoffPods(resting, backoff);
  }

  /** Pods ready to be tried. */
  get active(): number {
    return this.#active.size;
  }

  /** All pods in the queue. */
  get size(): number {
    return this.#active.size + this.#backoff.size + this.#unschedulable.size;
  }

  /** Pods that were refused or are held back: those that an event may wake. */
  get held(): number {
    return this.#unschedulable.size;
  }

  has(key: Key): boolean {
    return this.find(key) !== undefined;
  }

  find(key: Key): Waiting | undefined {
    return this.#active.get(key) ?? this.#backoff.get(key) ?? this.#unschedulable.get(key);
  }

  /** A new pod: to the active queue, or held back by a PreEnqueue plugin. */
  add(pod: Pod, now: Micros, cause: Seq, gatedBy?: string): void {
    const sequence = this.#sequence++;
    const waiting: Waiting = {
      pod,
      key: keyOf(pod),
      enqueuedAt: now,
      sequence,
      attempts: 0,
      since: now,
      refusedBy: gatedBy === undefined ? [] : [gatedBy],
      gatedBy,
      cause,
    };
    if (gatedBy === undefined) this.#active.put(waiting);
    else this.#unschedulable.set(waiting);
  }

  /** The pod object changed; its place stays. */
  refresh(pod: Pod): void {
    const key = keyOf(pod);
    const active = this.#active.get(key);
    if (active !== undefined) this.#active.put({ ...active, pod });
    const backoff = this.#backoff.get(key);
    if (backoff !== undefined) this.#backoff.put({ ...backoff, pod });
    const waiting = this.#unschedulable.get(key);
    if (waiting !== undefined) this.#unschedulable.set({ ...waiting, pod });
  }

  remove(key: Key): void {
    this.#active.remove(key);
    this.#backoff.remove(key);
    this.#unschedulable.delete(key);
  }

  /**
   * Next pod to try. An idle scheduler takes pods from the back-off queue before their time (upstream
   * `SchedulerPopFromBackoffQ`, on by default since 1.33), unless their last attempt ended in an error.
   */
  pop(): Waiting | undefined {
    const next = this.#moves ? this.#popFirst() : this.#active.pop();
    return next ?? this.#backoff.pop();
  }

  #popFirst(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#active.values())
      if (first === undefined || this.#before(waiting, first)) first = waiting;
    return first === undefined ? undefined : this.#active.remove(first.key);
  }

  /** Whether `pop` would answer a pod. */
  get ready(): boolean {
    return this.#active.size > 0 || this.#backoff.ready;
  }

  /** Takes a pod back after a failed attempt; without plugins to blame (an error) it just backs off. */
  returnRefused(
    tried: Waiting,
    pod: Pod,
    refusedBy: readonly string[],
    now: Micros,
    cause: Seq,
  ): void {
    const waiting = {
      ...tried,
      pod,
      attempts: tried.attempts + 1,
      since: now,
      refusedBy,
      gatedBy: undefined,
      cause,
    };
    if (refusedBy.length === 0) this.#backoff.put(waiting);
    else this.#unschedulable.set(waiting);
  }

  /**
   * Wakes the unschedulable pods that an event may help: of those that one of the plugins refused the ones for which
   * `helps` answers so.
   */
  wake(
    plugins: readonly string[],
    helps: (waiting: Waiting) => boolean,
    now: Micros,
    cause: Seq,
  ): void {
    for (const waiting of this.#unschedulable.refusedByAny(plugins)) {
      if (helps(waiting)) this.release(waiting.key, now, cause);
    }
  }

  /** Moves one unschedulable pod on: to the back-off queue while its back-off lasts, else to the active queue. */
  release(key: Key, now: Micros, cause: Seq): void {
    const waiting = this.#unschedulable.get(key);
    if (waiting === undefined) return;
    this.#unschedulable.delete(key);
    const woken = { ...waiting, gatedBy: undefined, cause };
    if (this.#backoff.lasts(woken, now)) this.#backoff.put(woken);
    else this.#active.put(woken);
  }

  /** Moves a pod that waits to the active queue, without regard to its back-off. */
  activate(key: Key, cause: Seq): void {
    const waiting = this.#unschedulable.get(key) ?? this.#backoff.remove(key);
    if (waiting === undefined) return;
    this.#unschedulable.delete(key);
    this.#active.put({ ...waiting, gatedBy: undefined, cause });
  }

  /** Moves pods whose back-off is over, and those that waited too long, to the active queue. */
  flush(now: Micros, cause: Seq): void {
    for (const waiting of this.#backoff.over(now)) this.#active.put(waiting);
    for (const waiting of [...this.#unschedulable.values()]) {
      if (waiting.gatedBy === undefined && flushTime(waiting) <= now)
        this.release(waiting.key, now, cause);
    }
  }

  /** When `flush` has something to do next, or `undefined`. */
  nextFlush(): Micros | undefined {
    let earliest = this.#backoff.nextOver();
    for (const waiting of this.#unschedulable.values()) {
      if (waiting.gatedBy !== undefined) continue;
      const due = flushTime(waiting);
      if (earliest === undefined || due < earliest) earliest = due;
      // Insertion order is order of `since`, so the first one is the earliest.
      break;
    }
    return earliest;
  }

  /** Pods that were refused or are held back. */
  unschedulable(): Iterable<Waiting> {
    return this.#unschedulable.values();
  }

  /** Forgets every pod. */
  clear(): void {
    this.load({ ...this.save(), active: [], backoff: [], unschedulable: [] });
  }

  save(): SchedulingQueueState {
    return {
      sequence: this.#sequence,
      active: [...this.#active.values()],
      backoff: this.#backoff.save(),
      unschedulable: [...this.#unschedulable.values()],
    };
  }

  load(state: SchedulingQueueState): void {
    this.#sequence = state.sequence;
    this.#active.clear();
    this.#backoff.clear();
    this.#unschedulable.clear();
    for (const waiting of state.active) this.#active.put(waiting);
    for (const waiting of state.backoff) this.#backoff.put(waiting);
    for (const waiting of state.unschedulable) this.#unschedulable.set(waiting);
  }
}

/** First look of the 30 s grid at which the pod has waited more than 5 min. */
function flushTime(waiting: Waiting): Micros {
  return (Math.floor((waiting.since + FLUSH_AFTER) / FLUSH_EVERY) + 1) * FLUSH_EVERY;
}
