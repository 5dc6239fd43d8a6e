import { closeSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { JournalEntry } from "../../sim/engine/journal.ts";
import { told } from "../files/write.ts";

const BLOCK = 1 << 16;

/** Writes journal entries, a JSON object a line, in blocks; a file is there when it is whole. */
export class JournalFile {
  readonly #file: number | undefined;
  readonly #path: string | undefined;
  readonly #print: ((text: string) => void) | undefined;
  #waiting = "";

  /** To a file, or through `print`. */
  constructor(path: string | undefined, print?: (text: string) => void) {
    this.#path = path;
    this.#file = path === undefined ? undefined : told(path, () => openSync(`${path}.part`, "w"));
    this.#print = print;
    if (path !== undefined) process.once("exit", this.#drop);
  }

  /** A run that came to no end leaves nothing behind. */
  readonly #drop = (): void => rmSync(`${this.#path}.part`, { force: true });

  take(entry: JournalEntry): void {
    this.#waiting += `${JSON.stringify(entry)}\n`;
    if (this.#waiting.length > BLOCK) this.#write();
  }

  close(): void {
    this.#write();
    if (this.#file === undefined || this.#path === undefined) return;
    closeSync(this.#file);
    renameSync(`${this.#path}.part`, this.#path);
    process.off("exit", this.#drop);
  }

  #write(): void {
    if (this.#file !== undefined) writeFileSync(this.#file, this.#waiting);
    this.#print?.(this.#waiting);
    this.#waiting = "";
  }
}
