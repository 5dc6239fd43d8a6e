import type { Environment, ParseResult } from "@marcbachmann/cel-js";
import { celEnvironment } from "../../api/cel/environment.ts";
import type { Micros } from "../../engine/time.ts";
import { SECOND } from "../../engine/time.ts";
import { nearest } from "../schema/distance.ts";
import { type StateFunction, stateFunctions } from "./state-functions.ts";
import type { StateView } from "./state-view.ts";

/** Values of a scenario's parameters. */
export type Params = Readonly<Record<string, unknown>>;

/** An expression cannot be read. `offset`: where in its text. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly offset: number;
  readonly suggestion: string | undefined;

  constructor(message: string, offset: number, suggestion?: string) {
    super(message);
    this.offset = offset;
    this.suggestion = suggestion;
  }
}

/** A CEL expression, ready to be asked again and again. */
export interface Expression {
  readonly text: string;
  /** Kinds of the objects it reads; `undefined` when that cannot be known beforehand. */
  readonly kinds: ReadonlySet<string> | undefined;
  /** Whether its value changes with the clock alone. */
  readonly readsClock: boolean;
  /** Its value. What does not exist (yet) makes it `undefined`. Throws `ExpressionError` for other mistakes. */
  evaluate(view: StateView, params: Params): unknown;
}

/** What the functions of the expression under evaluation read. Evaluation is synchronous and not reentrant. */
let view: StateView | undefined;

function environment(): Environment {
  const made = celEnvironment({ unlistedVariablesAreDyn: false });
  for (const { signatures, evaluate } of stateFunctions) {
    for (const signature of signatures)
      made.registerFunction(signature, (...given: unknown[]) =>
        evaluate(currentView(), given.map(plain)),
      );
  }
  made.registerVariable("params", "map").registerVariable("now", "double");
  registerMixedArithmetic(made);
  return made;
}

function currentView(): StateView {
  if (view === undefined) throw new Error("a state function was called outside of an expression");
  return view;
}

/** Numbers of objects are doubles to CEL and literals are ints: people mix them. */
function registerMixedArithmetic(made: Environment): void {
  const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
  };
  for (const [operator, apply] of Object.entries(operations)) {
    const mixed = (a: unknown, b: unknown): number => apply(Number(a), Number(b));
    made.registerOperator(`double ${operator} int`, mixed);
    made.registerOperator(`int ${operator} double`, mixed);
  }
  made.registerOperator("double % int", (a: unknown, b: unknown) => Number(a) % Number(b));
}

let shared: Environment | undefined;

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

const compiled = new Map<string, Expression>();

/** Compiles an expression. Throws `ExpressionError` when it cannot be read. */
export function compileExpression(text: string): Expression {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  shared ??= environment();
  let parsed: ParseResult;
  try {
    parsed = shared.parse(text);
    const checked = parsed.check();
    if (!checked.valid) throw checked.error;
  } catch (error) {
    throw readable(error, text);
  }
  const { kinds, readsClock } = dependencies(parsed.ast);
  const expression: Expression = {
    text,
    kinds,
    readsClock,
    evaluate: (state, params) => evaluate(parsed, state, params),
  };
  if (compiled.size > 10_000) compiled.clear();
  compiled.set(text, expression);
  return expression;
}

function evaluate(parsed: ParseResult, state: StateView, params: Params): unknown {
  const before = view;
  view = state;
  try {
    return plain(parsed({ params, now: seconds(state.now) }));
  } catch (error) {
    const code = (error as { code?: string }).code;
    // What is not there yet has no value; an operator on a missing value neither.
    if (code === "no_such_key" || code === "no_such_overload" || code === "index_out_of_bounds")
      return undefined;
    if ((error as Error).message.includes("No such key")) return undefined;
    throw readable(error, parsed.ast.input);
  } finally {
    view = before;
  }
}

function seconds(time: Micros): number {
  return time / SECOND;
}

function readable(error: unknown, text: string): Error {
  const { message = "cannot be read", range } = error as {
    message?: string;
    range?: { start: number };
  };
  if (range === undefined && !(error instanceof Error && "code" in error)) return error as Error;
  const first = message.split("\n")[0] ?? message;
  const unknown = /found no matching overload for '(\w+)\(/.exec(first)?.[1];
  const near = unknown === undefined ? undefined : nearest(unknown, functionNames);
  const summary =
    unknown === undefined || functionNames.includes(unknown)
      ? first
      : `unknown function ${unknown}`;
  const operator = /^unexpected character: ([=&|])$/i.exec(first)?.[1];
  const meant = operator === undefined ? near : operator.repeat(2);
  const hint =
    meant === undefined || meant === unknown ? undefined : `Did you mean ${JSON.stringify(meant)}?`;
  return new ExpressionError(
    `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`,
    Math.min(range?.start ?? 0, text.length),
    hint,
  );
}

/** Names of the functions over the state. */
const functionNames: readonly string[] = [...new Set(stateFunctions.map(({ name }) => name))];

interface Node {
  readonly op: string;
  readonly args: unknown;
}

/** Which kinds an expression reads, by the functions it calls. */
function dependencies(ast: unknown): {
  kinds: ReadonlySet<string> | undefined;
  readsClock: boolean;
} {
  const byName = new Map<string, StateFunction>(stateFunctions.map((entry) => [entry.name, entry]));
  const kinds = new Set<string>();
  let all = false;
  let readsClock = false;
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      value.forEach(walk);
      return;
    }
    if (value === null || typeof value !== "object" || !("op" in value)) return;
    const { op, args } = value as Node;
    if (op === "id" && args === "now") readsClock = true;
    if (op === "call") {
      const called = byName.get(String((args as unknown[])[0]));
      if (called?.kinds === "argument") all = true;
      else for (const kind of called?.kinds ?? []) kinds.add(kind);
    }
    walk(args);
  };
  walk(ast);
  return { kinds: all ? undefined : kinds, readsClock };
}
