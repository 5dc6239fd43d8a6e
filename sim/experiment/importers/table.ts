import { TraceError } from "../input-error.ts";
import { type TraceFile, textOf } from "./importer.ts";

/** A row of a table of comma-separated values. */
export class Row {
  readonly #cells: ReadonlyMap<string, string>;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #file: string;
  readonly line: number;

  constructor(
    file: string,
    line: number,
    cells: ReadonlyMap<string, string>,
    columns: ReadonlyMap<string, number>,
  ) {
    this.#file = file;
    this.line = line;
    this.#cells = cells;
    this.#columns = columns;
  }

  /** A cell; empty when the column is missing. */
  text(column: string): string {
    return this.#cells.get(column) ?? "";
  }

  /** A number, or what `otherwise` says of an empty cell. Throws `TraceError` for anything else. */
  number(column: string, otherwise?: number): number {
    const text = this.text(column);
    if (text === "" && otherwise !== undefined) return otherwise;
    const value = Number(text);
    if (text === "" || !Number.isFinite(value) || value < 0)
      throw this.problem(column, `${column}: expected a number, got ${JSON.stringify(text)}`);
    return value;
  }

  problem(column: string, message: string, suggestion?: string): TraceError {
    const place = { file: this.#file, line: this.line, column: this.#columns.get(column) ?? 1 };
    return new TraceError(message, place, suggestion);
  }
}

/** A table of comma-separated values. */
export interface Table {
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** Reads comma-separated values with a line of headings; cells may be quoted (RFC 4180), lines may be comments (`#`). */
export function readTable(file: TraceFile): Table {
  const lines = textOf(file).split(/\r?\n/);
  let columns: readonly string[] | undefined;
  const rows: Row[] = [];
  lines.forEach((line, at) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    const cells = split(line);
    if (columns === undefined) {
      columns = cells.map(({ text }) => text.trim());
      return;
    }
    const names = columns;
    if (cells.length > names.length)
      throw new TraceError(
        `expected ${names.length} cells as in the line of headings, got ${cells.length}`,
        { file: file.name, line: at + 1, column: (cells[names.length]?.from ?? 0) + 1 },
      );
    rows.push(
      new Row(
        file.name,
        at + 1,
        new Map(cells.map(({ text }, index) => [names[index] ?? "", text.trim()])),
        new Map(cells.map(({ from }, index) => [names[index] ?? "", from + 1])),
      ),
    );
  });
  if (columns === undefined)
    throw new TraceError("expected a line of headings, got an empty file", { file: file.name });
  return { file: file.name, columns, rows };
}

interface CellText {
  readonly text: string;
  readonly from: number;
}

function split(line: string): readonly CellText[] {
  const cells: CellText[] = [];
  let at = 0;
  for (;;) {
    const from = at;
    if (line[at] === '"') {
      const quoted = /"((?:[^"]|"")*)"?/y;
      quoted.lastIndex = at;
      const [whole = "", inner = ""] = quoted.exec(line) ?? [];
      cells.push({ text: inner.replaceAll('""', '"'), from });
      at += whole.length;
      const comma = line.indexOf(",", at);
      if (comma < 0) return cells;
      at = comma + 1;
    } else {
      const comma = line.indexOf(",", at);
      cells.push({ text: line.slice(at, comma < 0 ? undefined : comma), from });
      if (comma < 0) return cells;
      at = comma + 1;
    }
  }
}
