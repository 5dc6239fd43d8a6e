import type { JournalEntry } from "../engine/journal.ts";
import type { Micros } from "../engine/time.ts";

/** How a remark is meant: colours and marks follow it. */
export type Tone = "neutral" | "good" | "bad" | "fault" | "step" | "say";

/** A journal entry in words, where it is worth some. */
export interface Remark {
  readonly time: Micros;
  readonly seq: number;
  readonly tone: Tone;
  /** What it is about: `pod/web-1`, `node/node-2`. */
  readonly subject: string;
  /** What happened to it: `is Ready`. Remarks of the same text within an instant can be told together. */
  readonly text: string;
}

/** Says something about entries of one kind of object, or nothing. */
export type Remarker = (entry: JournalEntry) => readonly Remark[];
