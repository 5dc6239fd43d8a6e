import { type Micros, SECOND } from "../sim/engine/time.ts";
import {
  type Frame,
  type FrameLine,
  grouped,
  type NodeRow,
  type PodRow,
} from "../sim/history/frame.ts";
import type { Subject } from "../sim/history/session.ts";
import { isWhole, type WorkloadRow } from "../sim/history/workload-row.ts";
import { type Paint, painter, type Style, toWidth } from "./paint.ts";
import type { ViewState } from "./view-state.ts";

/** A row of a panel: what it shows, and what it is about. */
interface PanelRow {
  readonly text: (paint: Paint) => string;
  /** Nothing to ask about for a heading. */
  readonly subject: Subject | undefined;
}

const plain = painter(false);

/** Whether a row holds the text that the viewer looks for. */
function holds(row: PanelRow, filter: string): boolean {
  return filter === "" || row.text(plain).toLowerCase().includes(filter.toLowerCase());
}

/** Rows of the nodes panel. Pods without a node stand first: who has many nodes must not look for them. */
export function nodeRows(frame: Frame, filter: string): readonly PanelRow[] {
  const known = new Set(frame.nodes.map(({ name }) => name));
  const onNode = grouped(frame.pods, ({ node }) => (known.has(node) ? node : ""));
  const podsOf = (node: string): readonly PanelRow[] => (onNode.get(node) ?? []).map(podRow);
  const rows: PanelRow[] = [];
  const add = (head: PanelRow, pods: readonly PanelRow[]): void => {
    const found = pods.filter((pod) => holds(pod, filter));
    // A node that is found comes with all its pods, a pod with its node.
    if (holds(head, filter)) rows.push(head, ...(found.length > 0 ? found : pods));
    else if (found.length > 0) rows.push(head, ...found);
  };
  rows.push(...workloadRows(frame, filter));
  const homeless = podsOf("");
  if (homeless.length > 0)
    add({ text: (paint) => paint("warn", "on no node"), subject: undefined }, homeless);
  for (const node of frame.nodes)
    add(
      { text: (paint) => nodeText(node, paint), subject: { kind: "Node", key: node.name } },
      podsOf(node.name),
    );
  return rows;
}

/** Workloads that stand above the nodes; where there are more, those that are whole are left out first. */
const MOST_WORKLOADS = 6;

function workloadRows({ workloads }: Frame, filter: string): readonly PanelRow[] {
  const found = workloads.map(workloadRow).filter((row) => holds(row, filter));
  if (found.length <= MOST_WORKLOADS) return found;
  const rest = `… and ${found.length - MOST_WORKLOADS} more workloads`;
  return [
    ...found.slice(0, MOST_WORKLOADS),
    { text: (paint) => paint("dim", rest), subject: undefined },
  ];
}

