import type { Key, KubeObject } from "../api/object.ts";
import type { JournalEntry, Seq } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";
import type { History, ObjectChange } from "./history.ts";

/** What is asked about: an object, and perhaps one field of it at one instant. */
export interface Question {
  readonly kind: string;
  readonly key: Key;
  /** The newest change at or before this time; the last one when absent. */
  readonly at?: Micros;
  /** Dotted path of a field: the change that gave it its value. */
  readonly field?: string;
}

/** One link of a causal chain, newest first. */
export interface Link {
  readonly seq: Seq;
  readonly time: Micros;
  readonly actor: string;
  /** What happened, in words. */
  readonly text: string;
  readonly entry: JournalEntry;
}

/** Entries a chain may have; a longer one would be a loop, which causes cannot make. */
const LONGEST_CHAIN = 10_000;

/**
 * The chain of entries that led to an object or a field: entry ← entry … ← step or fault.
 * Empty when the journal knows no such object (or field) at that time.
 */
export function why(history: History, question: Question): readonly Link[] {
  const start = changeInQuestion(history, question);
  return start === undefined ? [] : chainFrom(history, start);
}

/** The chain behind any entry, itself first. Events that only carried a cause on are passed over unless nothing else is there. */
function chainFrom(history: History, start: JournalEntry): readonly Link[] {
  const links: Link[] = [];
  let entry: JournalEntry | undefined = start;
  for (let length = 0; entry !== undefined && length < LONGEST_CHAIN; length++) {
    const next: JournalEntry | undefined = history.entry(entry.cause);
    // A delivery or a timer between two things that happened says nothing by itself; the first entry of all does.
    const atStep = links.at(-1)?.entry.kind === "step";
    if (entry.kind !== "event" || (next === undefined && !atStep)) links.push(linkOf(entry));
    if (next === undefined && entry.cause !== 0) {
      const step = stepBehind(history, entry);
      if (step !== undefined) links.push(linkOf(step));
    }
    entry = next;
  }
  return links;
}

/** Steps have numbers between the run's own: the newest one at or before the entry. */
function stepBehind(history: History, entry: JournalEntry): JournalEntry | undefined {
  let found: JournalEntry | undefined;
  for (const candidate of history.entries) {
    if (candidate.seq > entry.seq) break;
    if (candidate.kind === "step") found = candidate;
  }
  return found;
}

function linkOf(entry: JournalEntry): Link {
  return { seq: entry.seq, time: entry.time, actor: entry.actor, text: describe(entry), entry };
}

function changeInQuestion(
  history: History,
  { kind, key, at, field }: Question,
): ObjectChange | undefined {
  const changes = history.changesOf(kind, key).filter(({ time }) => at === undefined || time <= at);
  if (field === undefined) return creationOf(changes);
  for (let index = changes.length - 1; index >= 0; index--) {
    const change = changes[index] as ObjectChange;
    const value = JSON.stringify(valueAt(change.after, field));
    if (value !== JSON.stringify(valueAt(change.before, field))) return change;
  }
  return undefined;
}

/** "Why is it there" is answered by its creation; a deleted object's question is why it went. */
function creationOf(changes: readonly ObjectChange[]): ObjectChange | undefined {
  const last = changes.at(-1);
  if (last === undefined || last.after === undefined) return last;
  for (let index = changes.length - 1; index >= 0; index--) {
    if (changes[index]?.before === undefined) return changes[index];
  }
  return changes[0];
}

/** Value at a dotted path; `[n]` and `[name=value]` choose from lists. */
export function valueAt(value: unknown, path: string): unknown {
  let current = value;
  for (const part of path.match(/[^.[\]]+|\[[^\]]*\]/g) ?? []) {
    if (typeof current !== "object" || current === null) return undefined;
    if (!part.startsWith("[")) current = (current as Record<string, unknown>)[part];
    else current = elementOf(current, part.slice(1, -1));
  }
  return current;
}

function elementOf(list: object, choice: string): unknown {
  if (!Array.isArray(list)) return undefined;
  const equals = choice.indexOf("=");
  if (equals < 0) return list[Number(choice)];
  const name = choice.slice(0, equals);
  const wanted = choice.slice(equals + 1);
  return list.find((item: unknown) => String((item as Record<string, unknown>)[name]) === wanted);
}

/** An entry in words. */
export function describe(entry: JournalEntry): string {
  switch (entry.kind) {
    case "change":
      return describeChange(entry as ObjectChange);
    case "event":
      return `event ${entry.event.type}`;
    case "decision":
      return describeDecision(entry.subject, entry.decision);
    case "record": {
      const { reason, message } = entry.record as { reason: string; message: string };
      return `${entry.subject}: ${reason}: ${message}`;
    }
    case "fault":
      return `fault ${entry.fault.type} ${entry.phase === "begin" ? "begins" : "ends"}${entry.fault.target === undefined ? "" : ` on ${entry.fault.target}`}`;
    case "step": {
      const step = entry.step as { id?: string; text?: string } | string;
      return `step ${typeof step === "string" ? step : [step.id, step.text].filter(Boolean).join(": ")}`;
    }
    case "expectation":
      return `expectation ${entry.name} ${entry.passed ? "holds" : "fails"}: ${entry.message}`;
  }
}

function describeDecision(subject: string, decision: unknown): string {
  const { result, host, message } = (decision ?? {}) as {
    result?: string;
    host?: string;
    message?: string;
  };
  if (host !== undefined) return `${subject}: scheduled on ${host}`;
  return `${subject}: ${result ?? "decided"}${message === undefined || message === "" ? "" : `: ${message}`}`;
}

function describeChange({ collection, key, before, after }: ObjectChange): string {
  const name = `${collection} ${key}`;
  if (before === undefined) return `${name} created`;
  if (after === undefined) return `${name} deleted`;
  const fields = changedFields(before, after);
  return fields.length === 0
    ? `${name} written`
    : `${name} changed: ${fields.slice(0, 4).join(", ")}${fields.length > 4 ? ", …" : ""}`;
}

/** Names without news: every write changes them. */
const SILENT: ReadonlySet<string> = new Set(["metadata.resourceVersion", "metadata.managedFields"]);

/** Leaves that differ, as `path old → new`; lists and objects that appear whole count as one. */
export function changedFields(before: KubeObject, after: KubeObject): readonly string[] {
  const fields: string[] = [];
  collect(before, after, "", fields);
  return fields;
}

function collect(before: unknown, after: unknown, path: string, fields: string[]): void {
  if (before === after || SILENT.has(path)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      collect(before[key], after[key], path === "" ? key : `${path}.${key}`, fields);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    collectList(before, after, path, fields);
    return;
  }
  fields.push(`${path} ${brief(before)} → ${brief(after)}`);
}

/** Conditions and containers are told apart by type and name, everything else by place. */
function collectList(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  fields: string[],
): void {
  const name = (item: unknown, at: number): string => {
    const { type, name } = (isRecord(item) ? item : {}) as { type?: string; name?: string };
    return type ?? name ?? String(at);
  };
  const old = new Map(before.map((item, at) => [name(item, at), item]));
  const next = new Map(after.map((item, at) => [name(item, at), item]));
  for (const key of new Set([...old.keys(), ...next.keys()])) {
    collect(old.get(key), next.get(key), `${path}[${key}]`, fields);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  if (value === undefined) return "none";
  if (isRecord(value) && "status" in value) return String(value["status"]);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
