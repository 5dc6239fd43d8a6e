import { Text, useApp, useInput } from "ink";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { MILLISECOND, type Micros } from "../sim/engine/time.ts";
import type { Frame } from "../sim/history/frame.ts";
import type { Session, Subject } from "../sim/history/session.ts";
import type { Paint } from "./paint.ts";
import { eventRows, formatClock, nodeRows, pickedSubject } from "./panels.ts";
import { rowsOf } from "./rows.ts";
import { freshView, type KeyPress, react, type ViewState, withinRows } from "./view-state.ts";

/** Size of the terminal, and when it changes. */
export interface Size {
  current(): { readonly columns: number; readonly rows: number };
  subscribe(listener: () => void): () => void;
}

/** Milliseconds between two frames while playing. */
const FRAME_TIME = 66;

/** The replay: draws what the session shows, and turns keys into commands. */
export function App({
  session,
  size,
  paint,
  onInterrupt,
}: {
  readonly session: Session;
  readonly size: Size;
  readonly paint: Paint;
  /** Told when the viewer leaves by Ctrl-C. */
  readonly onInterrupt: () => void;
}) {
  const { exit } = useApp();
  const [view, setView] = useState(freshView);
  // Keys may come faster than frames: each continues from what the last one left, shown or not.
  const latest = useRef(view);
  const subscribe = (listener: () => void): (() => void) => session.subscribe(listener);
  const frame = useSyncExternalStore(subscribe, () => session.frame());
  const player = useSyncExternalStore(subscribe, () => session.player());
  const { columns, rows } = useSyncExternalStore(size.subscribe, size.current);

  useEffect(() => {
    if (!player.playing) return undefined;
    const timer = setInterval(
      () => session.send({ type: "elapsed", wall: FRAME_TIME * MILLISECOND }),
      FRAME_TIME,
    );
    return () => clearInterval(timer);
  }, [player.playing, session]);

  useInput((input, key) => {
    let next = latest.current;
    for (const press of keyPresses(input, key)) {
      const reaction = react(next, press, session.player());
      next = withRows(reaction.view, session.frame());
      if (reaction.explain === true) next = explained(next, session);
      if (reaction.command !== undefined) session.send(reaction.command);
      if (reaction.interrupted === true) onInterrupt();
      if (reaction.quit === true) exit();
    }
    latest.current = next;
    setView(next);
  });

  const scene = {
    title: session.title,
    frame,
    player,
    marks: session.marks(),
    view,
    columns,
    rows,
  };
  return <Text wrap="truncate">{rowsOf(scene, paint).join("\n")}</Text>;
}

function withRows(view: ViewState, frame: Frame): ViewState {
  const { filter } = view;
  return withinRows(view, nodeRows(frame, filter).length, eventRows(frame, filter).length);
}

function titleOf(subject: Subject, time: Micros): string {
  return subject.kind === "entry"
    ? "Why this happened, back to its first cause"
    : `Why ${subject.kind.toLowerCase()} ${subject.key.replace(/^default\//, "")} is as it is at ${formatClock(time)}, back to its first cause`;
}

/** The page that tells why the picked row is as it is. */
function explained(view: ViewState, session: Session): ViewState {
  const subject = pickedSubject(session.frame(), view);
  if (subject === undefined) return { ...view, remark: "pick a row with ↑ and ↓ first" };
  const lines = session
    .why(subject)
    .map(
      ({ time, actor, text }, at) =>
        `${formatClock(time)} ${at === 0 ? " " : "←"} ${actor}: ${text}`,
    );
  return {
    ...view,
    page: { lines: [titleOf(subject, session.player().time), "", ...lines], from: 0 },
  };
}

type InkKey = Parameters<Parameters<typeof useInput>[0]>[1];

/** Keys that arrive together (typed fast, or pasted) come as one text. */
function keyPresses(input: string, key: InkKey): readonly KeyPress[] {
  if (key.ctrl) return [{ input: input === "c" ? "\u0003" : "" }];
  const name = nameOf(key);
  if (name !== undefined) return [{ input, name }];
  return [...input].map((character) => {
    const control = CONTROLS[character];
    return control === undefined ? { input: character } : { input: character, name: control };
  });
}

const CONTROLS: Readonly<Record<string, NonNullable<KeyPress["name"]>>> = {
  "\r": "return",
  "\n": "return",
  "\t": "tab",
  "\u007f": "backspace",
  "\u001b": "escape",
};

const NAMES = {
  leftArrow: "left",
  rightArrow: "right",
  upArrow: "up",
  downArrow: "down",
  tab: "tab",
  return: "return",
  escape: "escape",
  backspace: "backspace",
  delete: "backspace",
  pageUp: "pageup",
  pageDown: "pagedown",
} as const;

function nameOf(key: InkKey): KeyPress["name"] {
  for (const [property, name] of Object.entries(NAMES)) {
    if (key[property as keyof typeof NAMES]) return name;
  }
  return undefined;
}
