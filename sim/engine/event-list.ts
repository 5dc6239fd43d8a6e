import type { Micros } from "./time.ts";

/** Names a scheduled entry until it fires or is cancelled; never reused while it is pending. */
export type EntryId = number;

/** Bits of an EntryId that name the slot; the rest counts how often the slot was reused. */
const SLOT_BITS = 24;
const SLOTS = 1 << SLOT_BITS;
/** Orders entries of one instant: priority first, then the sequence of scheduling. 2^44 entries fit a run. */
const PRIORITY_STEP = 17_592_186_044_416;

/** One pending entry as plain data, for checkpoints. */
export interface PendingEntry<E> {
  readonly id: EntryId;
  readonly time: Micros;
  readonly order: number;
  readonly payload: E;
}

/** The whole list as plain data. */
export interface EventListState<E> {
  readonly sequence: number;
  readonly pending: readonly PendingEntry<E>[];
  readonly generations: readonly number[];
  readonly free: readonly number[];
}

/** Children of a place in the heap: four keys side by side share a cache line, and the heap is half as deep as a binary one. */
const ARITY_BITS = 2;
const ARITY = 1 << ARITY_BITS;

/**
 * Future event list: a heap of slots, keyed by (time, priority, sequence).
 * Keys stand in typed arrays in the heap's order, so that a comparison touches no object and no far memory; a cancelled
 * entry stays in the heap until it surfaces, and costs nothing but its slot.
 */
export class EventList<E> {
  /** By place in the heap: key and slot. */
  #times = new Float64Array(1024);
  #orders = new Float64Array(1024);
  #heap = new Int32Array(1024);
  /** By slot. */
  #generations: number[] = [];
  #payloads: (E | undefined)[] = [];
  #free: number[] = [];
  #size = 0;
  #live = 0;
  #sequence = 0;

  /** Number of entries that will still fire. */
  get pending(): number {
    return this.#live;
  }

  /** Adds an entry. `priority` is an integer from 0 (first) to 255 among entries of one instant. */
  add(time: Micros, priority: number, payload: E): EntryId {
    const slot = this.#free.pop() ?? this.#newSlot();
    this.#payloads[slot] = payload;
    this.#push(slot, time, priority * PRIORITY_STEP + this.#sequence++);
    this.#live++;
    return (this.#generations[slot] ?? 0) * SLOTS + slot;
  }

  /** Takes an entry back. `false` when it fired or was cancelled before. */
  cancel(id: EntryId): boolean {
    const slot = id % SLOTS;
    if (this.#generations[slot] !== Math.floor(id / SLOTS) || this.#payloads[slot] === undefined)
      return false;
    this.#payloads[slot] = undefined;
    this.#live--;
    return true;
  }

  /** Time of the next entry, or `undefined` when none is left. */
  nextTime(): Micros | undefined {
    this.#dropCancelled();
    return this.#size === 0 ? undefined : this.#times[0];
  }

  /** Removes the next entry and returns its payload, or `undefined` when none is left. */
  pop(): E | undefined {
    this.#dropCancelled();
    if (this.#size === 0) return undefined;
    const slot = this.#heap[0] as number;
    const payload = this.#payloads[slot];
    this.#live--;
    this.#removeTop();
    return payload;
  }

  /** The list as plain data; payloads are shared, not copied. */
  save(): EventListState<E> {
    const pending: PendingEntry<E>[] = [];
    for (let at = 0; at < this.#size; at++) {
      const slot = this.#heap[at] as number;
      const payload = this.#payloads[slot];
      if (payload === undefined) continue;
      const id = (this.#generations[slot] ?? 0) * SLOTS + slot;
      pending.push({
        id,
        time: this.#times[at] as number,
        order: this.#orders[at] as number,
        payload,
      });
    }
    return {
      sequence: this.#sequence,
      pending,
      generations: [...this.#generations],
      free: [...this.#free],
    };
  }

  /** Replaces the list by a saved one; ids given out before the save stay valid. */
  load(state: EventListState<E>): void {
    const slots = state.generations.length;
    let capacity = 1024;
    while (capacity < slots) capacity *= 2;
    this.#times = new Float64Array(capacity);
    this.#orders = new Float64Array(capacity);
    this.#heap = new Int32Array(capacity);
    this.#generations = [...state.generations];
    this.#payloads = new Array<E | undefined>(slots).fill(undefined);
    this.#size = 0;
    this.#live = 0;
    this.#sequence = state.sequence;
    const used = new Uint8Array(slots);
    for (const entry of state.pending) {
      const slot = entry.id % SLOTS;
      used[slot] = 1;
      this.#payloads[slot] = entry.payload;
      this.#push(slot, entry.time, entry.order);
      this.#live++;
    }
    // Slots of cancelled entries that had not surfaced are free from here on.
    const freed = new Set(state.free);
    this.#free = [...state.free];
    for (let slot = 0; slot < slots; slot++) {
      if (used[slot] === 1 || freed.has(slot)) continue;
      this.#generations[slot] = (this.#generations[slot] ?? 0) + 1;
      this.#free.push(slot);
    }
  }

  #newSlot(): number {
    const slot = this.#payloads.length;
    this.#payloads.push(undefined);
    this.#generations.push(0);
    if (slot >= this.#times.length) this.#grow();
    return slot;
  }

  #grow(): void {
    const capacity = this.#times.length * 2;
    const times = new Float64Array(capacity);
    times.set(this.#times);
    this.#times = times;
    const orders = new Float64Array(capacity);
    orders.set(this.#orders);
    this.#orders = orders;
    const heap = new Int32Array(capacity);
    heap.set(this.#heap);
    this.#heap = heap;
  }

  #dropCancelled(): void {
    while (this.#size > 0 && this.#payloads[this.#heap[0] as number] === undefined)
      this.#removeTop();
  }

  #push(slot: number, time: number, order: number): void {
    const times = this.#times;
    const orders = this.#orders;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> ARITY_BITS;
      const above = times[parent] as number;
      if (above < time || (above === time && (orders[parent] as number) < order)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, slot, time, order);
  }

  /** Frees the top slot and sifts the last one down from there. */
  #removeTop(): void {
    const top = this.#heap[0] as number;
    this.#payloads[top] = undefined;
    this.#generations[top] = (this.#generations[top] ?? 0) + 1;
    this.#free.push(top);
    const size = --this.#size;
    if (size === 0) return;
    const times = this.#times;
    const orders = this.#orders;
    const time = times[size] as number;
    const order = orders[size] as number;
    let at = 0;
    for (let first = 1; first < size; first = ARITY * at + 1) {
      const least = this.#least(first, Math.min(first + ARITY, size));
      const below = times[least] as number;
      if (time < below || (time === below && order < (orders[least] as number))) break;
      this.#move(least, at);
      at = least;
    }
    this.#put(at, this.#heap[size] as number, time, order);
  }

  /** The place with the least key among siblings. */
  #least(first: number, end: number): number {
    const times = this.#times;
    const orders = this.#orders;
    let least = first;
    let time = times[first] as number;
    for (let at = first + 1; at < end; at++) {
      const other = times[at] as number;
      if (other > time) continue;
      if (other === time && (orders[at] as number) > (orders[least] as number)) continue;
      least = at;
      time = other;
    }
    return least;
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#orders[to] = this.#orders[from] as number;
    this.#heap[to] = this.#heap[from] as number;
  }

  #put(at: number, slot: number, time: number, order: number): void {
    this.#times[at] = time;
    this.#orders[at] = order;
    this.#heap[at] = slot;
  }
}
