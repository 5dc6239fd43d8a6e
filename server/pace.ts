import { MINUTE, type Micros, SECOND } from "../sim/engine/time.ts";

/** How virtual time runs while clients are connected. */
export type ServePace =
  | { readonly kind: "real"; readonly speed: number }
  | { readonly kind: "step" }
  | { readonly kind: "settle" };

/** Reads `1x` … `1000x`, `step` or `settle`; undefined for anything else. */
export function parsePace(text: string): ServePace | undefined {
  if (text === "step" || text === "settle") return { kind: text };
  const match = /^(\d+(?:\.\d+)?)x$/.exec(text);
  const speed = Number(match?.[1] ?? 0);
  return speed >= 0.001 && speed <= 1000 ? { kind: "real", speed } : undefined;
}

/** What a driver moves: the clock of a cluster. */
export interface Timeline {
  readonly now: Micros;
  readonly engine: { nextTime(): Micros | undefined; step(): boolean };
  runUntil(time: Micros): void;
  settle(limit: Micros, quiet?: Micros): Micros;
}

/** How long one settling may take in virtual time. */
const SETTLE_LIMIT: Micros = 10 * MINUTE;
/** A cluster is quiet when nothing was written for this long. */
const QUIET: Micros = 15 * SECOND;
/** How long the events of one turn may keep requests waiting, in milliseconds. */
const TURN_MS = 20;
/** How often the clock moves on when nothing is due, in milliseconds. */
const IDLE_MS = 250;

/** Moves virtual time while the server runs. */
export interface Driver {
  /** Before a request: virtual time is brought up to date. */
  before(): void;
  /** After a request that may have changed something. */
  after(): void;
  /** Moves time on by hand. */
  advance(by: Micros): void;
  /** Milliseconds that a span of virtual time takes. */
  wallMs(span: Micros): number;
  close(): void;
}

/** The driver of a pace. */
export function makeDriver(pace: ServePace, timeline: Timeline): Driver {
  if (pace.kind === "real") return new WallDriver(pace.speed, timeline);
  const settle = (): void => {
    if (pace.kind === "settle") timeline.settle(timeline.now + SETTLE_LIMIT, QUIET);
  };
  settle();
  return {
    before: () => {},
    after: settle,
    advance: (by) => timeline.runUntil(timeline.now + by),
    wallMs: () => 0,
    close: () => {},
  };
}

/** Virtual time follows the wall clock, `speed` times as fast. What does not keep up runs as fast as it can. */
class WallDriver implements Driver {
  readonly #speed: number;
  readonly #timeline: Timeline;
  #anchorWall = performance.now();
  #anchorVirtual: Micros;
  #timer: NodeJS.Timeout | undefined;

  constructor(speed: number, timeline: Timeline) {
    this.#speed = speed;
    this.#timeline = timeline;
    this.#anchorVirtual = timeline.now;
    this.#schedule();
  }

  before(): void {
    this.#run();
  }

  after(): void {
    this.#schedule();
  }

  advance(by: Micros): void {
    this.#timeline.runUntil(this.#timeline.now + by);
    this.#anchorVirtual = this.#timeline.now;
    this.#anchorWall = performance.now();
  }

  wallMs(span: Micros): number {
    return span / 1000 / this.#speed;
  }

  close(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #target(): Micros {
    const wall = performance.now() - this.#anchorWall;
    return this.#anchorVirtual + Math.floor(wall * 1000 * this.#speed);
  }

  /** Runs what is due, but no longer than a turn: then time falls behind and is anchored anew. */
  #run(): boolean {
    const timeline = this.#timeline;
    const target = this.#target();
    const until = performance.now() + TURN_MS;
    for (;;) {
      const next = timeline.engine.nextTime();
      if (next === undefined || next > target) break;
      timeline.engine.step();
      if (performance.now() < until) continue;
      this.#anchorVirtual = timeline.now;
      this.#anchorWall = performance.now();
      return false;
    }
    timeline.runUntil(Math.max(target, timeline.now));
    return true;
  }

  #schedule(): void {
    this.close();
    const next = this.#timeline.engine.nextTime();
    const due = next === undefined ? IDLE_MS : (next - this.#target()) / 1000 / this.#speed;
    this.#timer = setTimeout(
      () => {
        const caughtUp = this.#run();
        if (caughtUp) this.#schedule();
        else this.#timer = setTimeout(() => this.after(), 0);
      },
      Math.max(1, Math.min(due, IDLE_MS)),
    );
  }
}
