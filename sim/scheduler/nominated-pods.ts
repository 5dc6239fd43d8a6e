import { type Key, keyOf } from "../api/object.ts";
import type { Pod } from "../api/types.gen.ts";
import type { Snapshot } from "./snapshot/snapshot.ts";

/** Waiting pods that were promised a node, by preemption or by whoever wrote it into their status. */
export class NominatedPods {
  readonly #snapshot: Snapshot;
  readonly #nodes = new Map<Key, string>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** Promises a pod a node; none takes the promise back. */
  set(pod: Pod, node: string | undefined): void {
    const key = keyOf(pod);
    const promised = this.#nodes.delete(key);
    if (node === undefined && !promised) return;
    if (node !== undefined) this.#nodes.set(key, node);
    this.#snapshot.nominate(pod, node);
  }

  /**
   * A waiting pod changed. What its status says counts; where it says nothing, and did not before, a promise that is not
   * written yet stands (upstream `UpdateNominatedPod`).
   */
  follow(before: Pod, pod: Pod): void {
    const [was, is] = [before.status?.nominatedNodeName, pod.status?.nominatedNodeName];
    if (was || is) this.set(pod, is || undefined);
  }

  /** Pods that were promised a node and are less important than one that gets it. */
  lessImportant(node: string, { spec: { priority = 0 } }: Pod): readonly Pod[] {
    const promised = this.#snapshot.nominations.to(node);
    return promised.filter((other) => other.priority < priority).map(({ pod }) => pod);
  }

  clear(): void {
    this.#nodes.clear();
  }

  save(): readonly (readonly [Key, string])[] {
    return [...this.#nodes];
  }

  load(saved: readonly (readonly [Key, string])[]): void {
    this.#nodes.clear();
    for (const [key, node] of saved) this.#nodes.set(key, node);
  }

  /** Puts the promises into the snapshot, which was built anew. */
  fill(find: (key: Key) => Pod | undefined): void {
    for (const [key, node] of this.#nodes) {
      const pod = find(key);
      if (pod !== undefined) this.#snapshot.nominate(pod, node);
    }
  }
}
