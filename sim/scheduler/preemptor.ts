import type { Pod } from "../api/types.gen.ts";
import type { Actor, Engine } from "../engine/engine.ts";
import type { Micros } from "../engine/time.ts";
import type { Binder } from "./binding.ts";

interface LastVictim {
  readonly type: "end";
  readonly victim: Pod;
  readonly by: Pod;
  readonly node: string;
}

/** Ends victims beside the scheduling of others, as upstream's asynchronous preemption does. */
export class Preemptor implements Actor<LastVictim> {
  readonly name = "scheduler/preemption";
  readonly #engine: Engine;
  readonly #binder: Binder;
  readonly #latency: Micros;

  /** `latency`: how long the answer to one write takes. */
  constructor(engine: Engine, binder: Binder, latency: Micros) {
    this.#engine = engine;
    this.#binder = binder;
    this.#latency = latency;
    engine.register(this);
  }

  /** All but the last together; the last once their two writes each, a condition and a deletion, are answered. */
  end(victims: readonly Pod[], by: Pod, node: string): void {
    const last = victims.at(-1);
    if (last === undefined) return;
    const others = victims.slice(0, -1);
    for (const victim of others) this.#binder.preempt(victim, by, node);
    const after = others.length === 0 ? 0 : 2 * this.#latency;
    if (after === 0) this.#binder.preempt(last, by, node);
    else this.#engine.after(after, this.name, { type: "end", victim: last, by, node });
  }

  handle({ victim, by, node }: LastVictim): void {
    this.#binder.preempt(victim, by, node);
  }

  /** Whom it ends when stands in the event list. */
  save(): undefined {
    return undefined;
  }

  load(): void {}
}
