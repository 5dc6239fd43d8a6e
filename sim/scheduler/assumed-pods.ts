import type { Binder } from "./binding.ts";
import type { SchedulingCore } from "./cycle/scheduling-core.ts";
import type { Permits } from "./permits.ts";
import type { Assumed } from "./scheduler-state.ts";

/** Pods that were given a node and whose binding has not been seen yet: they count as if they were there. */
export class AssumedPods {
  readonly #core: SchedulingCore;
  readonly #binder: Binder;
  readonly #permits: Permits;
  readonly #pods = new Map<string, Assumed>();

  constructor(core: SchedulingCore, binder: Binder, permits: Permits) {
    this.#core = core;
    this.#binder = binder;
    this.#permits = permits;
  }

  get pods(): ReadonlyMap<string, Assumed> {
    return this.#pods;
  }

  add(assumed: Assumed): void {
    const { pod, node } = assumed;
    this.#core.snapshot.addPod(pod, node);
    this.#pods.set(pod.metadata.uid, assumed);
  }

  /** The binding of a pod has been seen; whether it was one of these. */
  confirm(uid: string): boolean {
    return this.#pods.delete(uid);
  }

  /** A pod gives up its place, and what plugins set aside for it. */
  release({ pod, node }: Assumed): void {
    this.#pods.delete(pod.metadata.uid);
    this.#permits.forget(pod.metadata.uid);
    this.#core.snapshot.removePod(pod);
    this.#core.unreserve(pod, node, (claim) => this.#binder.discard(claim, pod));
  }

  clear(): void {
    this.#pods.clear();
  }

  save(): readonly Assumed[] {
    return [...this.#pods.values()];
  }

  load(saved: readonly Assumed[]): void {
    this.#pods.clear();
    for (const assumed of saved) this.#pods.set(assumed.pod.metadata.uid, assumed);
  }
}
