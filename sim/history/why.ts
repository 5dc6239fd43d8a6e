import type { Key } from "../api/object.ts";
import type { JournalEntry, Seq } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";
import { fieldChanges, fieldChangeText, valueAt } from "./field-change.ts";
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

/** The chain behind an entry, by its number. Empty when the journal has none of it. */
export function whyEntry(history: History, seq: Seq): readonly Link[] {
  const entry = history.entry(seq) ?? history.entries.find((one) => one.seq === seq);
  return entry === undefined ? [] : chainFrom(history, entry);
}

/** The chain behind what an object is like at an instant: behind its newest change. */
export function whyState(history: History, kind: string, key: Key, at: Micros): readonly Link[] {
  const change = history.changesOf(kind, key).findLast(({ time }) => time <= at);
  return change === undefined ? [] : chainFrom(history, change);
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
      if (step !== undefined && step !== links.at(-1)?.entry) links.push(linkOf(step));
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
    case "flow":
      return `requests to ${entry.subject} change`;
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
  const fields = fieldChanges(before, after);
  const first = fields.slice(0, 4).map(fieldChangeText).join(", ");
  return fields.length === 0
    ? `${name} written`
    : `${name} changed: ${first}${fields.length > 4 ? ", …" : ""}`;
}
