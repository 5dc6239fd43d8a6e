import type { Key } from "../../api/object.ts";
import type { Waiting } from "./waiting.ts";

/**
 * Pods that were refused or are held back, by key and by the plugins to blame: an event concerns only those that some
 * plugin refused which waits for it.
 */
export class UnschedulablePods {
  readonly #pods = new Map<Key, Waiting>();
  readonly #refusedBy = new Map<string, Set<Key>>();

  get size(): number {
    return this.#pods.size;
  }

  get(key: Key): Waiting | undefined {
    return this.#pods.get(key);
  }

  /** Adds a pod, or replaces it where it stands. */
  set(waiting: Waiting): void {
    const { key, refusedBy } = waiting;
    const before = this.#pods.get(key);
    this.#pods.set(key, waiting);
    if (before?.refusedBy === refusedBy) return;
    if (before !== undefined) this.#forget(before);
    for (const plugin of refusedBy) {
      const keys = this.#refusedBy.get(plugin);
      if (keys === undefined) this.#refusedBy.set(plugin, new Set([key]));
      else keys.add(key);
    }
  }

  delete(key: Key): void {
    const waiting = this.#pods.get(key);
    if (waiting === undefined) return;
    this.#pods.delete(key);
    this.#forget(waiting);
  }

  clear(): void {
    this.#pods.clear();
    this.#refusedBy.clear();
  }

  /** All pods, the one that has waited longest first. */
  values(): Iterable<Waiting> {
    return this.#pods.values();
  }

  /** The pods that one of the plugins refused, each once. */
  refusedByAny(plugins: readonly string[]): readonly Waiting[] {
    const keys = new Set<Key>();
    for (const plugin of plugins)
      for (const key of this.#refusedBy.get(plugin) ?? []) keys.add(key);
    return [...keys].map((key) => this.#pods.get(key)).filter((pod) => pod !== undefined);
  }

  #forget({ key, refusedBy }: Waiting): void {
    for (const plugin of refusedBy) {
      const keys = this.#refusedBy.get(plugin);
      keys?.delete(key);
      if (keys?.size === 0) this.#refusedBy.delete(plugin);
    }
  }
}
