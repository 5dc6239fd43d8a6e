import { Digest, type DigestState } from "./digest.ts";
import {
  hashDifference,
  hashHigh,
  hashLow,
  hashName,
  hashStart,
  hashText,
  hashValue,
  hashWord,
  nameWord,
} from "./hash.ts";
import type { Micros } from "./time.ts";

/** Number of an entry in its journal, from 1; 0 stands for "nothing before it": the start of the run. */
export type Seq = number;

/** How much of a journal is kept. Never alters the run or its digest. */
export type JournalDetail = "full" | "changes" | "digest";

/** What every entry says: when, who, and which entry led to it. */
export interface EntryHead {
  readonly seq: Seq;
  readonly time: Micros;
  readonly actor: string;
  readonly cause: Seq;
}

/** An event of the future event list fired. */
export interface EventEntry extends EntryHead {
  readonly kind: "event";
  readonly event: { readonly type: string };
}

/** An object was added (`before` missing), changed, or removed (`after` missing). */
export interface ChangeEntry<T = unknown> extends EntryHead {
  readonly kind: "change";
  /** Collection and key of the object: `Pod`, `default/web-1`. */
  readonly collection: string;
  readonly key: string;
  readonly revision: number;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** A choice among alternatives, with what it was based on. */
export interface DecisionEntry extends EntryHead {
  readonly kind: "decision";
  readonly subject: string;
  /** What was chosen, in short: all of a decision that enters the digest. */
  readonly outcome: string;
  /** What it was based on, in the detail that was asked for. */
  readonly decision: unknown;
}

/** A remark of an actor about an object. */
export interface RecordEntry extends EntryHead {
  readonly kind: "record";
  readonly subject: string;
  readonly record: Remark;
}

/** What an EventRecord says. */
export interface Remark {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** A fault began or ended. */
export interface FaultEntry extends EntryHead {
  readonly kind: "fault";
  readonly phase: "begin" | "end";
  readonly fault: { readonly type: string; readonly target?: string };
  /** It strikes once and lasts no time: no end follows. For viewers; not in the digest. */
  readonly momentary?: true;
}

/** Something the run's script did or said: a step, a narration, a checkpoint. */
export interface StepEntry extends EntryHead {
  readonly kind: "step";
  readonly step: unknown;
}

/** An expectation was decided. */
export interface ExpectationEntry extends EntryHead {
  readonly kind: "expectation";
  readonly name: string;
  readonly passed: boolean;
  readonly message: string;
}

/** What happens to a subject's traffic from here on, as rates: for measures and viewers, nothing follows from it. */
export interface FlowEntry extends EntryHead {
  readonly kind: "flow";
  readonly subject: string;
  /** Which of the flows to it: it replaces what was said of this one before. */
  readonly id: number;
  readonly flow: unknown;
}

/** One line of the journal. */
export type JournalEntry =
  | EventEntry
  | ChangeEntry
  | DecisionEntry
  | RecordEntry
  | FaultEntry
  | StepEntry
  | ExpectationEntry
  | FlowEntry;

type Distribute<T> = T extends JournalEntry ? Omit<T, "seq" | "time" | "actor" | "cause"> : never;
/** What an actor writes down; the journal adds number, time, actor and cause. */
export type JournalBody = Distribute<JournalEntry>;

/** A journal under way, as plain data. Kept entries are not part of it: they are the past. */
export interface JournalState {
  readonly seq: Seq;
  readonly digest: DigestState;
  /** What was last added to each collection: additions enter the digest by what they have different from it. */
  readonly added: readonly (readonly [collection: string, object: unknown])[];
}

const CHANGE = nameWord("change");
const ADDED = nameWord("added");

/** Hashes of the names of one sort. One comes many times in a row: the last is not looked up again. */
class NameHashes {
  #name: string | undefined;
  #word = 0;

  wordOf(name: string): number {
    if (name !== this.#name) {
      this.#word = nameWord(name);
      this.#name = name;
    }
    return this.#word;
  }
}

/** Room for observations between two entries of the run; beyond it they share the last number. */
const OBSERVED_LIMIT = 1_048_576;

/** Kinds that observers add and that must leave the digest alone: narration, verdicts and measured flows never alter a run. */
const OBSERVATIONS: ReadonlySet<string> = new Set(["step", "expectation", "flow"]);

/**
 * Append-only account of a run. Entries carry the sequence number of the entry that led to them; the digest takes
 * every entry in, whatever is kept.
 */
export class Journal {
  readonly detail: JournalDetail;
  readonly #entries: JournalEntry[] = [];
  readonly #digest = new Digest();
  readonly #listeners: ((entry: JournalEntry) => void)[] = [];
  readonly #added = new Map<string, unknown>();
  readonly #actors = new NameHashes();
  readonly #types = new NameHashes();
  readonly #collections = new NameHashes();
  /** Observations since the run's last entry. */
  #observed = 0;
  #seq: Seq = 0;
  /** Time of entries written now; the engine sets it. */
  time: Micros = 0;
  /** Who writes now; the engine sets it. */
  actor = "";
  /** The entry that led to what is written now; the engine and queues set it. */
  cause: Seq = 0;

