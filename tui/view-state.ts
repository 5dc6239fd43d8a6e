import { parseSpan } from "../sim/engine/time.ts";
import type { Command, Player } from "../sim/history/session.ts";
import { SPEEDS } from "../sim/history/session.ts";

/** Part of the screen that arrow keys scroll. */
export type Panel = "nodes" | "events";

/** What the viewer did to the view itself. */
export interface ViewState {
  readonly panel: Panel;
  /** First row shown of the nodes panel. */
  readonly nodesFrom: number;
  /** Rows of the event list hidden below its end. */
  readonly eventsBack: number;
  readonly help: boolean;
  /** Text typed so far behind "go to", while asking. */
  readonly asking: string | undefined;
  /** A remark that stays until the next key. */
  readonly remark: string;
}

/** The view as it opens. */
export const freshView: ViewState = {
  panel: "nodes",
  nodesFrom: 0,
  eventsBack: 0,
  help: false,
  asking: undefined,
  remark: "",
};

/** A key as the terminal reports it. */
export interface KeyPress {
  readonly input: string;
  readonly name?:
    | "left"
    | "right"
    | "up"
    | "down"
    | "tab"
    | "return"
    | "escape"
    | "backspace"
    | "pageup"
    | "pagedown"
    | "home"
    | "end";
}

/** What follows from a key: the next view, what the session is to do, and whether to leave. */
export interface Reaction {
  readonly view: ViewState;
  readonly command?: Command;
  readonly quit?: boolean;
  /** Left by Ctrl-C. */
  readonly interrupted?: boolean;
}

/** Keys and what they do, for the help page. */
export const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ["space", "play or pause"],
  ["→ l", "step forward to the next change"],
  ["← h", "step back"],
  ["+ -", "faster, slower"],
  ["g", "go to a time (90s, 2m30s)"],
  ["n N", "next, previous mark (step, fault, verdict)"],
  ["f F", "next, previous failure"],
  ["0 $", "start, end"],
  ["tab", "switch between nodes and events"],
  ["↑ ↓ PgUp PgDn", "scroll"],
  ["?", "this page"],
  ["q", "quit"],
];

/** One key in, one reaction out; nothing else changes a view. */
export function react(view: ViewState, key: KeyPress, player: Player): Reaction {
  const fresh = { ...view, remark: "" };
  if (key.input === "\u0003") return { view: fresh, quit: true, interrupted: true };
  if (view.asking !== undefined) return answering(fresh, view.asking, key);
  if (view.help)
    return { view: { ...fresh, help: false }, ...(key.input === "q" ? { quit: true } : {}) };
  const moved = motion(key, player);
  if (moved !== undefined) return { view: fresh, command: moved };
  switch (key.name ?? key.input) {
    case "tab":
      return { view: { ...fresh, panel: view.panel === "nodes" ? "events" : "nodes" } };
    case "up":
    case "k":
      return { view: scroll(fresh, -1) };
    case "down":
    case "j":
      return { view: scroll(fresh, 1) };
    case "pageup":
      return { view: scroll(fresh, -10) };
    case "pagedown":
      return { view: scroll(fresh, 10) };
    case "?":
      return { view: { ...fresh, help: true } };
    case "g":
      return { view: { ...fresh, asking: "" } };
    case "q":
      return { view: fresh, quit: true };
    default:
      return { view: fresh };
  }
}

function motion(key: KeyPress, player: Player): Command | undefined {
  switch (key.name ?? key.input) {
    case " ":
      return { type: player.playing ? "pause" : "play" };
    case "right":
    case "l":
      return { type: "step", direction: 1 };
    case "left":
    case "h":
      return { type: "step", direction: -1 };
    case "+":
    case "=":
      return { type: "speed", factor: nextSpeed(player.speed, 1) };
    case "-":
      return { type: "speed", factor: nextSpeed(player.speed, -1) };
    case "n":
      return {
        type: "next-mark",
        kinds: ["step", "fault", "recovery", "pass", "fail"],
        direction: 1,
      };
    case "N":
      return {
        type: "next-mark",
        kinds: ["step", "fault", "recovery", "pass", "fail"],
        direction: -1,
      };
    case "f":
      return { type: "next-mark", kinds: ["fail", "fault"], direction: 1 };
    case "F":
      return { type: "next-mark", kinds: ["fail", "fault"], direction: -1 };
    case "home":
    case "0":
      return { type: "seek", time: 0 };
    case "end":
    case "$":
      return { type: "seek", time: player.end };
    default:
      return undefined;
  }
}

function nextSpeed(speed: number, direction: 1 | -1): number {
  const at = SPEEDS.indexOf(speed) + direction;
  return SPEEDS[Math.max(0, Math.min(at, SPEEDS.length - 1))] ?? 1;
}

function scroll(view: ViewState, rows: number): ViewState {
  if (view.panel === "nodes") return { ...view, nodesFrom: Math.max(0, view.nodesFrom + rows) };
  return { ...view, eventsBack: Math.max(0, view.eventsBack - rows) };
}

function answering(view: ViewState, typed: string, key: KeyPress): Reaction {
  switch (key.name) {
    case "escape":
      return { view: { ...view, asking: undefined } };
    case "backspace":
      return { view: { ...view, asking: typed.slice(0, -1) } };
    case "return": {
      const time = parseSpan(/^\d+(\.\d+)?$/.test(typed) ? `${typed}s` : typed);
      const done = { ...view, asking: undefined };
      if (time === undefined)
        return { view: { ...done, remark: `not a time: ${typed} (like 90s or 2m30s)` } };
      return { view: done, command: { type: "seek", time } };
    }
    default:
      return { view: { ...view, asking: typed + key.input } };
  }
}
