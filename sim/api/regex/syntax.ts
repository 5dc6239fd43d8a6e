/** A test of one code point. */
export type Letter = (code: number) => boolean;

/** A parsed pattern. */
export type Pattern =
  | { readonly tag: "letter"; readonly test: Letter }
  | { readonly tag: "place"; readonly at: Place }
  | { readonly tag: "all"; readonly parts: readonly Pattern[] }
  | { readonly tag: "either"; readonly choices: readonly Pattern[] }
  | {
      readonly tag: "repeat";
      readonly part: Pattern;
      readonly least: number;
      /** Without limit when undefined. */
      readonly most: number | undefined;
      readonly greedy: boolean;
    };

/** Where an assertion holds: edges of the text, of a line, or of a word. */
export type Place = "start" | "end" | "line-start" | "line-end" | "word" | "no-word";

/** A pattern that RE2 does not take; the message is Go's. */
export class PatternError extends Error {
  override readonly name = "PatternError";

  constructor(why: string, part: string) {
    super(`error parsing regexp: ${why}: \`${part}\``);
  }
}

interface Flags {
  readonly fold: boolean;
  readonly lines: boolean;
  readonly dotAll: boolean;
  readonly lazy: boolean;
}

const NO_FLAGS: Flags = { fold: false, lines: false, dotAll: false, lazy: false };
const MOST_REPEATS = 1000;
const DEEPEST = 200;

/** Parses a pattern of RE2. Throws `PatternError`. */
export function parsePattern(text: string): Pattern {
  const parser = new Parser(text);
  const pattern = parser.alternatives(NO_FLAGS, 0);
  if (!parser.ended) throw new PatternError("unexpected )", text);
  return pattern;
}

const all = (parts: readonly Pattern[]): Pattern => ({ tag: "all", parts });
const isWord: Letter = (code) =>
  (code >= 48 && code <= 57) ||
  (code >= 65 && code <= 90) ||
  code === 95 ||
  (code >= 97 && code <= 122);
const isDigit: Letter = (code) => code >= 48 && code <= 57;
const isSpace: Letter = (code) =>
  code === 9 || code === 10 || code === 12 || code === 13 || code === 32;
const not =
  (test: Letter): Letter =>
  (code) =>
    !test(code);

const PERL: Readonly<Record<string, Letter>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWord,
  W: not(isWord),
  s: isSpace,
  S: not(isSpace),
};
const between =
  (low: number, high: number): Letter =>
  (code) =>
    code >= low && code <= high;
const anyOf =
  (...tests: readonly Letter[]): Letter =>
  (code) =>
    tests.some((test) => test(code));

const isUpper = between(65, 90);
const isLower = between(97, 122);
const isAlpha = anyOf(isUpper, isLower);
const POSIX: Readonly<Record<string, Letter>> = {
  alnum: anyOf(isAlpha, isDigit),
  alpha: isAlpha,
  ascii: between(0, 127),
  blank: (code) => code === 9 || code === 32,
  cntrl: anyOf(between(0, 31), (code) => code === 127),
  digit: isDigit,
  graph: between(33, 126),
  lower: isLower,
  print: between(32, 126),
  punct: anyOf(between(33, 47), between(58, 64), between(91, 96), between(123, 126)),
  space: anyOf(between(9, 13), (code) => code === 32),
  upper: isUpper,
  word: isWord,
  xdigit: anyOf(isDigit, between(65, 70), between(97, 102)),
};
const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

/** `\\Q…\\E`: letters that mean themselves; other escapes are stepped over. */
const QUOTED = /\\[^Q]|\\Q([\s\S]*?)(?:\\E|$)/g;

function spelled(found: string, quoted: string | undefined): string {
  if (quoted === undefined) return found;
  return [...quoted].map((letter) => `\\x{${letter.codePointAt(0)?.toString(16)}}`).join("");
}

