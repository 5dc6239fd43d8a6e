import { type Micros, SECOND } from "../engine/time.ts";

/** Requests a second and how many may go at once (client-go `flowcontrol`). */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Token bucket in virtual time: answers when the next request may go. State is one number: when the bucket would be full. */
export class RateLimiter {
  readonly #limit: RateLimit | undefined;
  #fullAt: Micros = 0;

  /** No limit at all without one. */
  constructor(limit: RateLimit | undefined) {
    this.#limit = limit;
  }

  /** Takes a token and answers when it is there: now, or later. */
  reserve(now: Micros): Micros {
    if (this.#limit === undefined) return now;
    const interval = Math.round(SECOND / this.#limit.perSecond);
    this.#fullAt = Math.max(this.#fullAt, now) + interval;
    return Math.max(now, this.#fullAt - this.#limit.burst * interval);
  }

  save(): Micros {
    return this.#fullAt;
  }

  load(state: Micros): void {
    this.#fullAt = state;
  }
}
