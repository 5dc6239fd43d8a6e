import type { ServerResponse } from "node:http";
import type { JsonObject } from "../sim/api/patch/json-value.ts";
import { encodeWatchFrame } from "../sim/api/protobuf/codec.ts";
import type { Frame } from "../sim/api/rest/shared-frames.ts";
import type { Watch } from "../sim/api/rest/watch.ts";
import type { Store } from "../sim/api/store.ts";
import type { Micros } from "../sim/engine/time.ts";
import type { ClockEdge } from "./clock-edge.ts";

/** Frames written in one go before the socket is asked whether it can take more. */
const BATCH = 256;
/** A client that takes nothing for this long is cut off, in milliseconds. */
const SLOW_MS = 30_000;
/** How long a watch lives when the client does not say, in seconds. */
const DEFAULT_TIMEOUT_SECONDS = 1800;

interface OpenWatch {
  readonly watch: Watch;
  readonly protobuf: boolean;
  readonly response: ServerResponse;
  readonly timer: NodeJS.Timeout;
  slow: NodeJS.Timeout | undefined;
  blocked: boolean;
}

/** A frame as it goes out while the clocks are so far apart. */
interface Written<T> {
  readonly offset: number;
  readonly form: T;
}

/** Sends changes to those who watch. Nothing is buffered here: a slow reader's frames stay where they are, in the store. */
export class WatchHub {
  readonly #now: () => Micros;
  readonly #edge: ClockEdge;
  readonly #open = new Set<OpenWatch>();
  readonly #texts = new WeakMap<Frame, Written<string>>();
  readonly #messages = new WeakMap<Frame, Written<Uint8Array>>();
  #changed = new Set<string>();
  #scheduled = false;

  constructor(store: Store, now: () => Micros, edge: ClockEdge) {
    this.#now = now;
    this.#edge = edge;
    store.onCommit(({ kind }) => {
      if (this.#open.size === 0) return;
      this.#changed.add(kind);
      this.#schedule();
    });
  }

  /** How many watches are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Streams a watch to a client until either is done. */
  serve(watch: Watch, response: ServerResponse, protobuf = false): void {
    const seconds = watch.timeoutSeconds || DEFAULT_TIMEOUT_SECONDS;
    const open: OpenWatch = {
      watch,
      protobuf,
      response,
      timer: setTimeout(() => this.#finish(open), Math.min(seconds, 86_400) * 1000),
      slow: undefined,
      blocked: false,
    };
    open.timer.unref();
    this.#open.add(open);
    response.on("close", () => this.#forget(open));
    response.on("error", () => this.#forget(open));
    response.on("drain", () => {
      clearTimeout(open.slow);
      open.blocked = false;
      this.#pump(open);
    });
    response.flushHeaders();
    this.#pump(open);
  }

  /** Lets every watch send what is due by now: bookmarks come with time, not with changes. */
  poll(): void {
    for (const open of [...this.#open]) this.#pump(open);
  }

  close(): void {
    for (const open of [...this.#open]) this.#finish(open);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const changed = this.#changed;
      this.#changed = new Set();
      for (const open of [...this.#open]) if (changed.has(open.watch.kind)) this.#pump(open);
    });
  }

  #pump(open: OpenWatch): void {
    const { watch, response } = open;
    while (!open.blocked && this.#open.has(open)) {
      const frames = watch.pull(this.#now(), BATCH);
      if (frames.length > 0) {
        const taken = response.write(
          open.protobuf
            ? Buffer.concat(frames.map((frame) => this.#message(frame)))
            : frames.map((frame) => this.#text(frame)).join(""),
        );
        if (!taken) {
          open.blocked = true;
          open.slow = setTimeout(() => response.destroy(), SLOW_MS);
          open.slow.unref();
        }
      }
      if (watch.done) this.#finish(open);
      if (frames.length < BATCH) return;
    }
  }

  /** A frame's line; frames are shared between watches, so most are written down once. */
  #text(frame: Frame): string {
    return this.#once(this.#texts, frame, () => `${this.#shown(frame)}\n`);
  }

  /** A frame as a protobuf message. */
  #message(frame: Frame): Uint8Array {
    return this.#once(this.#messages, frame, () => {
      const { type, object } = JSON.parse(this.#shown(frame)) as {
        type: string;
        object: JsonObject;
      };
      return encodeWatchFrame(type, object) ?? new Uint8Array();
    });
  }

  #shown(frame: Frame): string {
    const { metadata } = frame.object as { readonly metadata?: { readonly namespace?: string } };
    return this.#edge.outward(JSON.stringify(frame), metadata?.namespace === "kube-node-lease");
  }

  #once<T>(known: WeakMap<Frame, Written<T>>, frame: Frame, write: () => T): T {
    const offset = this.#edge.offsetMs;
    const before = known.get(frame);
    if (before !== undefined && before.offset === offset) return before.form;
    const form = write();
    known.set(frame, { offset, form });
    return form;
  }

  #finish(open: OpenWatch): void {
    this.#forget(open);
    open.response.end();
  }

  #forget(open: OpenWatch): void {
    clearTimeout(open.timer);
    clearTimeout(open.slow);
    this.#open.delete(open);
  }
}
