import { badRequest } from "../api-error.ts";
import { type Labels, type Matches, type Requirement, requirementHolds } from "../meta/selector.ts";
import { labelValueErrors, qualifiedNameErrors } from "../validation/names.ts";

type Token =
  | "word"
  | ","
  | "("
  | ")"
  | "="
  | "=="
  | "!="
  | "!"
  | ">"
  | "<"
  | "in"
  | "notin"
  | "end";
interface Lexeme {
  readonly token: Token;
  readonly text: string;
}

const special = "=!(),><";
const symbols: Readonly<Record<string, Token>> = {
  ")": ")",
  ",": ",",
  "!": "!",
  "==": "==",
  "=": "=",
  ">": ">",
  "<": "<",
  "!=": "!=",
  "(": "(",
};
const operators: Readonly<Partial<Record<Token, string>>> = {
  in: "In",
  "=": "In",
  "==": "In",
  ">": "Gt",
  "<": "Lt",
  notin: "NotIn",
  "!=": "NotIn",
};

function lex(text: string): Lexeme[] {
  const lexemes: Lexeme[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    if (" \t\r\n".includes(character)) at++;
    else if (special.includes(character)) {
      let end = at + 1;
      while (end < text.length && symbols[text.slice(at, end + 1)] !== undefined) end++;
      const symbol = text.slice(at, end);
      lexemes.push({ token: symbols[symbol] ?? "word", text: symbol });
      at = end;
    } else {
      let end = at;
      while (end < text.length && !`${special} \t\r\n`.includes(text[end] as string)) end++;
      const word = text.slice(at, end);
      lexemes.push({ token: word === "in" || word === "notin" ? word : "word", text: word });
      at = end;
    }
  }
  return lexemes;
}

class SelectorMistake extends Error {}

/** The grammar and the words of apimachinery's label selector parser. */
class Parser {
  readonly #lexemes: readonly Lexeme[];
  #at = 0;

  constructor(text: string) {
    this.#lexemes = lex(text);
  }

  /** Where values are expected, `in` and `notin` are words like any other. */
  #peek(values: boolean): Lexeme {
    const lexeme = this.#lexemes[this.#at] ?? { token: "end", text: "" };
    const isOperator = lexeme.token === "in" || lexeme.token === "notin";
    return values && isOperator ? { token: "word", text: lexeme.text } : lexeme;
  }

  #take(values: boolean): Lexeme {
    const lexeme = this.#peek(values);
    this.#at++;
    return lexeme;
  }

  parse(): readonly Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { token, text } = this.#peek(true);
      if (token === "end") return requirements;
      if (token !== "word" && token !== "!")
        fail(`found '${text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirement());
      const next = this.#take(true);
      if (next.token === "end") return requirements;
      if (next.token !== ",") fail(`found '${next.text}', expected: ',' or 'end of string'`);
      const after = this.#peek(true);
      if (after.token !== "word" && after.token !== "!")
        fail(`found '${after.text}', expected: identifier after ','`);
    }
  }

  #requirement(): Requirement {
    const inside = (why: string): never => fail(`unable to parse requirement: ${why}`);
    let lexeme = this.#take(true);
    const negated = lexeme.token === "!";
    if (negated) lexeme = this.#take(true);
    if (lexeme.token !== "word") inside(`found '${lexeme.text}', expected: identifier`);
    const key = lexeme.text;
    checkKey(key, inside);
    const next = this.#peek(true);
    if (negated) return { key, operator: "DoesNotExist" };
    if (next.token === "end" || next.token === ",") return { key, operator: "Exists" };
    const sign = this.#take(false);
    const operator = operators[sign.token];
    if (operator === undefined)
      return inside(`found '${sign.text}', expected: in, notin, =, ==, !=, gt, lt`);
    const many = sign.token === "in" || sign.token === "notin";
    const values = many ? this.#values(inside) : [this.#exactValue(inside)];
    values.forEach((value, index) => {
      checkValue(key, value, index, inside);
    });
    if (operator === "Gt" || operator === "Lt") checkInteger(values[0] ?? "", inside);
    return { key, operator, values };
  }

  #exactValue(inside: (why: string) => never): string {
    const next = this.#peek(true);
    if (next.token === "end" || next.token === ",") return "";
    this.#at++;
    if (next.token === "word") return next.text;
    return inside(`found '${next.text}', expected: identifier`);
  }

  #values(inside: (why: string) => never): readonly string[] {
    const open = this.#take(true);
    if (open.token !== "(") inside(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    let expectsValue = true;
    for (;;) {
      const { token, text } = this.#take(true);
      if (token === "word") {
        values.push(text);
        expectsValue = false;
        const after = this.#peek(true);
        if (after.token !== "," && after.token !== ")")
          inside(`found '${after.text}', expected: ',' or ')'`);
      } else if (token === ",") {
        if (expectsValue) values.push("");
        expectsValue = true;
      } else if (token === ")") {
        if (expectsValue) values.push("");
        return [...new Set(values)].sort();
      } else inside(`found '${text}', expected: ',', ')' or identifier`);
    }
  }
}

function fail(why: string): never {
  throw new SelectorMistake(why);
}

function checkKey(key: string, inside: (why: string) => never): void {
  const texts = qualifiedNameErrors(key);
  if (texts.length > 0) inside(`<nil>: Invalid value: ${JSON.stringify(key)}: ${texts.join("; ")}`);
}

function checkValue(
  key: string,
  value: string,
  index: number,
  inside: (why: string) => never,
): void {
  const texts = labelValueErrors(value);
  const field = `values[${index}][${key}]`;
  if (texts.length > 0)
    inside(`${field}: Invalid value: ${JSON.stringify(value)}: ${texts.join("; ")}`);
}

function checkInteger(value: string, inside: (why: string) => never): void {
  if (/^[+-]?\d+$/.test(value)) return;
  inside(
    `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
  );
}

/** A label selector's text as a test; undefined for one that lets everything through. Throws `ApiError` 400. */
export function readLabelSelector(text: string | undefined): Matches | undefined {
  if (text === undefined || text === "") return undefined;
  let requirements: readonly Requirement[];
  try {
    requirements = new Parser(text).parse();
  } catch (error) {
    if (error instanceof SelectorMistake) throw badRequest(error.message);
    throw error;
  }
  if (requirements.length === 0) return undefined;
  const none: Labels = {};
  return (labels) =>
    requirements.every((requirement) => requirementHolds(requirement, labels ?? none));
}
