import type { Pod } from "../api/types.gen.ts";
import type { Seq } from "../engine/journal.ts";
import type { PodRun } from "./pod/pod-run.ts";

/** What of a kubelet it takes to tell it of a pod's change. */
interface Follower {
  podChanged(key: string, pod: Pod, cause: Seq, run: PodRun): void;
}

/** A pod on its node. */
interface PodPlace {
  readonly kubelet: Follower;
  readonly run: PodRun;
}

/**
 * Where the pods of all nodes run, by their rows in the store: most changes of pods are answered by their kubelets, and
 * come with the row.
 */
export class PodPlaces {
  readonly #places: (PodPlace | undefined)[] = [];

  at(row: number): PodPlace | undefined {
    return this.#places[row];
  }

  put(kubelet: Follower, run: PodRun): void {
    if (run.row === undefined) return;
    while (this.#places.length < run.row) this.#places.push(undefined);
    this.#places[run.row] = { kubelet, run };
  }

  /** The pod no longer runs. Its row may be another's by now. */
  remove(run: PodRun): void {
    if (run.row !== undefined && this.#places[run.row]?.run === run)
      this.#places[run.row] = undefined;
  }

  clear(): void {
    this.#places.length = 0;
  }
}
