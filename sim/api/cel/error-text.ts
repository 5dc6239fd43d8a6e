import { CelFailure } from "./values.ts";

interface LibraryError {
  readonly code?: string;
  readonly summary?: string;
  readonly message?: string;
  readonly range?: { readonly start: number };
}

/** Why an evaluation failed, in cel-go's words. */
export function failureText(error: unknown): string {
  if (error instanceof CelFailure) return error.message;
  const { code = "", summary, message = String(error) } = error as LibraryError;
  const text = (summary ?? message).split("\n")[0] ?? "";
  switch (code) {
    case "no_such_key":
      return `no such key: ${text.replace(/^No such key: /, "")}`;
    case "index_out_of_bounds":
    case "index_out_of_range":
      return `index out of bounds: ${/index (-?\d+)/.exec(text)?.[1] ?? ""}`;
    case "modulo_by_zero":
      return "modulus by zero";
    case "numeric_overflow":
      return text.includes("nsigned") ? "unsigned integer overflow" : "integer overflow";
    case "unknown_variable":
      return `no such attribute(s): ${text.replace(/^Unknown variable: /, "")}`;
    case "optional_value_missing":
      return "optional.none() dereference";
    case "no_such_overload":
    case "no_matching_overload":
    case "invalid_condition_type":
    case "invalid_logical_operand":
    case "invalid_comprehension_range":
    case "cannot_index_type":
    case "invalid_index_type":
    case "optional_expected":
      return "no such overload";
    default:
      return text;
  }
}

/**
 * Why an expression cannot be used, as cel-go's compiler shows it: place, reason, line and a mark under it. `isFunction`:
 * whether there is a function of a name.
 */
export function compileText(
  error: unknown,
  expression: string,
  isFunction: (name: string) => boolean,
): string {
  const { code = "", summary, message = String(error), range } = error as LibraryError;
  const text = (summary ?? message).split("\n")[0] ?? "";
  const start = range?.start ?? 0;
  const called = /found no matching overload for '(?:([\w.<>, ]+)\.)?(\w+)\((.*)\)'/.exec(text);
  if (called === null) return mistakeText(expression, start, compileReason(code, text));
  const [, receiver, name = "", given = ""] = called;
  // A call stands where its arguments begin.
  const opening = new RegExp(`\\b${name}\\s*\\(`).exec(expression.slice(start));
  const at = opening === null ? start : start + opening.index + opening[0].length - 1;
  const on = receiver === undefined ? "" : `${receiver}.`;
  const why = isFunction(name)
    ? `found no matching overload for '${name}' applied to '${on}(${given})'`
    : `undeclared reference to '${name}' (in container '')`;
  return mistakeText(expression, at, why);
}

/** A mistake at a place of an expression as cel-go shows it. */
export function mistakeText(expression: string, at: number, why: string): string {
  const before = expression.slice(0, Math.min(at, expression.length)).split("\n");
  const line = expression.split("\n")[before.length - 1] ?? "";
  const column = before.at(-1)?.length ?? 0;
  const place = `ERROR: <input>:${before.length}:${column + 1}`;
  return `${place}: ${why}\n | ${line}\n | ${".".repeat(column)}^`;
}

function compileReason(code: string, text: string): string {
  if (code === "unknown_variable")
    return `undeclared reference to '${text.replace(/^Unknown variable: /, "")}' (in container '')`;
  const operands = /^no such overload: (.+) (\S+) (.+)$/.exec(text);
  if (code === "no_such_overload" && operands !== null) {
    const [, left = "", operator = "", right = ""] = operands;
    return `found no matching overload for '_${operator}_' applied to '(${left}, ${right})'`;
  }
  return /^(unexpected|parse|reserved|unterminated|invalid_)/.test(code)
    ? `Syntax error: ${text}`
    : text;
}
