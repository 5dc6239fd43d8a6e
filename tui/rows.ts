import cliTruncate from "cli-truncate";
import stringWidth from "string-width";
import { formatSpan } from "../sim/engine/time.ts";
import type { Frame, Mark } from "../sim/history/frame.ts";
import type { Player } from "../sim/history/session.ts";
import { type Paint, type Style, toWidth } from "./paint.ts";
import { formatClock, panelRows } from "./panels.ts";
import { KEYS, type Page, type ViewState } from "./view-state.ts";

/** Everything a screen shows. */
export interface Scene {
  readonly title: string;
  readonly frame: Frame;
  readonly player: Player;
  readonly marks: readonly Mark[];
  readonly view: ViewState;
  readonly columns: number;
  readonly rows: number;
}

/** Below this width nodes and events take turns instead of standing side by side. */
const WIDE = 100;
/** Rows that are not the two panels: header, time axis, its marks, footer. */
const FIXED_ROWS = 4;

/** Columns below which a title is left out rather than cut. */
const SHORTEST_TITLE = 12;

/** A scene as rows of text, each at most as wide as the terminal. */
export function rowsOf(scene: Scene, paint: Paint): readonly string[] {
  const { columns, rows, view } = scene;
  const said = narrationRows(scene, paint);
  const height = Math.max(1, rows - FIXED_ROWS - said.length);
  const body = view.help
    ? helpRows(paint)
    : view.page === undefined
      ? panelRows({ ...scene, wide: WIDE }, height, paint)
      : pageRows(view.page, columns, paint);
  const filled = Array.from({ length: height }, (_, at) => toWidth(body[at] ?? "", columns));
  return [
    header(scene, paint),
    axis(scene, paint),
    markRow(scene, paint),
    ...said,
    ...filled,
    footer(scene, paint),
  ].map((row) => toWidth(row, columns));
}

/** The clock is never cut: the title gives way, and the faults behind it. */
function header({ title, player, frame, columns }: Scene, paint: Paint): string {
  const state = player.playing ? paint("good", "▶ playing") : paint("dim", "⏸ paused");
  const clock = `${formatClock(player.time)} / ${formatClock(player.end)}  ${state} ${player.speed}x`;
  const faults = frame.activeFaults.length === 0 ? "" : `  ⚡ ${frame.activeFaults.join(", ")}`;
  const room = columns - stringWidth(clock) - 2;
  const forTitle = Math.max(room - stringWidth(faults), Math.floor(room / 2));
  const shown =
    room < SHORTEST_TITLE
      ? ""
      : `${paint("title", cliTruncate(paint("plain", title), forTitle))}  `;
  return `${shown}${clock}${paint("fault", faults)}`;
}

function axis({ player, columns }: Scene, paint: Paint): string {
  const at = place(player.time, player.end, columns);
  return (
    paint("step", "━".repeat(at)) +
    paint("title", "●") +
    paint("dim", "─".repeat(Math.max(0, columns - at - 1)))
  );
}

/** Rows that narration may take; what is longer is in the printed timeline. */
const NARRATION_ROWS = 3;

/** What the newest step says, on a terminal with room for it. */
function narrationRows({ frame, columns, rows }: Scene, paint: Paint): readonly string[] {
  if (frame.narration === "" || rows < 16) return [];
  const lines = wrap(frame.narration.replace(/\s+/g, " "), columns - 2);
  return lines.slice(0, NARRATION_ROWS).map((line) => paint("step", `│ ${line}`));
}

const MARKS: Readonly<Record<Mark["kind"], readonly [sign: string, style: Style]>> = {
  step: ["·", "step"],
  pass: ["✓", "good"],
  recovery: ["▵", "warn"],
  fault: ["⚡", "fault"],
  fail: ["✗", "bad"],
};
/** Where several marks share a column, the one that matters most is shown. */
const WEIGHT: readonly Mark["kind"][] = ["step", "pass", "recovery", "fault", "fail"];

function markRow({ marks, player, columns }: Scene, paint: Paint): string {
  const shown = new Map<number, Mark["kind"]>();
  for (const { time, kind } of marks) {
    const at = place(time, player.end, columns);
    const known = shown.get(at);
    if (known === undefined || WEIGHT.indexOf(kind) > WEIGHT.indexOf(known)) shown.set(at, kind);
  }
  let row = "";
  for (let at = 0; at < columns; at++) {
    const kind = shown.get(at);
    // The lightning sign is two columns wide in many terminals; a plain sign keeps the marks in their places.
    row +=
      kind === undefined ? " " : paint(MARKS[kind][1], kind === "fault" ? "!" : MARKS[kind][0]);
  }
  return row;
}

function place(time: number, end: number, columns: number): number {
  return end === 0 ? 0 : Math.min(columns - 1, Math.floor((time / end) * (columns - 1)));
}

/** The lines of a page, those that are too long on several rows. */
function pageRows({ lines, from }: Page, columns: number, paint: Paint): readonly string[] {
  return lines
    .slice(from)
    .flatMap((line) =>
      wrap(paint("plain", line), Math.max(10, columns - 4)).map((row, at) =>
        at === 0 ? row : `    ${row}`,
      ),
    );
}

/** A text in rows of so many columns, broken between words where there are some. */
function wrap(text: string, columns: number): readonly string[] {
  const rows: string[] = [""];
  for (const word of text.split(" ")) {
    const row = rows.at(-1) ?? "";
    if (row !== "" && stringWidth(row) + stringWidth(word) + 1 > columns) rows.push(word);
    else rows[rows.length - 1] = rows.length === 1 && row === "" ? word : `${row} ${word}`;
  }
  return rows;
}

function helpRows(paint: Paint): readonly string[] {
  return [
    paint("title", "Keys"),
    ...KEYS.map(([keys, meaning]) => `  ${keys.padEnd(16)} ${meaning}`),
    "",
    "any key closes this page",
  ];
}

function footer({ frame, view, player, columns }: Scene, paint: Paint): string {
  if (view.asking !== undefined) {
    const { what, typed } = view.asking;
    return what === "time"
      ? `go to: ${typed}▏ ${paint("dim", `(0s … ${formatSpan(player.end)}, enter)`)}`
      : `show only: ${typed}▏ ${paint("dim", "(a name or a word, enter; nothing shows all)")}`;
  }
  if (view.page !== undefined) return paint("dim", "↑↓ scroll  any other key closes this page");
  if (view.remark !== "") return paint("warn", view.remark);
  const failed = frame.expectations.filter(({ passed }) => !passed).length;
  const passed = frame.expectations.length - failed;
  const verdicts =
    frame.expectations.length === 0
      ? ""
      : `${paint("good", `✓ ${passed}`)} ${failed > 0 ? paint("bad", `✗ ${failed}`) : ""}  `;
  const failure = columns < WIDE ? "" : "f failure  ";
  return `${verdicts}${paint("dim", `space play  ←→ step  n mark  ${failure}↑↓ pick  enter why  / filter  ? help  q quit`)}`;
}
