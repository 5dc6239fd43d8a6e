import { podStatusText } from "../api/kinds/columns/pod.ts";
import { findCondition } from "../api/meta/conditions.ts";
import { milliValue, wholeValue } from "../api/meta/quantity.ts";
import type { Key, KubeObject } from "../api/object.ts";
import type { Container, Node, Pod } from "../api/types.gen.ts";
import type { JournalEntry, Seq } from "../engine/journal.ts";
import { formatSpan, type Micros } from "../engine/time.ts";
import { type History, isChange, type ObjectChange } from "./history.ts";
import { describe } from "./why.ts";
import {
  isWhole,
  isWorkload,
  type WorkloadKind,
  type WorkloadRow,
  workloadRow,
} from "./workload-row.ts";

/** A node as a view shows it. */
export interface NodeRow {
  readonly name: string;
  /** Status of its Ready condition. */
  readonly ready: "True" | "False" | "Unknown";
  readonly cordoned: boolean;
  readonly taints: readonly string[];
  /** Sum of requests and what is allocatable: millicores and bytes. */
  readonly cpu: readonly [requested: number, allocatable: number];
  readonly memory: readonly [requested: number, allocatable: number];
  readonly pods: number;
}

/** A pod as a view shows it. */
export interface PodRow {
  readonly key: Key;
  /** Node it is on; empty while it is on none. */
  readonly node: string;
  /** As kubectl prints it: Running, Pending, CrashLoopBackOff, Terminating … */
  readonly status: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Its controller, `ReplicaSet/web-1`; empty without one. */
  readonly owner: string;
}

/** A line of the event list. */
export interface FrameLine {
  /** The entry that it tells of. */
  readonly seq: Seq;
  readonly time: Micros;
  readonly text: string;
  readonly tone: "plain" | "good" | "bad" | "fault" | "step";
}

/** What can be seen of a cluster at one place of its journal. */
export interface Frame {
  readonly time: Micros;
  /** Those that are not whole first. */
  readonly workloads: readonly WorkloadRow[];
  readonly nodes: readonly NodeRow[];
  readonly pods: readonly PodRow[];
  /** Newest last. */
  readonly lines: readonly FrameLine[];
  /** What the newest step says to the viewer; empty before the first. */
  readonly narration: string;
  readonly activeFaults: readonly string[];
  readonly expectations: readonly { readonly name: string; readonly passed: boolean }[];
}

/** A mark of the time axis. */
export interface Mark {
  readonly time: Micros;
  readonly index: number;
  readonly kind: "fault" | "recovery" | "step" | "pass" | "fail";
  readonly text: string;
}

/** Lines of the event list a frame carries. */
const LINES = 200;

/**
 * A place in a journal that moves both ways: every change carries before and after, so going back costs what going on does.
 */
