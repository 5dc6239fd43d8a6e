import cliTruncate from "cli-truncate";
import stringWidth from "string-width";
import { formatSpan, SECOND } from "../sim/engine/time.ts";
import type { Frame, FrameLine, Mark, NodeRow, PodRow } from "../sim/history/frame.ts";
import type { Player } from "../sim/history/session.ts";
import { type Paint, type Style, toWidth } from "./paint.ts";
import { KEYS, type ViewState } from "./view-state.ts";

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
  const body = view.help ? helpRows(paint) : panels(scene, height, paint);
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
  const shown = room < SHORTEST_TITLE ? "" : `${paint("title", cliTruncate(title, forTitle))}  `;
  return `${shown}${clock}${paint("fault", faults)}`;
}

/** Virtual time with tenths, as wide at its end as at its start. */
function formatClock(time: number): string {
  const tenths = Math.floor(time / (SECOND / 10));
  const minutes = Math.floor(tenths / 600);
  return `${String(minutes).padStart(2, "0")}:${String(Math.floor((tenths % 600) / 10)).padStart(2, "0")}.${tenths % 10}`;
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
  const lines: string[] = [""];
  for (const word of frame.narration.split(/\s+/)) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && stringWidth(line) + stringWidth(word) + 3 > columns) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
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

function panels(scene: Scene, height: number, paint: Paint): readonly string[] {
  const { columns, view } = scene;
  if (columns < WIDE) {
    return view.panel === "nodes"
      ? nodesPanel(scene, columns, height, paint)
      : eventsPanel(scene, columns, height, paint);
  }
  const left = Math.floor(columns * 0.45);
  const nodes = nodesPanel(scene, left - 1, height, paint);
  const events = eventsPanel(scene, columns - left - 2, height, paint);
  return Array.from(
    { length: height },
    (_, at) => `${toWidth(nodes[at] ?? "", left - 1)}${paint("dim", " │ ")}${events[at] ?? ""}`,
  );
}

function nodesPanel(
  { frame, view }: Scene,
  width: number,
  height: number,
  paint: Paint,
): readonly string[] {
  const rows: string[] = [];
  const known = new Set(frame.nodes.map(({ name }) => name));
  for (const node of frame.nodes) {
    rows.push(nodeText(node, paint));
    for (const pod of frame.pods) if (pod.node === node.name) rows.push(podText(pod, paint));
  }
  const homeless = frame.pods.filter(({ node }) => !known.has(node));
  if (homeless.length > 0) rows.push(paint("warn", "on no node"));
  for (const pod of homeless) rows.push(podText(pod, paint));
  return panel(
    "Nodes and pods",
    view.panel === "nodes",
    rows,
    Math.min(view.nodesFrom, Math.max(0, rows.length - 1)),
    width,
    height,
    paint,
  );
}

function nodeText(node: NodeRow, paint: Paint): string {
  const [style, word]: readonly [Style, string] =
    node.ready === "True"
      ? ["good", "Ready"]
      : node.ready === "False"
        ? ["bad", "NotReady"]
        : ["bad", "Unknown"];
  const cordon = node.cordoned ? paint("warn", " cordoned") : "";
  const taints =
    node.taints.length === 0
      ? ""
      : paint(
          "dim",
          `  ${node.taints.map((taint) => taint.replace("node.kubernetes.io/", "")).join(" ")}`,
        );
  return `${paint("title", node.name)} ${paint(style, word)}${cordon} ${node.pods} pods cpu ${share(node.cpu)} mem ${share(node.memory)}${taints}`;
}

function share([part, whole]: readonly [number, number]): string {
  return whole === 0 ? "–" : `${Math.round((100 * part) / whole)}%`;
}

function podText({ key, status, ready, restarts }: PodRow, paint: Paint): string {
  const style: Style = ready
    ? "good"
    : /Running|Pending|Creating|Initializing|Terminating|Completed|Init:/.test(status)
      ? "warn"
      : "bad";
  const again = restarts === 0 ? "" : paint("warn", ` ↻${restarts}`);
  return `  ${paint(style, ready ? "●" : "○")} ${key.replace(/^default\//, "")} ${paint(ready ? "dim" : style, status)}${again}`;
}

function eventsPanel(
  { frame, view }: Scene,
  width: number,
  height: number,
  paint: Paint,
): readonly string[] {
  const rows = frame.lines.map((line) => lineText(line, paint));
  const shown = height - 1;
  const back = Math.min(view.eventsBack, Math.max(0, rows.length - shown));
  const from = Math.max(0, rows.length - shown - back);
  return panel("Events", view.panel === "events", rows, from, width, height, paint);
}

const TONES: Readonly<Record<FrameLine["tone"], Style>> = {
  plain: "plain",
  good: "good",
  bad: "bad",
  fault: "fault",
  step: "step",
};

function lineText({ time, text, tone }: FrameLine, paint: Paint): string {
  return `${paint("dim", formatClock(time))} ${paint(TONES[tone], text.replace(/\bdefault\//, ""))}`;
}

function panel(
  title: string,
  focused: boolean,
  rows: readonly string[],
  from: number,
  width: number,
  height: number,
  paint: Paint,
): readonly string[] {
  const shown = rows.slice(from, from + height - 1);
  const more =
    rows.length > shown.length
      ? paint("dim", ` ${from + 1}–${from + shown.length} of ${rows.length}`)
      : "";
  return [`${paint(focused ? "inverse" : "title", title)}${more}`, ...shown].map((row) =>
    toWidth(row, width),
  );
}

function helpRows(paint: Paint): readonly string[] {
  return [
    paint("title", "Keys"),
    ...KEYS.map(([keys, meaning]) => `  ${keys.padEnd(16)} ${meaning}`),
    "",
    "any key closes this page",
  ];
}

function footer({ frame, view, player }: Scene, paint: Paint): string {
  if (view.asking !== undefined)
    return `go to: ${view.asking}▏ ${paint("dim", `(0s … ${formatSpan(player.end)}, enter)`)}`;
  if (view.remark !== "") return paint("warn", view.remark);
  const failed = frame.expectations.filter(({ passed }) => !passed).length;
  const passed = frame.expectations.length - failed;
  const verdicts =
    frame.expectations.length === 0
      ? ""
      : `${paint("good", `✓ ${passed}`)} ${failed > 0 ? paint("bad", `✗ ${failed}`) : ""}  `;
  return `${verdicts}${paint("dim", "space play  ←→ step  n mark  f failure  g go to  tab panel  ? help  q quit")}`;
}
