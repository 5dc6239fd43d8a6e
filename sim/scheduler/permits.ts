import { goSpan, type Micros } from "../engine/time.ts";
import type { SchedulingCore } from "./cycle/scheduling-core.ts";
import { refusedMessage } from "./framework/message.ts";
import type { PermitWait } from "./framework/plugin.ts";
import type { Assumed, Held } from "./scheduler-state.ts";

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
  #waiting = new Map<string, Held>();

  hold(uid: string, { wait, plugin }: PermitWait, now: Micros): void {
    const reason = `rejected due to timeout after waiting ${goSpan(wait)} at plugin ${plugin}`;
    this.#waiting.set(uid, { until: now + wait, reason });
  }

  /** Whether a pod is held back. */
  holds(uid: string): boolean {
    return this.#waiting.has(uid);
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
    for (const { until } of this.#waiting.values())
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
    for (const [uid, { until, reason }] of [...this.#waiting]) {
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
        yield { uid, granted: false, assumed, message: refusedMessage(answer.reject.reasons) };
      else if (until <= now)
        yield { uid, granted: false, assumed, message: refusedMessage([reason]) };
    }
  }

  save(): readonly (readonly [uid: string, Held])[] {
    return [...this.#waiting];
  }

  load(waiting: readonly (readonly [uid: string, Held])[]): void {
    this.#waiting = new Map(waiting);
  }
}
