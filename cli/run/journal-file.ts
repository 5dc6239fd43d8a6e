import { closeSync, openSync, writeSync } from "node:fs";
import type { JournalEntry } from "../../sim/engine/journal.ts";

const BLOCK = 1 << 16;

/** Writes journal entries, a JSON object a line, in blocks. */
export class JournalFile {
  readonly #file: number | undefined;
  readonly #print: ((text: string) => void) | undefined;
  #waiting = "";

  /** To a file, or through `print`. */
  constructor(path: string | undefined, print?: (text: string) => void) {
    this.#file = path === undefined ? undefined : openSync(path, "w");
    this.#print = print;
  }

  take(entry: JournalEntry): void {
    this.#waiting += `${JSON.stringify(entry)}\n`;
    if (this.#waiting.length > BLOCK) this.#write();
  }

  close(): void {
    this.#write();
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #write(): void {
    if (this.#file !== undefined) writeSync(this.#file, this.#waiting);
    this.#print?.(this.#waiting);
    this.#waiting = "";
  }
}
