import { EventEmitter } from "node:events";

/** Where the bytes of a screen go: a terminal, a test's emulator, or an asciicast. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(bytes: string): void;
}

const ESC = "\u001b";
/** Alternate screen, cleared, cursor hidden: what was on the terminal comes back on close. */
const OPEN = `${ESC}[?1049h${ESC}[?25l${ESC}[2J`;
const CLOSE = `${ESC}[0m${ESC}[?25h${ESC}[?1049l`;
/** Synchronized updates: terminals that know them show a frame at once, the others ignore them. */
const BEGIN = `${ESC}[?2026h`;
const END = `${ESC}[?2026l`;

/**
 * Draws whole frames as rows of text and sends only the rows that changed, each to its absolute place. Ink's own renderer
 * clears the scrollback when a frame is as tall as the screen, and paints changed lines one row low when it renders incrementally.
 */
export class Screen {
  readonly #terminal: Terminal;
  #shown: string[] = [];
  #open = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Takes the terminal over. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#shown = [];
    this.#terminal.write(OPEN);
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#terminal.write(CLOSE);
  }

  /** The size changed: everything is drawn anew with the next frame. */
  forget(): void {
    this.#shown = [];
    if (this.#open) this.#terminal.write(`${ESC}[2J`);
  }

  /** Shows a frame; rows beyond the terminal are cut. */
  draw(frame: string): void {
    if (!this.#open) return;
    const rows = frame.split("\n").slice(0, this.#terminal.rows);
    let bytes = "";
    const count = Math.max(rows.length, this.#shown.length);
    for (let at = 0; at < count; at++) {
      const row = rows[at] ?? "";
      // Erase first: behind a row as wide as the terminal the cursor still stands on its last column.
      if (row !== this.#shown[at]) bytes += `${ESC}[${at + 1};1H${ESC}[0m${ESC}[2K${row}${ESC}[0m`;
    }
    this.#shown = rows;
    if (bytes !== "") this.#terminal.write(`${BEGIN}${bytes}${END}`);
  }
}

/** What Ink takes for its stdout: every frame it writes goes to a screen. To be used with Ink's `debug: true`, which writes frames whole. */
export class InkOutput extends EventEmitter {
  readonly isTTY = true;
  readonly #screen: Screen;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal, screen: Screen) {
    super();
    this.#terminal = terminal;
    this.#screen = screen;
  }

  get columns(): number {
    return this.#terminal.columns;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  write(frame: string): boolean {
    this.#screen.draw(frame);
    return true;
  }

  /** Tells Ink and the screen that the terminal's size changed. */
  resized(): void {
    this.#screen.forget();
    this.emit("resize");
  }
}
