import type { Pod } from "../api/types.gen.ts";
import type { Actor, Engine } from "../engine/engine.ts";
import { MILLISECOND, type Micros } from "../engine/time.ts";
import type { Binder } from "./binding.ts";

type PreemptorEvent =
  | { readonly type: "end"; readonly victim: Pod; readonly by: Pod; readonly node: string }
  | { readonly type: "failed"; readonly by: Pod };

/** What the tries of a write take that fails (client-go `retry.DefaultBackoff`: 10, 50 and 250 ms between them). */
const TRIES: Micros = 310 * MILLISECOND;

/** Ends victims beside the scheduling of others, as upstream's asynchronous preemption does. */
export class Preemptor implements Actor<PreemptorEvent> {
  readonly name = "scheduler/preemption";
  readonly #engine: Engine;
  readonly #binder: Binder;
  readonly #latency: Micros;
  readonly #failed: (by: Pod) => void;

  /** `latency`: how long the answer to one write takes; `failed`: told for whom a victim could not be ended. */
  constructor(engine: Engine, binder: Binder, latency: Micros, failed: (by: Pod) => void) {
    this.#engine = engine;
    this.#binder = binder;
    this.#latency = latency;
    this.#failed = failed;
    engine.register(this);
  }

  /**
   * All but the last together; the last once their two writes each, a condition and a deletion, are answered. The last
   * one is spared when another could not be ended.
   */
  end(victims: readonly Pod[], by: Pod, node: string): void {
    const last = victims.at(-1);
    if (last === undefined) return;
    const others = victims.slice(0, -1);
    const ended = others.map((victim) => this.#binder.preempt(victim, by, node));
    const after = others.length === 0 ? 0 : 2 * (this.#latency + this.#binder.delay());
    if (ended.includes(false)) this.#giveUp(by);
    else if (after === 0) this.handle({ type: "end", victim: last, by, node });
    else this.#engine.after(after, this.name, { type: "end", victim: last, by, node });
  }

  handle(event: PreemptorEvent): void {
    if (event.type === "failed") this.#failed(event.by);
    else if (!this.#binder.preempt(event.victim, event.by, event.node)) this.#giveUp(event.by);
  }

  #giveUp(by: Pod): void {
    this.#engine.after(TRIES, this.name, { type: "failed", by });
  }

  /** Whom it ends when stands in the event list. */
  save(): undefined {
    return undefined;
  }

  load(): void {}
}
