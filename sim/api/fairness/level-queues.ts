import { hashHigh, hashLow, hashStart, hashText } from "../../engine/hash.ts";
import { type Micros, SECOND } from "../../engine/time.ts";

/** How long a request may wait for a seat: a quarter of the request timeout of a minute. */
const LONGEST_WAIT: Micros = 15 * SECOND;

/** What a level lets in. */
export interface LevelLimits {
  /** How many may work at once. */
  readonly seats: number;
  /** Queues of those who wait; none where nobody may. */
  readonly queues: number;
  /** Queues that one flow is spread over. */
  readonly handSize: number;
  /** How many may wait in one queue. */
  readonly queueLength: number;
}

/** Why a request is not let in. */
export type Rejection = "concurrency-limit" | "queue-full" | "time-out";

interface Working {
  readonly start: Micros;
  readonly end: Micros;
  readonly seats: number;
}

/**
 * The seats and queues of one priority level. A request's wait is known when it comes: queues take turns, so it waits for
 * those before it in its own queue and for as many rounds of the others, at the pace at which the seats serve them.
 */
export class LevelQueues {
  readonly #limits: LevelLimits;
  #working: Working[] = [];
  /** When those who wait will start, by their queue. */
  readonly #waiting = new Map<number, Micros[]>();

  constructor(limits: LevelLimits) {
    this.#limits = limits;
  }

  /** When a request of a flow starts that takes seats for some time; or why it may not. */
  admit(flow: string, now: Micros, seats: number, work: Micros): Micros | Rejection {
    this.#forget(now);
    const wanted = Math.min(seats, this.#limits.seats);
    if (this.#waiting.size === 0 && this.#busyAt(now) + wanted <= this.#limits.seats)
      return this.#start(now, wanted, work);
    if (this.#limits.queues === 0) return "concurrency-limit";
    const queue = this.#shortestOf(flow);
    const before = this.#waiting.get(queue) ?? [];
    if (before.length >= this.#limits.queueLength) return "queue-full";
    const ahead = this.#ahead(queue, before.length);
    const start = this.#nextFree(now) + Math.floor((ahead * work) / this.#limits.seats);
    if (start - now > LONGEST_WAIT) return "time-out";
    this.#waiting.set(queue, [...before, start]);
    return this.#start(start, wanted, work);
  }

  #start(start: Micros, seats: number, work: Micros): Micros {
    this.#working.push({ start, end: start + work, seats });
    return start;
  }

  #forget(now: Micros): void {
    if (this.#working.length === 0) return;
    this.#working = this.#working.filter(({ end }) => end > now);
    for (const [queue, starts] of this.#waiting) {
      const left = starts.filter((start) => start > now);
      if (left.length === 0) this.#waiting.delete(queue);
      else this.#waiting.set(queue, left);
    }
  }

  #busyAt(now: Micros): number {
    return this.#working.reduce((sum, { start, seats }) => sum + (start <= now ? seats : 0), 0);
  }

  #nextFree(now: Micros): Micros {
    const ends = this.#working.filter(({ start }) => start <= now).map(({ end }) => end);
    return ends.length === 0 ? now : Math.min(...ends);
  }

  /** Requests that are served before the next of a queue. */
  #ahead(queue: number, length: number): number {
    let ahead = length;
    for (const [other, starts] of this.#waiting)
      if (other !== queue) ahead += Math.min(starts.length, length + 1);
    return ahead;
  }

  /** The shortest of the queues that a flow is dealt. */
  #shortestOf(flow: string): number {
    let best = 0;
    let shortest = Number.POSITIVE_INFINITY;
    for (const queue of hand(flow, this.#limits.queues, this.#limits.handSize)) {
      const { length } = this.#waiting.get(queue) ?? [];
      if (length >= shortest) continue;
      [best, shortest] = [queue, length];
    }
    return best;
  }
}

/** A hand of different queues for a flow, always the same one (shuffle sharding). */
function hand(flow: string, queues: number, size: number): readonly number[] {
  hashStart();
  hashText(flow);
  // 53 bits are enough to deal eight of 128 queues almost evenly.
  let deal = ((hashHigh() >>> 0) % 2_097_152) * 4_294_967_296 + (hashLow() >>> 0);
  const cards: number[] = [];
  for (let at = 0; at < Math.min(size, queues); at++) {
    const left = queues - at;
    let card = deal % left;
    deal = Math.floor(deal / left);
    for (const taken of [...cards].sort((a, b) => a - b)) if (card >= taken) card += 1;
    cards.push(card);
  }
  return cards;
}
