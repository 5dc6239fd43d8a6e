import type { Micros } from "../engine/time.ts";

/** Heartbeats of one node as the facts that they are computed from. */
export interface Heartbeat {
  /** When the first one was sent. */
  readonly anchor: Micros;
  /** Time between renewals of the Lease (10 s). */
  readonly period: Micros;
  /** Time between reports of an unchanged status (5 min); never again when absent. */
  readonly statusPeriod: Micros | undefined;
  /** When the last status was written for a reason of its own. */
  readonly statusAnchor: Micros;
  /** Since when no more are sent. */
  readonly stoppedAt: Micros | undefined;
}

/** Told when the heartbeats of a node begin, stop, or are forgotten with the node. */
export type HeartbeatListener = (node: string, change: "began" | "stopped" | "forgotten") => void;

/**
 * When each node last renewed its Lease and reported its status: computed when somebody asks. A healthy node costs
 * nothing however long the run; listeners hear of a node only when its heartbeats stop or begin again.
 */
export class Heartbeats {
  readonly #nodes = new Map<string, Heartbeat>();
  readonly #listeners: HeartbeatListener[] = [];

  /** A node sends heartbeats from now on (again): one now, and one each period after it. */
  begin(node: string, now: Micros, period: Micros, statusPeriod?: Micros): void {
    const before = this.#nodes.get(node);
    this.#nodes.set(node, {
      anchor: now,
      period,
      statusPeriod,
      statusAnchor: statusPeriod === undefined ? (before?.statusAnchor ?? now) : now,
      stoppedAt: undefined,
    });
    this.#tell(node, "began");
  }

  /** A node sends no more heartbeats from now on. */
  stop(node: string, now: Micros): void {
    const heartbeat = this.#nodes.get(node);
    if (heartbeat === undefined || heartbeat.stoppedAt !== undefined) return;
    this.#nodes.set(node, { ...heartbeat, stoppedAt: now });
    this.#tell(node, "stopped");
  }

  /** The node is gone for good. */
  forget(node: string): void {
    if (this.#nodes.delete(node)) this.#tell(node, "forgotten");
  }

  get(node: string): Heartbeat | undefined {
    return this.#nodes.get(node);
  }

  /** Nodes that ever sent a heartbeat, in the order of their first. */
  nodes(): Iterable<string> {
    return this.#nodes.keys();
  }

  /** Whether a node's heartbeats go on by themselves. */
  alive(node: string): boolean {
    const heartbeat = this.#nodes.get(node);
    return heartbeat !== undefined && heartbeat.stoppedAt === undefined;
  }

  /** When the Lease was last renewed, as of now; `undefined` for a node that never sent a heartbeat. */
  lastRenewal(node: string, now: Micros): Micros | undefined {
    const heartbeat = this.#nodes.get(node);
    if (heartbeat === undefined) return undefined;
    return latest(heartbeat.anchor, heartbeat.period, heartbeat.stoppedAt ?? now, now);
  }

  /** When the node's status was last reported, as of now. */
  lastStatus(node: string, now: Micros): Micros | undefined {
    const heartbeat = this.#nodes.get(node);
    if (heartbeat === undefined) return undefined;
    const { statusAnchor, statusPeriod, stoppedAt } = heartbeat;
    return statusPeriod === undefined
      ? statusAnchor
      : latest(statusAnchor, statusPeriod, stoppedAt ?? now, now);
  }

  onChange(listener: HeartbeatListener): void {
    this.#listeners.push(listener);
  }

  save(): readonly (readonly [string, Heartbeat])[] {
    return [...this.#nodes];
  }

  /** Takes a saved table over; listeners are not told: their own state is restored beside it. */
  load(state: unknown): void {
    this.#nodes.clear();
    for (const [node, heartbeat] of state as [string, Heartbeat][])
      this.#nodes.set(node, heartbeat);
  }

  #tell(node: string, change: "began" | "stopped" | "forgotten"): void {
    for (const listener of this.#listeners) listener(node, change);
  }
}

/** The newest of anchor, anchor + period, … that is before the end and not after now. */
function latest(anchor: Micros, period: Micros, end: Micros, now: Micros): Micros {
  const until = Math.min(end, now);
  return until <= anchor ? anchor : anchor + Math.floor((until - anchor) / period) * period;
}
