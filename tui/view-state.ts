import { parseSpan } from "../sim/engine/time.ts";
import type { Command, Player } from "../sim/history/session.ts";
import { SPEEDS } from "../sim/history/session.ts";

/** Part of the screen that arrow keys scroll. */
export type Panel = "nodes" | "events";

/** A page of text; a line may be longer than the terminal is wide. */
export interface Page {
  readonly lines: readonly string[];
  /** First line shown. */
  readonly from: number;
}

/** What the viewer did to the view itself. */
export interface ViewState {
  readonly panel: Panel;
  /** Row of the nodes panel that is picked; none before an arrow key. */
  readonly nodesAt: number | undefined;
  /** Row of the event list that is picked, counted from its end. */
  readonly eventsBack: number | undefined;
  /** Only rows that hold this text are shown. */
  readonly filter: string;
  readonly help: boolean;
  /** A page over the panels: why something is as it is. */
  readonly page: Page | undefined;
  /** What is asked for, and the text typed so far. */
  readonly asking: { readonly what: "time" | "filter"; readonly typed: string } | undefined;
  /** A remark that stays until the next key. */
  readonly remark: string;
}

/** The view as it opens. */
export const freshView: ViewState = {
  panel: "nodes",
  nodesAt: undefined,
  eventsBack: undefined,
  filter: "",
  help: false,
  page: undefined,
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
  /** Why the picked row is as it is, is asked for. */
  readonly explain?: boolean;
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
  ["↑ ↓ PgUp PgDn", "pick a workload, a node, a pod or an event"],
  ["enter w", "why the picked one is as it is"],
  ["/", "show only rows with a text; esc shows all again"],
  ["?", "this page"],
  ["q", "quit"],
];

/** One key in, one reaction out; nothing else changes a view. */
export function react(view: ViewState, key: KeyPress, player: Player): Reaction {
  const fresh = { ...view, remark: "" };
  if (key.input === "\u0003") return { view: fresh, quit: true, interrupted: true };
  if (view.asking !== undefined) return answering(fresh, view.asking, key);
  if (view.page !== undefined) return reading(fresh, view.page, key);
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
      return { view: { ...fresh, asking: { what: "time", typed: "" } } };
    case "/":
      return { view: { ...fresh, asking: { what: "filter", typed: "" } } };
    case "escape":
      return { view: { ...fresh, filter: "", nodesAt: undefined, eventsBack: undefined } };
    case "return":
    case "w":
      return { view: fresh, explain: true };
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
  if (view.panel === "nodes") {
    const at = view.nodesAt;
    return { ...view, nodesAt: Math.max(0, at === undefined ? 0 : at + rows) };
  }
  const back = view.eventsBack;
  return { ...view, eventsBack: Math.max(0, back === undefined ? 0 : back - rows) };
}

/** A picked row that there is: frames lose rows, and keys may run ahead. */
export function withinRows(view: ViewState, nodes: number, events: number): ViewState {
  const last = (at: number | undefined, count: number): number | undefined =>
    at === undefined || count === 0 ? undefined : Math.min(at, count - 1);
  const [nodesAt, eventsBack] = [last(view.nodesAt, nodes), last(view.eventsBack, events)];
  return nodesAt === view.nodesAt && eventsBack === view.eventsBack
    ? view
    : { ...view, nodesAt, eventsBack };
}

/** Scrolls a page; what scrolls nothing closes it. */
function reading(view: ViewState, page: Page, key: KeyPress): Reaction {
  const by = { up: -1, down: 1, pageup: -10, pagedown: 10 }[key.name as string];
  if (by === undefined)
    return { view: { ...view, page: undefined }, ...(key.input === "q" ? { quit: true } : {}) };
  const from = Math.max(0, Math.min(page.from + by, page.lines.length - 1));
  return { view: { ...view, page: { ...page, from } } };
}

function answering(
  view: ViewState,
  asking: NonNullable<ViewState["asking"]>,
  key: KeyPress,
): Reaction {
  const { what, typed } = asking;
  const done = { ...view, asking: undefined };
  switch (key.name) {
    case "escape":
      return { view: done };
    case "backspace":
      return { view: { ...view, asking: { what, typed: typed.slice(0, -1) } } };
    case "return":
      return what === "time"
        ? goTo(done, typed)
        : { view: { ...done, filter: typed.trim(), nodesAt: undefined, eventsBack: undefined } };
    default:
      return { view: { ...view, asking: { what, typed: typed + key.input } } };
  }
}

function goTo(view: ViewState, typed: string): Reaction {
  const time = parseSpan(/^\d+(\.\d+)?$/.test(typed) ? `${typed}s` : typed);
  return time === undefined
    ? { view: { ...view, remark: `not a time: ${typed} (like 90s or 2m30s)` } }
    : { view, command: { type: "seek", time } };
}
