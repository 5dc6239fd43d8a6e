import type { Pod } from "../api/types.gen.ts";
import type { Actor, Engine } from "../engine/engine.ts";
import { MILLISECOND, type Micros } from "../engine/time.ts";
import type { Binder } from "./binding.ts";
import type { NominatedPods } from "./nominated-pods.ts";

type PreemptorEvent =
  | { readonly type: "end"; readonly victim: Pod; readonly by: Pod; readonly node: string }
  | { readonly type: "failed"; readonly by: Pod };

/** What the tries of a write take that fails (client-go `retry.DefaultBackoff`: 10, 50 and 250 ms between them). */
const TRIES: Micros = 310 * MILLISECOND;

/** What the scheduler does for its preemptor. */
interface PreemptorHooks {
  /** Takes its node back from a victim that a Permit plugin holds back; whether it was one. */
  readonly withdraw: (victim: Pod) => boolean;
  /** Told for whom a victim could not be ended. */
  readonly failed: (by: Pod) => void;
}

/** Ends victims beside the scheduling of others, as upstream's asynchronous preemption does. */
export class Preemptor implements Actor<PreemptorEvent> {
  readonly name = "scheduler/preemption";
  readonly #engine: Engine;
  readonly #binder: Binder;
  readonly #latency: Micros;
  readonly #nominated: NominatedPods;
  readonly #hooks: PreemptorHooks;

  /** `latency`: how long the answer to one write takes. */
  constructor(
    engine: Engine,
    binder: Binder,
    latency: Micros,
    nominated: NominatedPods,
    hooks: PreemptorHooks,
  ) {
    this.#engine = engine;
    this.#binder = binder;
    this.#latency = latency;
    this.#nominated = nominated;
    this.#hooks = hooks;
    engine.register(this);
  }

  /**
   * Victims that are not ending already: all but the last together; the last once their two writes each, a condition and a deletion, are answered. The last
   * one is spared when another could not be ended.
   */
  end(victims: readonly Pod[], by: Pod, node: string): void {
    const staying = victims.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const last = staying.at(-1);
    if (last === undefined) return;
    // They may no longer fit there, and may look for another place at once.
    for (const other of this.#nominated.lessImportant(node, by))
      this.#binder.clearNomination(other);
    const others = staying.slice(0, -1);
    const ended = others.map((victim) => this.#end(victim, by, node));
    const after = others.length === 0 ? 0 : 2 * (this.#latency + this.#binder.delay());
    if (ended.includes(false)) this.#giveUp(by);
    else if (after === 0) this.handle({ type: "end", victim: last, by, node });
    else this.#engine.after(after, this.name, { type: "end", victim: last, by, node });
  }

  handle(event: PreemptorEvent): void {
    if (event.type === "failed") this.#hooks.failed(event.by);
    else if (!this.#end(event.victim, event.by, event.node)) this.#giveUp(event.by);
  }

  /** Ends one victim, or takes its place from one that is not bound yet. Answers whether it makes room. */
  #end(victim: Pod, by: Pod, node: string): boolean {
    if (!this.#hooks.withdraw(victim)) return this.#binder.preempt(victim, by, node);
    this.#binder.tellPreempted(victim, by, node);
    return true;
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
