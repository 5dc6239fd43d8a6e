import type { Environment } from "@marcbachmann/cel-js";

/** What the parser gives a macro; the nodes are opaque, they are only checked and run. */
export interface MacroCall {
  readonly ast: MacroNode;
  readonly args: readonly MacroNode[];
  readonly receiver: MacroNode;
}

/** A node of a parsed expression. */
export interface MacroNode {
  readonly op: string;
  readonly args: unknown;
}

/** Variables of a place in an expression. */
export interface Scope {
  forkWithVariable(name: string, type: unknown): IterationScope;
}

/** The scope of a comprehension. */
export interface IterationScope extends Scope {
  reuse(parent: Scope): IterationScope;
  setIterValue(value: unknown, runner: Runner): IterationScope;
}

/** Gives nodes their types. */
export interface Checker {
  check(node: MacroNode, scope: Scope): unknown;
  getType(name: string): unknown;
}

/** Evaluates nodes. */
export interface Runner {
  run(node: MacroNode, scope: Scope): unknown;
  tryEval(node: MacroNode, scope: Scope): unknown;
}

/** A macro of ours: how it is checked and run. `State` is what it keeps of its call. */
export interface Macro<State> {
  /** As the library writes it: `receiver.name(ast, ast): type`. */
  readonly signature: string;
  readonly prepare: (call: MacroCall) => State;
  readonly check: (checker: Checker, state: State, scope: Scope) => unknown;
  readonly run: (runner: Runner, state: State, scope: Scope) => unknown;
}

/** Adds a macro to an environment. */
export function registerMacro<State>(environment: Environment, macro: Macro<State>): void {
  environment.registerFunction(macro.signature, (call: MacroCall) => ({
    nodes: [call.receiver, ...call.args],
    state: macro.prepare(call),
    typeCheck: (checker: Checker, held: { state: State }, scope: Scope) =>
      macro.check(checker, held.state, scope),
    evaluate: (runner: Runner, held: { state: State }, scope: Scope) =>
      macro.run(runner, held.state, scope),
  }));
}

/** The name of a variable that a macro declares. */
export function variableName(node: MacroNode | undefined): string {
  if (node?.op === "id") return String(node.args);
  throw new Error("argument must be a simple name");
}
