import type { Environment } from "@marcbachmann/cel-js";
import { CostExceeded, costOfLatest, countCosts, metered } from "./cost.ts";
import { celEnvironment } from "./environment.ts";
import { compileText, failureText } from "./error-text.ts";
import { matchLinearly } from "./libraries/regex.ts";
import { presenceOfEntries } from "./presence.ts";
import { plainSyntax } from "./syntax.ts";
import { type Checked, check, type Names } from "./typed/check.ts";
import type { Node } from "./typed/types.ts";

/** What an expression gave, or why it gave nothing; and what that cost. */
export type Outcome = { readonly cost: number } & (
  | { readonly value: unknown }
  | { readonly error: string; readonly exceeded?: boolean }
);

/** An expression, ready to be evaluated again and again. */
export interface Program {
  /** Why it cannot be used, as upstream's compiler words it. */
  readonly problem?: string;
  /** Whether it reads a variable of this name. */
  readonly reads: (variable: string) => boolean;
  readonly evaluate: (variables: Readonly<Record<string, unknown>>) => Outcome;
}

let shared: Environment | undefined;
const programs = new Map<string, Program>();
const MOST_PROGRAMS = 10_000;

/** The program of an expression over variables of any type; each text is compiled once. */
export function compile(expression: string): Program {
  let program = programs.get(expression);
  if (program === undefined) {
    if (programs.size >= MOST_PROGRAMS) programs.clear();
    shared ??= celEnvironment();
    program = newProgram(shared, expression);
    programs.set(expression, program);
  }
  return program;
}

/** Evaluates an expression; its mistakes are outcomes too. */
export function evaluate(
  expression: string,
  variables: Readonly<Record<string, unknown>>,
): Outcome {
  return compile(expression).evaluate(variables);
}

/**
 * An expression checked against the types of its names; nothing where it cannot be parsed. Mistakes in what the parser is
 * given in another spelling (`plainSyntax`) are left out, since they would not be told of as they were written.
 */
export function checkTypes(expression: string, names: Names): Checked | undefined {
  shared ??= celEnvironment();
  try {
    const plain = plainSyntax(expression);
    const checked = check(plain, shared.parse(plain).ast as unknown as Node, names);
    return plain === expression ? checked : { type: checked.type, cost: checked.cost };
  } catch {
    return undefined;
  }
}

function newProgram(environment: Environment, expression: string): Program {
  const names = new Set<string>();
  try {
    const parsed = environment.parse(plainSyntax(expression));
    collectNames(parsed.ast, names);
    presenceOfEntries(parsed.ast);
    const checked = parsed.check();
    if (!checked.valid) throw checked.error;
    matchLinearly(parsed.ast);
    countCosts(parsed.ast);
    const run = parsed as (variables: Readonly<Record<string, unknown>>) => unknown;
    return {
      reads: (variable) => names.has(variable),
      evaluate: (variables) => outcomeOf(() => run(variables)),
    };
  } catch (error) {
    const problem = compileText(error, expression, (name) => functionNames(environment).has(name));
    return {
      problem,
      reads: (variable) => names.has(variable),
      evaluate: () => ({ error: problem, cost: 0 }),
    };
  }
}

let functions: ReadonlySet<string> | undefined;

function functionNames(environment: Environment): ReadonlySet<string> {
  functions ??= new Set(environment.getDefinitions().functions.map(({ name }) => name));
  return functions;
}

function outcomeOf(run: () => unknown): Outcome {
  try {
    const { result, cost } = metered(run);
    return { value: result, cost };
  } catch (error) {
    const exceeded = error instanceof CostExceeded;
    return { error: failureText(error), cost: costOfLatest(), ...(exceeded ? { exceeded } : {}) };
  }
}

/** Names of variables, wherever they stand. */
function collectNames(part: unknown, names: Set<string>): void {
  if (Array.isArray(part)) {
    for (const inner of part) collectNames(inner, names);
    return;
  }
  if (part === null || typeof part !== "object" || !("op" in part)) return;
  const { op, args } = part as { readonly op: string; readonly args: unknown };
  if (op === "id") names.add(String(args));
  else if (op === "." || op === ".?") collectNames((args as readonly unknown[])[0], names);
  else collectNames(args, names);
}