  constructor(detail: JournalDetail = "full") {
    this.detail = detail;
  }

  /** Number of the newest entry. */
  get seq(): Seq {
    return this.#seq;
  }

  /** The entries kept, oldest first. */
  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** Writes that an event fires: the hottest entry, so nothing is made for it unless somebody wants it. */
  appendEvent(event: { readonly type: string }): Seq {
    const seq = this.#next();
    this.#hashActor();
    hashWord(this.#types.wordOf(event.type));
    this.#digest.add(seq, this.time, Math.floor(this.cause), hashHigh(), hashLow());
    if (this.#wanted("event")) this.#keep(seq, { kind: "event", event });
    return seq;
  }

  /** Writes that an object changed: as hot as events, so nothing is made for it either unless somebody wants it. */
  appendChange(
    collection: string,
    key: string,
    revision: number,
    before: unknown,
    after: unknown,
  ): Seq {
    const seq = this.#next();
    this.#hashActor();
    hashWord(CHANGE);
    this.#hashChange(collection, key, before, after);
    this.#digest.add(seq, this.time, Math.floor(this.cause), hashHigh(), hashLow());
    if (this.#wanted("change"))
      this.#keep(seq, { kind: "change", collection, key, revision, before, after });
    return seq;
  }

  /** Writes an entry and returns its number. */
  append(body: JournalBody): Seq {
    if (OBSERVATIONS.has(body.kind)) return this.#observe(body);
    if (body.kind === "change") {
      const { collection, key, revision, before, after } = body;
      return this.appendChange(collection, key, revision, before, after);
    }
    const seq = this.#next();
    this.#hashActor();
    hashName(body.kind);
    hashBody(body);
    this.#digest.add(seq, this.time, Math.floor(this.cause), hashHigh(), hashLow());
    if (this.#wanted(body.kind)) this.#keep(seq, body);
    return seq;
  }

  #next(): Seq {
    this.#observed = 0;
    return ++this.#seq;
  }

  #hashActor(): void {
    hashStart();
    hashWord(this.#actors.wordOf(this.actor));
  }

  /** A change enters the digest by what it changed; an addition by what it has different from the last one of its collection. */
  #hashChange(collection: string, key: string, before: unknown, after: unknown): void {
    hashWord(this.#collections.wordOf(collection));
    hashText(key);
    if (before !== undefined) {
      hashDifference(before, after);
      return;
    }
    hashWord(ADDED);
    hashDifference(this.#added.get(collection), after);
    this.#added.set(collection, after);
  }

  /**
   * Observations get numbers between the run's own (`seq + k/2^20`), so that the numbers, and with them the digest,
   * are the same whether anybody watches or not. As a cause only the whole part of such a number enters the digest.
   */
  #observe(body: JournalBody): Seq {
    if (this.#observed < OBSERVED_LIMIT - 1) this.#observed++;
    const seq = this.#seq + this.#observed / OBSERVED_LIMIT;
    if (this.#wanted(body.kind)) this.#keep(seq, body);
    return seq;
  }

  #wanted(kind: string): boolean {
    return this.#isKept(kind) || this.#listeners.length > 0;
  }

  #isKept(kind: string): boolean {
    return this.detail === "full" || (this.detail === "changes" && kind !== "event");
  }

  #keep(seq: Seq, body: JournalBody): void {
    const entry = {
      seq,
      time: this.time,
      actor: this.actor,
      cause: this.cause,
      ...body,
    } as JournalEntry;
    if (this.#isKept(body.kind)) this.#entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Calls back with every entry from here on; returns the way to stop. Listeners must not touch the run. */
  listen(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  /** Digest of everything written so far. */
  digest(): string {
    return this.#digest.value();
  }

  save(): JournalState {
    return { seq: this.#seq, digest: this.#digest.save(), added: [...this.#added] };
  }

  /** Goes on from a saved journal; entries kept so far are dropped. */
  load(state: JournalState): void {
    this.#seq = state.seq;
    this.#observed = 0;
    this.#entries.length = 0;
    this.#digest.load(state.digest);
    this.#added.clear();
    for (const [collection, object] of state.added) this.#added.set(collection, object);
  }
}

/** What of an entry enters the digest. */
function hashBody(body: JournalBody): void {
  switch (body.kind) {
    case "event":
      hashName(body.event.type);
      return;
    case "record": {
      const { type, reason, message } = body.record;
      hashText(body.subject);
      hashName(type);
      hashName(reason);
      hashText(message);
      return;
    }
    case "decision":
      // How much of its reasons is written down must not alter the digest.
      hashText(body.subject);
      hashText(body.outcome);
      return;
    case "fault":
      hashValue({ kind: body.kind, phase: body.phase, fault: body.fault });
      return;
    default:
      hashValue(body);
  }
}
