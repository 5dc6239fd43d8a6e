import type { ServerResponse } from "node:http";
import type { LogFollow } from "../sim/api/rest/streams.ts";

/** Whom lines are sent to. */
export interface Listener {
  /** Whether it has not yet taken what it was sent. */
  readonly full: () => boolean;
  readonly write: (text: string) => void;
  /** The log has ended. */
  readonly end: () => void;
}

interface Follower {
  readonly follow: LogFollow;
  readonly listener: Listener;
}

/** Sends those who follow a log what is printed, until the container ends or they go away. */
export class LogFollowers {
  readonly #open = new Set<Follower>();

  /** How many follow. */
  get size(): number {
    return this.#open.size;
  }

  /** Goes on with a log whose lines up to now were sent. The answer is to be called when the listener goes away. */
  add(follow: LogFollow, listener: Listener): () => void {
    const follower = { follow, listener };
    this.#open.add(follower);
    return () => this.#open.delete(follower);
  }

  /** Goes on with a log as the rest of a response. */
  serve(follow: LogFollow, response: ServerResponse): void {
    const leave = this.add(follow, {
      full: () => response.writableNeedDrain,
      write: (text) => response.write(text),
      end: () => response.end(),
    });
    response.flushHeaders();
    response.on("close", leave);
    response.on("error", leave);
  }

  /** Lets each send what was printed by now; who does not take it is passed over until he does. */
  poll(): void {
    for (const follower of [...this.#open]) {
      const { follow, listener } = follower;
      if (listener.full()) continue;
      const { text, done } = follow();
      if (text !== "") listener.write(text);
      if (!done) continue;
      this.#open.delete(follower);
      listener.end();
    }
  }

  close(): void {
    for (const { listener } of [...this.#open]) listener.end();
    this.#open.clear();
  }
}
