import type { Key } from "../api/object.ts";
import type { Seq } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";
import { type Frame, FrameCursor, type Mark } from "./frame.ts";
import type { History } from "./history.ts";
import { type Link, whyEntry, whyState } from "./why.ts";
import type { WorkloadKind } from "./workload-row.ts";

/** What a viewer asks for. */
export type Command =
  | { readonly type: "play" }
  | { readonly type: "pause" }
  /** One instant with something to see, on or back. */
  | { readonly type: "step"; readonly direction: 1 | -1 }
  /** Virtual seconds a second of the viewer's clock. */
  | { readonly type: "speed"; readonly factor: number }
  | { readonly type: "seek"; readonly time: Micros }
  | {
      readonly type: "next-mark";
      readonly kinds: readonly Mark["kind"][];
      readonly direction: 1 | -1;
    }
  /** The viewer's clock moved on: while playing, so does the run. */
  | { readonly type: "elapsed"; readonly wall: Micros };

/** What a viewer sees of the player itself. */
export interface Player {
  readonly time: Micros;
  readonly end: Micros;
  readonly playing: boolean;
  readonly speed: number;
}

/** What a viewer asks about: an object as it is now, or an entry of the journal. */
export type Subject =
  | { readonly kind: "Node" | "Pod" | WorkloadKind; readonly key: Key }
  | { readonly kind: "entry"; readonly seq: Seq };

/** The only door of a terminal UI: frames out, commands in. */
export interface Session {
  readonly title: string;
  frame(): Frame;
  player(): Player;
  marks(): readonly Mark[];
  /** The causes of something, newest first. */
  why(subject: Subject): readonly Link[];
  subscribe(listener: () => void): () => void;
  send(command: Command): void;
}

/** Slowest and fastest playback, in virtual seconds a second. */
export const SPEEDS: readonly number[] = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** A session over the journal of a finished run. */
export class ReplaySession implements Session {
  readonly title: string;
  readonly #history: History;
  readonly #cursor: FrameCursor;
  readonly #listeners = new Set<() => void>();
  #player: Player;
  #frame: Frame | undefined;

  constructor(history: History, title: string) {
    this.title = title;
    this.#history = history;
    this.#cursor = new FrameCursor(history);
    this.#player = { time: 0, end: history.end, playing: false, speed: 1 };
    this.#cursor.moveTo(history.countUntil(0));
  }

  frame(): Frame {
    this.#frame ??= this.#cursor.frame(this.#player.time);
    return this.#frame;
  }

  player(): Player {
    return this.#player;
  }

  marks(): readonly Mark[] {
    return this.#cursor.marks;
  }

  why(subject: Subject): readonly Link[] {
    return subject.kind === "entry"
      ? whyEntry(this.#history, subject.seq)
      : whyState(this.#history, subject.kind, subject.key, this.#player.time);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send(command: Command): void {
    const before = this.#player;
    this.#player = this.#after(command);
    if (this.#player.time !== before.time) {
      this.#cursor.moveTo(this.#history.countUntil(this.#player.time));
      this.#frame = undefined;
    }
    if (this.#player !== before) for (const listener of this.#listeners) listener();
  }

  #after(command: Command): Player {
    const player = this.#player;
    switch (command.type) {
      case "play":
        // Playing on from the end starts again.
        return { ...player, playing: true, time: player.time >= player.end ? 0 : player.time };
      case "pause":
        return player.playing ? { ...player, playing: false } : player;
      case "speed":
        return { ...player, speed: command.factor };
      case "seek":
        return this.#at(command.time, false);
      case "step":
        return this.#at(this.#neighbour(command.direction), false);
      case "next-mark":
        return this.#at(this.#mark(command.kinds, command.direction), false);
      case "elapsed":
        if (!player.playing) return player;
        return this.#at(
          player.time + Math.round(command.wall * player.speed),
          player.time < player.end,
        );
    }
  }

  #at(time: Micros, playing: boolean): Player {
    const within = Math.max(0, Math.min(time, this.#player.end));
    return { ...this.#player, time: within, playing: playing && within < this.#player.end };
  }

  /** The nearest instant before or after the present one at which an object changed or something was said. */
  #neighbour(direction: 1 | -1): Micros {
    const { entries } = this.#history;
    const { time, end } = this.#player;
    let at = direction === 1 ? this.#cursor.index : this.#cursor.index - 1;
    for (; at >= 0 && at < entries.length; at += direction) {
      const entry = entries[at];
      if (entry === undefined || entry.kind === "event" || entry.time === time) continue;
      return entry.time;
    }
    return direction === 1 ? end : 0;
  }

  #mark(kinds: readonly Mark["kind"][], direction: 1 | -1): Micros {
    const { time } = this.#player;
    const wanted = this.#cursor.marks.filter((mark) => kinds.includes(mark.kind));
    const found =
      direction === 1
        ? wanted.find((mark) => mark.time > time)
        : wanted.findLast((mark) => mark.time < time);
    return found?.time ?? time;
  }
}
