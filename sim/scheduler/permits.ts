import type { Micros } from "../engine/time.ts";
import type { SchedulingCore } from "./cycle/scheduling-core.ts";
import type { Assumed } from "./scheduler-state.ts";

/** What became of a pod that Permit plugins held back: its binding goes, or it is refused. */
export type Settled =
  | { readonly uid: string; readonly granted: true }
  | {
      readonly uid: string;
      readonly granted: false;
      readonly assumed: Assumed;
      readonly message: string;
    };

/** Assumed pods that a Permit plugin holds back, and until when it is patient. */
export class Permits {
  #waiting = new Map<string, Micros>();

  hold(uid: string, until: Micros): void {
    this.#waiting.set(uid, until);
  }

  forget(uid: string): void {
    this.#waiting.delete(uid);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** When the first patience ends. */
  get deadline(): Micros | undefined {
    let first: Micros | undefined;
    for (const until of this.#waiting.values())
      if (first === undefined || until < first) first = until;
    return first;
  }

  /**
   * Asks the plugins again, one pod after the other: whom they now let go (the gang is complete), whom they refuse, and
   * whose time is over. Pods are forgotten as they are told of.
   */
  *settle(
    core: SchedulingCore,
    pods: ReadonlyMap<string, Assumed>,
    now: Micros,
  ): IterableIterator<Settled> {
    for (const [uid, until] of [...this.#waiting]) {
      const assumed = pods.get(uid);
      if (assumed === undefined) {
        this.#waiting.delete(uid);
        continue;
      }
      const answer = core.permit(assumed.pod, assumed.node);
      if (answer === undefined) {
        this.#waiting.delete(uid);
        yield { uid, granted: true };
      } else if ("reject" in answer)
        yield { uid, granted: false, assumed, message: answer.reject.reasons.join(", ") };
      else if (until <= now)
        yield { uid, granted: false, assumed, message: "timeout waiting for permit" };
    }
  }

  save(): readonly (readonly [uid: string, until: Micros])[] {
    return [...this.#waiting];
  }

  load(waiting: readonly (readonly [uid: string, until: Micros])[]): void {
    this.#waiting = new Map(waiting);
  }
}
