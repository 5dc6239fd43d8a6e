import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import { formatPath, InputError, type Path, type Problem } from "./problem.ts";

/** Largest input file that is read, in characters: nobody writes a larger scenario by hand. */
const LARGEST = 4 * 1024 * 1024;
/** How many nodes the aliases of one document may expand to, all in all. */
const MOST_ALIASES = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const BINARY = /[\u0000-\u0008\u000e-\u001f\ufffd]/;

/** One document of a file: its value, and where each part of it stands. */
export interface SourceDocument {
  readonly value: unknown;
  readonly source: SourceFile;
  /** Line and column, from 1, of the value at a path, or of the nearest part around it. `key`: of the key itself. */
  locate(path: Path, key?: boolean): { readonly line: number; readonly column: number };
  /** Of a character of the text at a path; of the text's beginning where the file writes it in another way. */
  locateWithin(path: Path, character: number): { readonly line: number; readonly column: number };
}

/** A YAML or JSON file, parsed with positions. */
export class SourceFile {
  readonly name: string;
  readonly text: string;
  readonly documents: readonly SourceDocument[];
  readonly #lines: readonly string[];

  /** Throws `InputError` when the text is not YAML, too large, binary, or expands without bound. */
  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
    this.#lines = text.length > LARGEST ? [] : text.split(/\r?\n/);
    this.#refuseSize();
    this.#refuseBinary();
    const counter = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false });
    const parsed = Array.isArray(documents) ? documents : [];
    this.#refuseSyntax(parsed, counter);
    this.documents = parsed.map((document) => this.#read(document, counter));
  }

  /** A problem at a place of this file. */
  problem(
    at: { line: number; column: number },
    path: Path,
    message: string,
    suggestion?: string,
  ): Problem {
    return {
      file: this.name,
      line: at.line,
      column: at.column,
      path: formatPath(path),
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
      source: this.#lines[at.line - 1] ?? "",
    };
  }

  #fail(line: number, column: number, message: string, suggestion?: string): never {
    throw new InputError([this.problem({ line, column }, [], message, suggestion)]);
  }

  #refuseSize(): void {
    const { length } = this.text;
    if (length <= LARGEST) return;
    const size = (length / 1_048_576).toFixed(1);
    this.#fail(
      1,
      1,
      `expected a file of at most 4 MiB, got ${size} MiB`,
      "Is this the right file?",
    );
  }

  #refuseBinary(): void {
    const at = BINARY.exec(this.text);
    if (at === null) return;
    const before = this.text.slice(0, at.index);
    const line = before.split("\n").length;
    const column = at.index - before.lastIndexOf("\n");
    const hex = (this.text.codePointAt(at.index) ?? 0).toString(16).padStart(4, "0");
    const problem = this.problem(
      { line, column },
      [],
      `expected text in UTF-8, got a binary file (character U+${hex.toUpperCase()})`,
    );
    throw new InputError([{ ...problem, source: "" }]);
  }

  #refuseSyntax(documents: readonly Document.Parsed[], counter: LineCounter): void {
    const problems: Problem[] = [];
    for (const { errors } of documents) {
      for (const error of errors) {
        const { line, col } = counter.linePos(error.pos[0]);
        problems.push(
          this.problem(
            { line: line || 1, column: col || 1 },
            [],
            ...syntaxMessage(error.code, error.message),
          ),
        );
      }
    }
    // Once the parser has lost the thread, what it says of the same lines is of its own making.
    const lines = new Set<number>();
    const telling = problems.filter(({ line }) => !lines.has(line) && lines.add(line));
    if (telling.length > 0) throw new InputError(telling.slice(0, 5));
  }

  #read(document: Document.Parsed, counter: LineCounter): SourceDocument {
    this.#refuseBomb(document, counter);
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return {
      value,
      source: this,
      locate: (path, key = false) => {
        const { line, col } = counter.linePos(offsetOf(document, path, key));
        return { line: line || 1, column: col || 1 };
      },
      locateWithin: (path, character) => {
        const begin = offsetOf(document, path, false);
        const { line, col } = counter.linePos(begin + this.#shift(begin, value, path, character));
        return { line: line || 1, column: col || 1 };
      },
    };
  }

  /** How far behind the beginning of a text a character of it stands: 0 where it cannot be told. */
  #shift(begin: number, value: unknown, path: Path, character: number): number {
    const text = path.reduce<unknown>(
      (at, part) => (at as Readonly<Record<string, unknown>> | undefined)?.[part],
      value,
    );
    if (typeof text !== "string" || character === 0 || character > text.length) return 0;
    if (this.text.startsWith(text, begin)) return character;
    return this.text.startsWith(text, begin + 1) ? character + 1 : 0;
  }

  /** An alias costs what its anchor weighs: ten anchors of ten aliases each are ten billion nodes. */
  #refuseBomb(document: Document.Parsed, counter: LineCounter): void {
    const weights = new Map<string, number>();
    const offender: { offset: number | undefined } = { offset: undefined };
    const weigh = (node: unknown): number => {
      if (isPair(node)) return weigh(node.key) + weigh(node.value);
      if (!isNode(node)) return 1;
      if (isAlias(node)) {
        const weight = weights.get(node.source) ?? 1;
        if (weight > 100_000) offender.offset ??= node.range?.[0] ?? 0;
        return weight;
      }
      const weight = isCollection(node)
        ? node.items.reduce<number>((sum, item) => sum + weigh(item), 1)
        : 1;
      const anchor = "anchor" in node ? node.anchor : undefined;
      if (anchor !== undefined) weights.set(anchor, weight);
      if (weight > 1_000_000) offender.offset ??= node.range?.[0] ?? 0;
      return weight;
    };
    weigh(document.contents);
    if (offender.offset === undefined) return;
    const { line, col } = counter.linePos(offender.offset);
    this.#fail(
      line,
      col,
      "aliases expand to more than 100000 nodes",
      "Write the value out, or use fewer aliases of aliases.",
    );
  }
}