export class FrameCursor {
  readonly #history: History;
  readonly #marks: readonly Mark[];
  readonly #nodes = new Map<Key, Node>();
  readonly #pods = new Map<Key, Pod>();
  readonly #workloads: Readonly<Record<WorkloadKind, Map<Key, KubeObject>>> = {
    Deployment: new Map(),
    StatefulSet: new Map(),
    DaemonSet: new Map(),
    Job: new Map(),
  };
  #index = 0;

  constructor(history: History) {
    this.#history = history;
    this.#marks = marksOf(history);
  }

  /** Number of entries behind the cursor. */
  get index(): number {
    return this.#index;
  }

  /** Moves to after the first `index` entries. */
  moveTo(index: number): void {
    const { entries } = this.#history;
    const target = Math.max(0, Math.min(index, entries.length));
    while (this.#index < target) this.#apply(entries[this.#index++] as JournalEntry, false);
    while (this.#index > target) this.#apply(entries[--this.#index] as JournalEntry, true);
  }

  /** Places of the whole journal that a time axis shows. */
  get marks(): readonly Mark[] {
    return this.#marks;
  }

  /** What can be seen here; `time` is what the clock shows. */
  frame(time: Micros): Frame {
    const pods = [...this.#pods.values()].map(podRow).sort((a, b) => compare(a.key, b.key));
    const onNode = grouped(this.#pods.values(), ({ spec }) => spec.nodeName ?? "");
    const nodes = [...this.#nodes.values()].map((node) =>
      nodeRow(node, onNode.get(node.metadata.name) ?? []),
    );
    nodes.sort((a, b) => compare(a.name, b.name));
    const workloads = Object.entries(this.#workloads).flatMap(([kind, objects]) =>
      [...objects.values()].map((object) => workloadRow(kind as WorkloadKind, object)),
    );
    workloads.sort(
      (a, b) =>
        Number(isWhole(a)) - Number(isWhole(b)) || compare(a.key, b.key) || compare(a.kind, b.kind),
    );
    return { time, workloads, nodes, pods, ...this.#told() };
  }

  #apply(entry: JournalEntry, backwards: boolean): void {
    if (!isChange(entry)) return;
    const objects =
      entry.collection === "Pod"
        ? this.#pods
        : entry.collection === "Node"
          ? this.#nodes
          : isWorkload(entry.collection)
            ? this.#workloads[entry.collection]
            : undefined;
    if (objects === undefined) return;
    const object = backwards ? entry.before : entry.after;
    if (object === undefined) objects.delete(entry.key);
    else (objects as Map<Key, typeof object>).set(entry.key, object);
  }

  /** What faults, steps, verdicts and notable entries before the cursor say. */
  #told(): Pick<Frame, "lines" | "narration" | "activeFaults" | "expectations"> {
    const lines: FrameLine[] = [];
    const faults = new Map<string, true>();
    const verdicts = new Map<string, boolean>();
    const { entries } = this.#history;
    for (let at = this.#index - 1; at >= 0 && lines.length < LINES; at--) {
      const line = lineOf(entries[at] as JournalEntry);
      if (line !== undefined) lines.push(line);
    }
    let narration = "";
    for (const { index } of this.#marks) {
      if (index >= this.#index) break;
      const entry = entries[index] as JournalEntry;
      if (entry.kind === "step") narration = (entry.step as { say?: string }).say ?? narration;
      if (entry.kind === "expectation") verdicts.set(entry.name, entry.passed);
      if (entry.kind !== "fault") continue;
      const name = `${entry.fault.type} ${entry.fault.target ?? ""}`.trim();
      if (entry.momentary) continue;
      if (entry.phase === "begin") faults.set(name, true);
      else faults.delete(name);
    }
    return {
      lines: lines.reverse(),
      narration,
      activeFaults: [...faults.keys()],
      expectations: [...verdicts].map(([name, passed]) => ({ name, passed })),
    };
  }
}

/** Places of the journal that a time axis shows. */
function marksOf(history: History): readonly Mark[] {
  const marks: Mark[] = [];
  history.entries.forEach((entry, index) => {
    const kind = markKind(entry);
    if (kind !== undefined) marks.push({ time: entry.time, index, kind, text: describe(entry) });
  });
  return marks;
}

function markKind(entry: JournalEntry): Mark["kind"] | undefined {
  if (entry.kind === "fault") return entry.phase === "begin" ? "fault" : "recovery";
  if (entry.kind === "expectation") return entry.passed ? "pass" : "fail";
  return entry.kind === "step" && isBeginning(entry.step) ? "step" : undefined;
}

/** A step's notes and errors are lines of the event list, not marks of their own. */
function isBeginning(step: unknown): boolean {
  return ((step as { what?: string }).what ?? "begin") === "begin";
}

/** The line an entry adds to the event list, if it is worth one. */
function lineOf(entry: JournalEntry): FrameLine | undefined {
  const tone = toneOf(entry);
  if (tone === undefined) return undefined;
  return { seq: entry.seq, time: entry.time, text: describe(entry), tone };
}

function toneOf(entry: JournalEntry): FrameLine["tone"] | undefined {
  switch (entry.kind) {
    case "fault":
    case "step":
      return entry.kind;
    case "expectation":
      return entry.passed ? "good" : "bad";
    case "record":
      return (entry.record as { type: string }).type === "Warning" ? "bad" : "plain";
    case "change":
      return isNews(entry as ObjectChange) ? "plain" : undefined;
    default:
      return undefined;
  }
}

const TOLD_KINDS: ReadonlySet<string> = new Set([
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "Node",
  "Pod",
]);

/** Creations and deletions of what people deploy; every other change has its EventRecord. */
function isNews({ collection, before, after }: ObjectChange): boolean {
  return TOLD_KINDS.has(collection) && (before === undefined || after === undefined);
}

function nodeRow(node: Node, onIt: readonly Pod[]): NodeRow {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready")?.status;
  const allocatable = node.status?.allocatable ?? {};
  let cpu = 0;
  let memory = 0;
  let pods = 0;
  for (const pod of onIt) {
    if (hasEnded(pod)) continue;
    pods++;
    cpu += requested(pod.spec.containers, "cpu", milliValue);
    memory += requested(pod.spec.containers, "memory", wholeValue);
  }
  return {
    name: node.metadata.name,
    ready: ready === "True" || ready === "False" ? ready : "Unknown",
    cordoned: node.spec?.unschedulable === true,
    taints: (node.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`),
    cpu: [cpu, milliValue(allocatable["cpu"] ?? "0")],
    memory: [memory, wholeValue(allocatable["memory"] ?? "0")],
    pods,
  };
}

function podRow(pod: Pod): PodRow {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const restarts = (pod.status?.containerStatuses ?? []).reduce(
    (sum, { restartCount }) => sum + restartCount,
    0,
  );
  return {
    key: `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`,
    node: pod.spec.nodeName ?? "",
    status: podStatusText(pod),
    ready: findCondition(pod.status?.conditions ?? [], "Ready")?.status === "True",
    restarts,
    owner: owner === undefined ? "" : `${owner.kind}/${owner.name}`,
  };
}

function requested(
  containers: readonly Container[],
  resource: string,
  read: (text: string) => number,
): number {
  return containers.reduce(
    (sum, { resources }) => sum + read(resources?.requests?.[resource] ?? "0"),
    0,
  );
}

function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Items by a key, in their order. */
export function grouped<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [item]);
    else known.push(item);
  }
  return groups;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A frame as text: for pipes, and for tests. */
export function formatFrame(frame: Frame): string {
  const lines = [`t = ${formatSpan(frame.time)}`];
  for (const fault of frame.activeFaults) lines.push(`  fault: ${fault}`);
  for (const node of frame.nodes) {
    const state = `${node.ready === "True" ? "Ready" : node.ready === "False" ? "NotReady" : "Unknown"}${node.cordoned ? ",SchedulingDisabled" : ""}`;
    lines.push(`  ${node.name}  ${state}  ${node.pods} pods  cpu ${node.cpu[0]}m/${node.cpu[1]}m`);
    for (const pod of frame.pods) if (pod.node === node.name) lines.push(`    ${formatPod(pod)}`);
  }
  const homeless = frame.pods.filter(
    ({ node }) => node === "" || !frame.nodes.some(({ name }) => name === node),
  );
  if (homeless.length > 0) lines.push("  on no node");
  for (const pod of homeless) lines.push(`    ${formatPod(pod)}`);
  return lines.join("\n");
}

function formatPod({ key, status, ready, restarts }: PodRow): string {
  return `${ready ? "●" : "○"} ${key}  ${status}${restarts === 0 ? "" : `  restarts ${restarts}`}`;
}
