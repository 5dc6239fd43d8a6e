import { closeSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { JournalEntry } from "../../sim/engine/journal.ts";
import { isDevice, placeBehind, told } from "../files/write.ts";

const BLOCK = 1 << 16;

/** Writes journal entries, a JSON object a line, in blocks; a file is there when it is whole. */
export class JournalFile {
  readonly #file: number | undefined;
  /** Where it is written until it is whole, and its place; undefined where there is no file of its own. */
  readonly #move: readonly [beside: string, path: string] | undefined;
  readonly #print: ((text: string) => void) | undefined;
  #waiting = "";

  /** To a file, or through `print`. */
  constructor(given: string | undefined, print?: (text: string) => void) {
    this.#print = print;
    if (given === undefined) return;
    const path = placeBehind(given);
    this.#move = isDevice(given) ? undefined : [`${path}.part`, path];
    this.#file = told(given, () => openSync(this.#move?.[0] ?? given, "w"));
    process.once("exit", this.#drop);
  }

  /** A run that came to no end leaves nothing behind. */
  readonly #drop = (): void => {
    if (this.#move !== undefined) rmSync(this.#move[0], { force: true });
  };

  take(entry: JournalEntry): void {
    this.#waiting += `${JSON.stringify(entry)}\n`;
    if (this.#waiting.length > BLOCK) this.#write();
  }

  close(): void {
    this.#write();
    if (this.#file === undefined) return;
    closeSync(this.#file);
    if (this.#move !== undefined) renameSync(...this.#move);
    process.off("exit", this.#drop);
  }

  #write(): void {
    if (this.#file !== undefined) writeFileSync(this.#file, this.#waiting);
    this.#print?.(this.#waiting);
    this.#waiting = "";
  }
}
