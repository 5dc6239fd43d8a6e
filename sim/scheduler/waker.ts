import type { KubeObject } from "../api/object.ts";
import type { Pod } from "../api/types.gen.ts";
import type { Engine } from "../engine/engine.ts";
import type { Seq } from "../engine/journal.ts";
import type { SchedulingCore } from "./cycle/scheduling-core.ts";
import type { Happened } from "./cycle/wake-index.ts";
import type { SchedulingQueue } from "./queue/scheduling-queue.ts";

/** What it means to others that a pod gives up its place. */
const LEFT: readonly Happened[] = [{ resource: "AssignedPod", action: "delete" }];

/** Wakes pods that were refused when something happens that may help them. */
export class Waker {
  readonly #engine: Engine;
  readonly #core: SchedulingCore;
  readonly #queue: SchedulingQueue;
  readonly #woken: () => void;

  /** `woken`: told when somebody may have been. */
  constructor(engine: Engine, core: SchedulingCore, queue: SchedulingQueue, woken: () => void) {
    this.#engine = engine;
    this.#core = core;
    this.#queue = queue;
    this.#woken = woken;
  }

  /** Something happened to an object. What became of a pod is no news to itself: one that is refused does not wake itself by that. */
  wake(
    happened: readonly Happened[],
    before: KubeObject | undefined,
    after: KubeObject | undefined,
    cause: Seq,
  ): void {
    const own = (after ?? before)?.metadata.uid;
    this.#wake(happened, before, after, cause, ({ metadata }) => metadata.uid !== own);
  }

  /** A pod gave up its place. */
  left(pod: Pod, cause: Seq): void {
    this.wake(LEFT, pod, undefined, cause);
  }

  /**
   * A pod gave up the node it was promised. Until then less and equally important ones took it for placed there: to them
   * it left it (upstream `getLEPriorityPreCheck`), and it may look for another place itself.
   */
  promiseEnded(pod: Pod, cause: Seq): void {
    const { priority = 0 } = pod.spec;
    this.#wake(LEFT, pod, undefined, cause, ({ spec }) => (spec.priority ?? 0) <= priority);
  }

  #wake(
    happened: readonly Happened[],
    before: KubeObject | undefined,
    after: KubeObject | undefined,
    cause: Seq,
    concerns: (waiting: Pod) => boolean,
  ): void {
    if (happened.length === 0 || this.#queue.held === 0) return;
    const { now } = this.#engine;
    for (const one of happened) {
      this.#queue.wake(
        this.#core.waitingFor(one),
        ({ pod, refusedBy, gatedBy }) =>
          concerns(pod) &&
          this.#core.helps(pod, refusedBy, one, before, after) &&
          (gatedBy === undefined || this.#core.preEnqueue(pod) === undefined),
        now,
        cause,
      );
    }
    this.#woken();
  }
}
