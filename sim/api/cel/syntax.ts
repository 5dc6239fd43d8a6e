/**
 * Rewrites what the parser does not know into calls it does: object literals (`Object.spec{replicas: 1}`), optional entries
 * (`[?x]`, `{?k: v}`) and fields in backticks. Text without any of these is returned as it is, so that positions stay true.
 */

interface Token {
  readonly text: string;
  readonly kind: "word" | "value" | "mark" | "space";
}

const TOKENS =
  /\s+|\/\/[^\n]*|(?:[rR][bB]?|[bB][rR]?)?(?:"""[\s\S]*?"""|'''[\s\S]*?''')|(?:[rR][bB]?|[bB][rR]?)?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|`[^`]*`|[A-Za-z_]\w*|\d[\w.]*|[\s\S]/g;
const EXTENDED = /`|[[{,]\s*\?|[A-Za-z_]\w*\s*\{/;
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** The expression in the parser's own language. */
export function plainSyntax(expression: string): string {
  if (!EXTENDED.test(expression)) return expression;
  return new Rewriter((expression.match(TOKENS) ?? []).map(tokenOf)).until(undefined);
}

function tokenOf(text: string): Token {
  if (/^(\s|\/\/)/.test(text)) return { text, kind: "space" };
  if (/^[A-Za-z_]\w*$/.test(text)) return { text, kind: "word" };
  return { text, kind: /^[^\w"'`]$/.test(text) ? "mark" : "value" };
}

interface Entry {
  readonly key: string | undefined;
  readonly value: string;
  readonly optional: boolean;
}

class Rewriter {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Everything up to one of these marks, or to the end. */
  until(ends: string | undefined): string {
    let out = "";
    let before: Token | undefined;
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at];
      if (token === undefined || (token.kind === "mark" && ends?.includes(token.text) === true))
        break;
      this.#at += 1;
      if (token.kind === "space") {
        out += token.text;
        continue;
      }
      out = this.#take(out, token, before);
      before = token;
    }
    return out;
  }

  #take(out: string, token: Token, before: Token | undefined): string {
    const { text, kind } = token;
    if (text.startsWith("`"))
      return `${out.trimEnd().slice(0, -1)}[${JSON.stringify(text.slice(1, -1))}]`;
    if (kind !== "mark" || CLOSING[text] === undefined) return out + text;
    if (text === "(") return `${out}(${this.until(")")}${this.#close()}`;
    const follows =
      before !== undefined &&
      before.text !== "in" &&
      (before.kind !== "mark" || ")]}".includes(before.text));
    if (text === "[" && follows) return `${out}[${this.until("]")}${this.#close()}`;
    if (text === "[") return out + this.#list();
    const name =
      follows && before?.kind === "word" ? /[A-Za-z_][\w.]*\s*$/.exec(out)?.[0] : undefined;
    if (name === undefined) return out + this.#map(false);
    const start = out.slice(0, out.length - name.length);
    return `${start}__struct(${JSON.stringify(name.trim())}, ${this.#map(true)})`;
  }

  #close(): string {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token?.text ?? "";
  }

  #list(): string {
    const entries = this.#entries("]", false);
    const values = entries.map(({ value }) => value).join(", ");
    const optional = optionalPlaces(entries);
    return optional === "" ? `[${values}]` : `__list([${values}], [${optional}])`;
  }

  #map(ofFields: boolean): string {
    const entries = this.#entries("}", true).map((entry) =>
      ofFields && /^\w+$/.test(entry.key ?? "")
        ? { ...entry, key: JSON.stringify(entry.key) }
        : entry,
    );
    const pairs = entries.map(({ key, value }) => `${key}: ${value}`).join(", ");
    const optional = optionalPlaces(entries);
    if (optional === "") return `{${pairs}}`;
    const keys = entries.map(({ key }) => key).join(", ");
    const values = entries.map(({ value }) => value).join(", ");
    return `__map([${keys}], [${values}], [${optional}])`;
  }

  #entries(close: string, keyed: boolean): readonly Entry[] {
    const entries: Entry[] = [];
    while (this.#at < this.#tokens.length) {
      this.#skip();
      const optional = this.#tokens[this.#at]?.text === "?";
      if (optional) this.#at += 1;
      const key = keyed ? this.#key(close) : undefined;
      const value = this.until(`,${close}`);
      if (value.trim() !== "") entries.push({ key, value: value.trim(), optional });
      if (this.#close() === close) break;
    }
    return entries;
  }

  /** A field's name is quoted; other keys are expressions. */
  #key(close: string): string {
    this.#skip();
    const first = this.#tokens[this.#at];
    const key = this.until(`:,${close}`).trim();
    if (this.#tokens[this.#at]?.text === ":") this.#at += 1;
    if (first?.text.startsWith("`") === true) return JSON.stringify(first.text.slice(1, -1));
    return key;
  }

  #skip(): void {
    while (this.#tokens[this.#at]?.kind === "space") this.#at += 1;
  }
}

const optionalPlaces = (entries: readonly Entry[]): string =>
  entries.flatMap(({ optional }, at) => (optional ? [String(at)] : [])).join(", ");
