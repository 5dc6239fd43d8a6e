/*
 * Go's words for malformed JSON (encoding/json's scanner), and the repeated keys that JSON.parse forgets.
 */

/** A reader of JSON that stops at the first mistake, in Go's words. */
class Scanner {
  readonly #text: string;
  #at = 0;
  /** Paths of keys that stand twice in one object, with the place where they first do so again. */
  readonly repeated = new Map<string, number>();
  /** Numbers that are written with a fraction or an exponent, by their paths. */
  readonly literals = new Map<string, string>();
  /** Where the watched paths stand first. */
  readonly places = new Map<string, number>();
  readonly #watched: ReadonlySet<string> | undefined;

  constructor(text: string, watched?: ReadonlySet<string>) {
    this.#text = text;
    this.#watched = watched;
  }

  /** Reads the whole text; returns the mistake, or undefined. */
  run(): string | undefined {
    try {
      this.#value("");
      this.#space();
      if (this.#at < this.#text.length) return this.#wrong("after top-level value");
      return undefined;
    } catch (error) {
      if (error instanceof Mistake) return error.message;
      throw error;
    }
  }

  #wrong(where: string): string {
    if (this.#at >= this.#text.length) return "unexpected end of JSON input";
    const code = this.#text.codePointAt(this.#at) ?? 0;
    return `invalid character ${quoteCharacter(String.fromCodePoint(code))} ${where}`;
  }

  #fail(where: string): never {
    throw new Mistake(this.#wrong(where));
  }

  #space(): void {
    while (this.#at < this.#text.length && " \t\r\n".includes(this.#text[this.#at] as string))
      this.#at++;
  }

  #value(path: string): void {
    this.#space();
    const first = this.#text[this.#at];
    if (first === "{") this.#object(path);
    else if (first === "[") this.#array(path);
    else if (first === '"') this.#string();
    else if (first === "t") this.#literal("true");
    else if (first === "f") this.#literal("false");
    else if (first === "n") this.#literal("null");
    else if (first === "-" || (first !== undefined && first >= "0" && first <= "9"))
      this.#number(path);
    else this.#fail("looking for beginning of value");
  }

  #object(path: string): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "}") {
      this.#at++;
      return;
    }
    const seen = new Set<string>();
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail("looking for beginning of object key string");
      const from = this.#at;
      const key = this.#string();
      const place = path === "" ? key : `${path}.${key}`;
      if (seen.has(key) && !this.repeated.has(place)) this.repeated.set(place, from);
      if (this.#watched?.has(place) && !this.places.has(place)) this.places.set(place, from);
      seen.add(key);
      this.#space();
      if (this.#text[this.#at] !== ":") this.#fail("after object key");
      this.#at++;
      this.#value(place);
      this.#space();
      const next = this.#text[this.#at];
      if (next !== "," && next !== "}") this.#fail("after object key:value pair");
      this.#at++;
      if (next === "}") return;
    }
  }

  #array(path: string): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "]") {
      this.#at++;
      return;
    }
    for (let index = 0; ; index++) {
      this.#value(`${path}[${index}]`);
      this.#space();
      const next = this.#text[this.#at];
      if (next !== "," && next !== "]") this.#fail("after array element");
      this.#at++;
      if (next === "]") return;
    }
  }

  #string(): string {
    const from = this.#at++;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character < " ") this.#fail("in string literal");
      this.#at++;
      if (character === '"') break;
      if (character === "\\") this.#escape();
    }
    const raw = this.#text.slice(from, this.#at);
    return raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  #escape(): void {
    const character = this.#text[this.#at];
    if (character === "u") {
      this.#at++;
      for (let digit = 0; digit < 4; digit++, this.#at++) {
        if (!/^[0-9a-fA-F]$/.test(this.#text[this.#at] ?? ""))
          this.#fail("in \\u hexadecimal character escape");
      }
      return;
    }
    if (character === undefined || !'"\\/bfnrt'.includes(character))
      this.#fail("in string escape code");
    this.#at++;
  }

  #literal(word: string): void {
    for (let at = 0; at < word.length; at++, this.#at++) {
      if (this.#text[this.#at] !== word[at])
        this.#fail(`in literal ${word} (expecting '${word[at]}')`);
    }
  }

  #number(path: string): void {
    const from = this.#at;
    if (this.#text[this.#at] === "-") this.#at++;
    if (this.#text[this.#at] === "0") this.#at++;
    else this.#digits("in numeric literal");
    if (this.#text[this.#at] === ".") {
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (this.#text[this.#at] === "e" || this.#text[this.#at] === "E") {
      this.#at++;
      if (this.#text[this.#at] === "+" || this.#text[this.#at] === "-") this.#at++;
      this.#digits("in exponent of numeric literal");
    }
    const literal = this.#text.slice(from, this.#at);
    if (/[.eE]/.test(literal)) this.literals.set(path, literal);
    else this.literals.delete(path);
  }

  #digits(where: string): void {
    const from = this.#at;
    while ((this.#text[this.#at] ?? "") >= "0" && (this.#text[this.#at] ?? "") <= "9") this.#at++;
    if (this.#at === from) this.#fail(where);
  }
}

class Mistake extends Error {}

function quoteCharacter(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const quoted = JSON.stringify(character).slice(1, -1);
  return `'${quoted}'`;
}

/** What Go says of malformed JSON; undefined when it is well-formed. */
export function jsonMistake(text: string): string | undefined {
  return new Scanner(text).run();
}

/** Paths of the keys that stand twice in one object. The text must be well-formed. */
export function duplicateFields(text: string): readonly string[] {
  return [...shapeOf(text).repeated.keys()];
}

/** What `JSON.parse` forgets of a text. */
export interface TextShape {
  /** Paths of keys that stand twice in one object, and where they do so for the second time. */
  readonly repeated: ReadonlyMap<string, number>;
  /** How numbers with a fraction or an exponent are written, by their paths. */
  readonly literals: ReadonlyMap<string, string>;
}

/** Reads a well-formed text for what `JSON.parse` forgets. */
export function shapeOf(text: string): TextShape {
  const scanner = new Scanner(text);
  scanner.run();
  return scanner;
}

/** Where paths stand first in a well-formed text. */
export function placesOf(text: string, paths: ReadonlySet<string>): ReadonlyMap<string, number> {
  const scanner = new Scanner(text, paths);
  scanner.run();
  return scanner.places;
}