class Parser {
  readonly #text: string;
  readonly #letters: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#letters = [...text.replace(QUOTED, spelled)];
  }

  get ended(): boolean {
    return this.#at >= this.#letters.length;
  }

  get #next(): string {
    return this.#letters[this.#at] ?? "";
  }

  #take(): string {
    return this.#letters[this.#at++] ?? "";
  }

  /** Everything up to a closing bracket or the end; flags set inside hold for what follows. */
  alternatives(flags: Flags, depth: number): Pattern {
    if (depth > DEEPEST) throw new PatternError("expression nests too deeply", this.#text);
    const choices: Pattern[] = [];
    let parts: Pattern[] = [];
    let now = flags;
    while (!this.ended && this.#next !== ")") {
      if (this.#next === "|") {
        this.#take();
        choices.push(all(parts));
        parts = [];
        continue;
      }
      const set = this.#flagGroup(now);
      if (set !== undefined) {
        now = set;
        continue;
      }
      parts.push(this.#repeated(this.#atom(now, depth), now));
    }
    return choices.length === 0 ? all(parts) : { tag: "either", choices: [...choices, all(parts)] };
  }

  /** `(?i)`: flags for the rest of the group. */
  #flagGroup(flags: Flags): Flags | undefined {
    const match = /^\(\?([imsU]*)(-[imsU]+)?\)/.exec(
      this.#letters.slice(this.#at, this.#at + 12).join(""),
    );
    if (match === null) return undefined;
    this.#at += match[0].length;
    return withFlags(flags, match[1] ?? "", match[2] ?? "");
  }

  #atom(flags: Flags, depth: number): Pattern {
    const letter = this.#take();
    switch (letter) {
      case "(":
        return this.#group(flags, depth);
      case "[":
        return this.#class(flags);
      case ".":
        return { tag: "letter", test: flags.dotAll ? () => true : (code) => code !== 10 };
      case "^":
        return { tag: "place", at: flags.lines ? "line-start" : "start" };
      case "$":
        return { tag: "place", at: flags.lines ? "line-end" : "end" };
      case "\\":
        return this.#escape(flags);
      case "*":
      case "+":
      case "?":
        throw new PatternError("missing argument to repetition operator", letter);
      default:
        return { tag: "letter", test: exactly(letter.codePointAt(0) ?? 0, flags) };
    }
  }

  #group(flags: Flags, depth: number): Pattern {
    let inner = flags;
    if (this.#next === "?") {
      const head = this.#letters.slice(this.#at, this.#at + 80).join("");
      const match = /^\?(?:([imsU]*)(-[imsU]+)?:|P?<[A-Za-z_]\w*>)/.exec(head);
      if (match === null)
        throw new PatternError("invalid or unsupported Perl syntax", `(${head.slice(0, 2)}`);
      this.#at += match[0].length;
      inner = withFlags(flags, match[1] ?? "", match[2] ?? "");
    }
    const pattern = this.alternatives(inner, depth + 1);
    if (this.#take() !== ")") throw new PatternError("missing closing )", this.#text);
    return pattern;
  }

  #repeated(part: Pattern, flags: Flags): Pattern {
    let pattern = part;
    const start = this.#at;
    for (let round = 0; ; round++) {
      const bounds = this.#bounds();
      if (bounds === undefined) return pattern;
      if (round > 0) {
        const operators = this.#letters.slice(start, this.#at).join("");
        throw new PatternError("invalid nested repetition operator", operators);
      }
      const lazy = this.#next === "?" && this.#take() === "?";
      pattern = { tag: "repeat", part, ...bounds, greedy: lazy === flags.lazy };
    }
  }

  #bounds(): { readonly least: number; readonly most: number | undefined } | undefined {
    const simple = { "*": [0], "+": [1], "?": [0, 1] }[this.#next];
    if (simple !== undefined) {
      this.#take();
      return { least: simple[0] ?? 0, most: simple[1] };
    }
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#letters.slice(this.#at, this.#at + 20).join(""));
    if (match === null) return undefined;
    const least = Number(match[1]);
    const most = match[2] === undefined ? least : match[3] === "" ? undefined : Number(match[3]);
    if (least > MOST_REPEATS || (most !== undefined && (most > MOST_REPEATS || most < least)))
      throw new PatternError("invalid repeat count", match[0]);
    this.#at += match[0].length;
    return { least, most };
  }

  #escape(flags: Flags): Pattern {
    const places: Readonly<Record<string, Place>> = {
      A: "start",
      z: "end",
      b: "word",
      B: "no-word",
    };
    const place = places[this.#next];
    if (place !== undefined) {
      this.#take();
      return { tag: "place", at: place };
    }
    const set = this.#set();
    if (set !== undefined) return { tag: "letter", test: set };
    return { tag: "letter", test: exactly(this.#escaped(), flags) };
  }

  /** A class behind a backslash; undefined when it is one letter. */
  #set(): Letter | undefined {
    const perl = PERL[this.#next];
    if (perl !== undefined) {
      this.#take();
      return perl;
    }
    const match = /^([pP])(?:(\w)|\{(\^?)(\w+)\})/.exec(
      this.#letters.slice(this.#at, this.#at + 40).join(""),
    );
    if (match === null) return undefined;
    this.#at += match[0].length;
    const [whole, sign, short, negated, long] = match;
    const test = unicode(short ?? long ?? "", `\\${whole}`);
    return (sign === "P") === (negated === "^") ? test : not(test);
  }

  /** The letter that an escape stands for. */
  #escaped(): number {
    const rest = this.#letters.slice(this.#at, this.#at + 12).join("");
    const hex = /^x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(rest);
    const octal = /^(0[0-7]{0,2}|[1-7][0-7]{2})/.exec(rest);
    const found = hex ?? octal;
    if (found !== null) {
      this.#at += found[0].length;
      const digits = found[1] ?? found[2] ?? "";
      return Number.parseInt(digits, hex === null ? 8 : 16);
    }
    const letter = this.#take();
    if (letter === "") throw new PatternError("trailing backslash at end of expression", "");
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    const code = letter.codePointAt(0) ?? 0;
    if (code < 128 && !isWord(code)) return code;
    throw new PatternError("invalid escape sequence", `\\${letter}`);
  }

  #class(flags: Flags): Pattern {
    const start = this.#at - 1;
    const negated = this.#next === "^" && this.#take() === "^";
    const tests: Letter[] = [];
    for (let first = true; first || this.#next !== "]"; first = false) {
      if (this.ended)
        throw new PatternError("missing closing ]", this.#letters.slice(start).join(""));
      tests.push(this.#classPart(flags));
    }
    this.#take();
    const test = anyOf(...tests);
    return { tag: "letter", test: negated ? not(test) : test };
  }

  #classPart(flags: Flags): Letter {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.#letters.slice(this.#at, this.#at + 14).join(""));
    if (posix !== null) {
      const test = POSIX[posix[2] ?? ""];
      if (test === undefined) throw new PatternError("invalid character class range", posix[0]);
      this.#at += posix[0].length;
      return posix[1] === "^" ? not(test) : test;
    }
    const set = this.#next === "\\" ? this.#classSet() : undefined;
    if (set !== undefined) return set;
    const low = this.#classLetter();
    if (
      this.#next !== "-" ||
      this.#letters[this.#at + 1] === "]" ||
      this.#at + 1 >= this.#letters.length
    )
      return exactly(low, flags);
    this.#take();
    const high = this.#classLetter();
    if (high < low)
      throw new PatternError(
        "invalid character class range",
        `${String.fromCodePoint(low)}-${String.fromCodePoint(high)}`,
      );
    return folded(between(low, high), flags);
  }

  #classSet(): Letter | undefined {
    this.#take();
    const set = this.#set();
    if (set === undefined) this.#at -= 1;
    return set;
  }

  #classLetter(): number {
    const letter = this.#take();
    return letter === "\\" ? this.#escaped() : (letter.codePointAt(0) ?? 0);
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const value = (letter: string, before: boolean) =>
    off.includes(letter) ? false : on.includes(letter) || before;
  return {
    fold: value("i", flags.fold),
    lines: value("m", flags.lines),
    dotAll: value("s", flags.dotAll),
    lazy: value("U", flags.lazy),
  };
}

function exactly(wanted: number, flags: Flags): Letter {
  return folded((code) => code === wanted, flags);
}

/** A test that does not look at upper and lower case, where the flags say so. */
function folded(test: Letter, { fold }: Flags): Letter {
  if (!fold) return test;
  return (code) => {
    if (test(code)) return true;
    const text = String.fromCodePoint(code);
    return [text.toLowerCase(), text.toUpperCase()].some((other) =>
      test(other.codePointAt(0) ?? 0),
    );
  };
}

/** A class of Unicode by its name: the engine's own tables, asked for one letter at a time. */
function unicode(name: string, whole: string): Letter {
  for (const property of [name, `Script=${name}`]) {
    try {
      const test = new RegExp(`^\\p{${property}}$`, "u");
      return (code) => test.test(String.fromCodePoint(code));
    } catch {
      // Not a category: it may be a script.
    }
  }
  throw new PatternError("invalid character class range", whole);
}
