import type { Key } from "../../api/object.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { Backoff } from "../framework/config.ts";
import { KeyedHeap } from "./heap.ts";
import type { Waiting } from "./waiting.ts";

/** Back-offs end with the whole second that they fall in, all of one second together (upstream `backoffQOrderingWindowDuration`). */
const WINDOW: Micros = SECOND;

type Before = (a: Waiting, b: Waiting) => boolean;

/**
 * Pods that back off, by the second in which that ends. Those that were refused stand within it as in the active queue,
 * because an idle scheduler takes them before their time; those whose last attempt ended in an error wait it out.
 */
export class BackoffPods {
  readonly #refused: KeyedHeap<Waiting>;
  readonly #failed: KeyedHeap<Waiting>;

  readonly #backoff: Backoff;

  /** `before`: the order of the active queue. */
  constructor(before: Before, backoff: Backoff) {
    this.#backoff = backoff;
    const keyOf = (waiting: Waiting): Key => waiting.key;
    const byWindow =
      (then: Before): Before =>
      (a, b) => {
        const difference = this.#windowOf(a) - this.#windowOf(b);
        return difference === 0 ? then(a, b) : difference < 0;
      };
    this.#refused = new KeyedHeap(keyOf, byWindow(before));
    this.#failed = new KeyedHeap(
      keyOf,
      byWindow((a, b) => a.sequence < b.sequence),
    );
  }

  get size(): number {
    return this.#refused.size + this.#failed.size;
  }

  get(key: Key): Waiting | undefined {
    return this.#refused.get(key) ?? this.#failed.get(key);
  }

  /** Adds a pod, or replaces it where it stands. */
  put(waiting: Waiting): void {
    (waiting.refusedBy.length === 0 ? this.#failed : this.#refused).put(waiting);
  }

  remove(key: Key): Waiting | undefined {
    return this.#refused.remove(key) ?? this.#failed.remove(key);
  }

  /** Whether `pop` would answer a pod. */
  get ready(): boolean {
    return this.#refused.size > 0;
  }

  /** The first of those that may be taken before their time. */
  pop(): Waiting | undefined {
    return this.#refused.pop();
  }

  /** Takes out the pods whose back-off is over. */
  *over(now: Micros): IterableIterator<Waiting> {
    for (const heap of [this.#refused, this.#failed])
      for (let next = heap.peek(); next !== undefined; next = heap.peek()) {
        if (this.lasts(next, now)) break;
        heap.pop();
        yield next;
      }
  }

  /** When the first back-off is over. */
  nextOver(): Micros | undefined {
    const heads = [this.#refused.peek(), this.#failed.peek()].filter((head) => head !== undefined);
    return heads.length === 0
      ? undefined
      : (Math.min(...heads.map((head) => this.#windowOf(head))) + 1) * WINDOW;
  }

  clear(): void {
    this.#refused.clear();
    this.#failed.clear();
  }

  save(): readonly Waiting[] {
    return [...this.#refused.values(), ...this.#failed.values()];
  }

  /** Whether a pod that was tried has still to wait. */
  lasts(waiting: Waiting, now: Micros): boolean {
    return waiting.attempts > 0 && this.#windowOf(waiting) >= Math.floor(now / WINDOW);
  }

  /** Number of the second in which a pod's back-off ends. */
  #windowOf({ since, attempts }: Waiting): number {
    return Math.floor((since + this.#after(attempts)) / WINDOW);
  }

  /** Back-off after the n-th failed attempt: 1, 2, 4, 8, 10 s unless configured. */
  #after(attempts: number): Micros {
    const { first, longest } = this.#backoff;
    return attempts <= 0 ? 0 : Math.min(first * (1 << Math.min(attempts - 1, 30)), longest);
  }
}