function workloadRow(workload: WorkloadRow): PanelRow {
  const { kind, key, there, wanted, trouble } = workload;
  const what = kind === "Job" ? "complete" : "ready";
  const style: Style = isWhole(workload) ? "good" : trouble === "" ? "warn" : "bad";
  return {
    text: (paint) =>
      `${paint("title", `${kind.toLowerCase()}/${key.replace(/^default\//, "")}`)} ${paint(style, `${there}/${wanted} ${what}`)}${trouble === "" ? "" : ` ${paint("bad", trouble)}`}`,
    subject: { kind, key },
  };
}

/** Rows of the event list, the newest last. */
export function eventRows(frame: Frame, filter: string): readonly PanelRow[] {
  return frame.lines
    .map(
      (line): PanelRow => ({
        text: (paint) => lineText(line, paint),
        subject: { kind: "entry", seq: line.seq },
      }),
    )
    .filter((row) => holds(row, filter));
}

/** What the picked row of the panel in use is about. */
export function pickedSubject(frame: Frame, view: ViewState): Subject | undefined {
  const { panel, filter, nodesAt, eventsBack } = view;
  if (panel === "nodes")
    return nodesAt === undefined ? undefined : nodeRows(frame, filter)[nodesAt]?.subject;
  return eventsBack === undefined
    ? undefined
    : eventRows(frame, filter).at(-1 - eventsBack)?.subject;
}

/** Both panels, or below a width the one in use. */
export function panelRows(
  { frame, view, columns, wide }: PanelScene,
  height: number,
  paint: Paint,
): readonly string[] {
  const nodes = (width: number) => nodesPanel(frame, view, width, height, paint);
  const events = (width: number) => eventsPanel(frame, view, width, height, paint);
  if (columns < wide) return view.panel === "nodes" ? nodes(columns) : events(columns);
  const left = Math.floor(columns * 0.45);
  const [first, second] = [nodes(left - 1), events(columns - left - 2)];
  return Array.from(
    { length: height },
    (_, at) => `${toWidth(first[at] ?? "", left - 1)}${paint("dim", " │ ")}${second[at] ?? ""}`,
  );
}

/** What panels need of a scene. */
interface PanelScene {
  readonly frame: Frame;
  readonly view: ViewState;
  readonly columns: number;
  /** Columns from which the panels stand side by side. */
  readonly wide: number;
}

function nodesPanel(
  frame: Frame,
  view: ViewState,
  width: number,
  height: number,
  paint: Paint,
): readonly string[] {
  const rows = nodeRows(frame, view.filter);
  const picked = view.nodesAt;
  return panel(
    { title: "Workloads, nodes and pods", view, of: "nodes", rows, picked, start: 0 },
    width,
    height,
    paint,
  );
}

function eventsPanel(
  frame: Frame,
  view: ViewState,
  width: number,
  height: number,
  paint: Paint,
): readonly string[] {
  const rows = eventRows(frame, view.filter);
  const picked = view.eventsBack === undefined ? undefined : rows.length - 1 - view.eventsBack;
  const start = rows.length - 1;
  return panel({ title: "Events", view, of: "events", rows, picked, start }, width, height, paint);
}

interface PanelParts {
  readonly title: string;
  readonly view: ViewState;
  readonly of: ViewState["panel"];
  readonly rows: readonly PanelRow[];
  readonly picked: number | undefined;
  /** Row that is in sight while none is picked. */
  readonly start: number;
}

/** A heading and as many rows as fit, the picked one in their middle. */
function panel(
  { title, view, of, rows, picked, start }: PanelParts,
  width: number,
  height: number,
  paint: Paint,
): readonly string[] {
  const room = Math.max(0, height - 1);
  const middle = (picked ?? start) - Math.floor(room / 2);
  const from = Math.max(0, Math.min(middle, rows.length - room));
  const shown = rows.slice(from, from + room);
  const more =
    rows.length > shown.length
      ? paint("dim", ` ${from + 1}–${from + shown.length} of ${rows.length}`)
      : "";
  const filter = view.filter === "" ? "" : paint("warn", ` /${view.filter}`);
  const focused = view.panel === of;
  return [
    `${paint(focused ? "inverse" : "title", title)}${filter}${more}`,
    ...shown.map(({ text }, at) =>
      focused && from + at === picked
        ? paint("inverse", toWidth(`›${text(plain)}`, width))
        : ` ${text(paint)}`,
    ),
  ].map((row) => toWidth(row, width));
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
  const pods = `${node.pods} pod${node.pods === 1 ? "" : "s"}`;
  return `${paint("title", node.name)} ${paint(style, word)}${cordon} ${pods} cpu ${share(node.cpu)} mem ${share(node.memory)}${taints}`;
}

function share([part, whole]: readonly [number, number]): string {
  return whole === 0 ? "–" : `${Math.round((100 * part) / whole)}%`;
}

function podRow(pod: PodRow): PanelRow {
  return { text: (paint) => podText(pod, paint), subject: { kind: "Pod", key: pod.key } };
}

function podText({ key, status, ready, restarts }: PodRow, paint: Paint): string {
  const style: Style = ready
    ? "good"
    : /Running|Pending|Creating|Initializing|Terminating|Completed|Init:/.test(status)
      ? "warn"
      : "bad";
  const again = restarts === 0 ? "" : paint("warn", ` ↻${restarts}`);
  return ` ${paint(style, ready ? "●" : "○")} ${key.replace(/^default\//, "")} ${paint(ready ? "dim" : style, status)}${again}`;
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

/** Virtual time with tenths, as wide at its end as at its start. */
export function formatClock(time: Micros): string {
  const tenths = Math.floor(time / (SECOND / 10));
  const minutes = Math.floor(tenths / 600);
  return `${String(minutes).padStart(2, "0")}:${String(Math.floor((tenths % 600) / 10)).padStart(2, "0")}.${tenths % 10}`;
}
