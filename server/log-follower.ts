import type { ServerResponse } from "node:http";
import type { LogFollow } from "../sim/api/rest/streams.ts";

interface Follower {
  readonly follow: LogFollow;
  readonly response: ServerResponse;
}

/** Sends those who follow a log what is printed, until the container ends or they go away. */
export class LogFollowers {
  readonly #open = new Set<Follower>();

  /** How many follow. */
  get size(): number {
    return this.#open.size;
  }

  /** Goes on with a log whose lines up to now were sent. */
  serve(follow: LogFollow, response: ServerResponse): void {
    const follower = { follow, response };
    this.#open.add(follower);
    response.flushHeaders();
    response.on("close", () => this.#open.delete(follower));
    response.on("error", () => this.#open.delete(follower));
  }

  /** Lets each send what was printed by now; who does not take it is passed over until he does. */
  poll(): void {
    for (const { follow, response } of [...this.#open]) {
      if (response.writableNeedDrain) continue;
      const { text, done } = follow();
      if (text !== "") response.write(text);
      if (done) response.end();
    }
  }

  close(): void {
    for (const { response } of [...this.#open]) response.end();
    this.#open.clear();
  }
}
