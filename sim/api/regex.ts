import { RE2JS, RE2JSException } from "re2js";

/** A pattern that RE2 does not take; the message is Go's. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** A pattern of RE2, Go's engine: the time that it takes is that of the text times that of the pattern, whatever they are. */
export class Regex {
  readonly #compiled: RE2JS;

  /** Throws `PatternError`. */
  constructor(pattern: string) {
    try {
      this.#compiled = RE2JS.compile(pattern);
    } catch (error) {
      if (error instanceof RE2JSException) throw new PatternError(goText(error.message));
      throw error;
    }
  }

  /** Whether it is found anywhere in a text. */
  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  /** What it finds in a text, from left to right, at most so many. */
  findAll(text: string, most = Number.POSITIVE_INFINITY): string[] {
    const found: string[] = [];
    const matcher = this.#compiled.matcher(text);
    let before = -1;
    while (found.length < most && matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()];
      // Go takes an empty match right behind another one for none.
      if (start < end || start !== before) found.push(text.slice(start, end));
      before = end;
    }
    return found;
  }
}

/** Go quotes the part at fault even where there is none. */
function goText(message: string): string {
  return message.endsWith("`") ? message : `${message}: \`\``;
}

const compiled = new Map<string, Regex | PatternError>();
const MOST_KEPT = 1000;

/** A pattern, compiled once. Throws `PatternError`. */
export function regexOf(pattern: string): Regex {
  let known = compiled.get(pattern);
  if (known === undefined) {
    try {
      known = new Regex(pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      known = error;
    }
    if (compiled.size >= MOST_KEPT) compiled.clear();
    compiled.set(pattern, known);
  }
  if (known instanceof PatternError) throw known;
  return known;
}

/** Whether a pattern is one of RE2's. */
export function isPattern(pattern: string): boolean {
  try {
    new Regex(pattern);
    return true;
  } catch (error) {
    if (error instanceof PatternError) return false;
    throw error;
  }
}
