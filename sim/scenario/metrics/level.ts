import type { Micros } from "../../engine/time.ts";
import type { Sample } from "./metric.ts";

/** A level over time: each value counts for as long as it held. */
export class Level {
  readonly #samples: Sample[] = [];
  #value: number | undefined;
  #since: Micros = 0;

  /** `value`: what it is from the beginning on, where that is known: nothing is counted as none, not as unknown. */
  constructor(value?: number) {
    this.#value = value;
  }

  /** The level is this from a time on. */
  set(time: Micros, value: number | undefined): void {
    if (value === this.#value) return;
    this.#close(time);
    this.#value = value;
    this.#since = time;
  }

  samples(end: Micros): readonly Sample[] {
    this.#close(end);
    this.#since = Math.max(this.#since, end);
    return this.#samples;
  }

  #close(time: Micros): void {
    if (this.#value === undefined || time <= this.#since) return;
    this.#samples.push({ time: this.#since, value: this.#value, weight: time - this.#since });
  }
}