function syntaxMessage(
  code: string,
  message: string,
): readonly [message: string, suggestion?: string | undefined] {
  switch (code) {
    case "TAB_AS_INDENT":
      return ["expected spaces for indentation, got a tab", "Replace the tab by spaces."];
    case "DUPLICATE_KEY":
      return [
        "expected each key once in a mapping, got it a second time",
        "Remove or rename one of the two.",
      ];
    default:
      return [
        `not valid YAML: ${message.replace(/ at line \d+, column \d+:?[\s\S]*$/, "")}`,
        hints.find(([pattern]) => pattern.test(message))?.[1],
      ];
  }
}

/** What mostly lies behind the parser's complaints. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /- indicator|same column|compact mappings/,
    "Keys of one mapping, and the dashes of one list, begin in the same column.",
  ],
  [/^Flow /, "A bracket or brace is opened and not closed."],
  [/quote/, "A quote is opened and not closed."],
];

/** Offset of the value at a path; of the deepest existing part when the path leads nowhere. */
function offsetOf(document: Document.Parsed, path: Path, key: boolean): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  path.forEach((part, depth) => {
    const last = depth === path.length - 1;
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key: name }) => isNode(name) && String(name) === String(part),
      );
      const keyOffset = isNode(pair?.key) ? pair.key.range?.[0] : undefined;
      node = isNode(pair?.value) ? pair.value : null;
      const inside = node?.range?.[0];
      offset = (last && key ? keyOffset : (inside ?? keyOffset)) ?? offset;
    } else if (isCollection(node)) {
      const item: unknown = node.items[Number(part)];
      node = isNode(item) ? item : null;
      offset = node?.range?.[0] ?? offset;
    } else node = null;
  });
  return offset;
}
