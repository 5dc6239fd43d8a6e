import type { Environment } from "@marcbachmann/cel-js";
import { charge } from "../cost.ts";
import { CelFailure, membersOf } from "../values.ts";
import {
  type Checker,
  type IterationScope,
  type MacroCall,
  type MacroNode,
  type Runner,
  registerMacro,
  type Scope,
  variableName,
} from "./macros.ts";

/** What a round costs beside its bodies: asking whether to go on, and what it adds to. */
const ROUND = 3;

interface Comprehension {
  readonly range: MacroNode;
  readonly names: readonly [string, string];
  readonly bodies: readonly MacroNode[];
  outer?: IterationScope;
  inner?: IterationScope;
}

/** Called for each entry with a way to run the n-th body; `false` ends the round. */
type Visit = (run: (body: number) => unknown, attempt: (body: number) => unknown) => boolean;

/** Comprehensions over two variables: index and value of lists, key and value of maps. */
export function registerComprehensions(environment: Environment): void {
  const add = (signature: string, run: (each: (visit: Visit) => void) => unknown) =>
    registerMacro<Comprehension>(environment, {
      signature,
      prepare: ({ receiver, args }: MacroCall) => ({
        range: receiver,
        names: [variableName(args[0]), variableName(args[1])],
        bodies: args.slice(2),
      }),
      check: checkBodies,
      run: (runner, state, scope) => run((visit) => iterate(runner, state, scope, visit)),
    });
  add("dyn.all(ast, ast, ast): bool", (each) => quantify(each, false));
  add("dyn.exists(ast, ast, ast): bool", (each) => quantify(each, true));
  for (const name of ["existsOne", "exists_one"])
    add(`dyn.${name}(ast, ast, ast): bool`, (each) => {
      let count = 0;
      each((run) => {
        if (run(0) === true) count += 1;
        return true;
      });
      return count === 1;
    });
  registerTransforms(add);
}

function registerTransforms(
  add: (signature: string, run: (each: (visit: Visit) => void) => unknown) => void,
): void {
  for (const [signature, filtered] of [
    ["(ast, ast, ast)", false],
    ["(ast, ast, ast, ast)", true],
  ] as const) {
    const body = filtered ? 1 : 0;
    const keeps = (run: (body: number) => unknown) => !filtered || run(0) === true;
    add(`dyn.transformList${signature}: list<dyn>`, (each) => {
      const list: unknown[] = [];
      each((run) => {
        if (keeps(run)) list.push(run(body));
        return true;
      });
      return list;
    });
    add(`dyn.transformMap${signature}: map<dyn, dyn>`, (each) => {
      const map: Record<string, unknown> = {};
      each((run) => {
        if (keeps(run)) map[String(run(-1))] = run(body);
        return true;
      });
      return map;
    });
    add(`dyn.transformMapEntry${signature}: map<dyn, dyn>`, (each) => {
      const map: Record<string, unknown> = {};
      each((run) => {
        if (!keeps(run)) return true;
        for (const [key, value] of membersOf(run(body))) {
          if (Object.hasOwn(map, String(key)))
            throw new CelFailure(`insert failed: key ${String(key)} already exists`);
          map[String(key)] = value;
        }
        return true;
      });
      return map;
    });
  }
}

function checkBodies(checker: Checker, state: Comprehension, scope: Scope): unknown {
  checker.check(state.range, scope);
  const dyn = checker.getType("dyn");
  state.outer = scope.forkWithVariable(state.names[0], dyn);
  state.inner = state.outer.forkWithVariable(state.names[1], dyn);
  for (const body of state.bodies) checker.check(body, state.inner);
  return dyn;
}

function iterate(runner: Runner, state: Comprehension, scope: Scope, visit: Visit): void {
  const { outer, inner, range, bodies } = state;
  if (outer === undefined || inner === undefined) throw new CelFailure("no such overload");
  const value = runner.run(range, scope);
  if (value === null || typeof value !== "object") throw new CelFailure("no such overload");
  const entries = Array.isArray(value)
    ? value.map((item, at) => [BigInt(at), item] as const)
    : membersOf(value);
  for (const [key, item] of entries) {
    charge(ROUND);
    const place = inner
      .reuse(outer.reuse(scope).setIterValue(key, runner))
      .setIterValue(item, runner);
    const node = (body: number) => bodies[body] as MacroNode;
    const goesOn = visit(
      (body) => (body < 0 ? key : runner.run(node(body), place)),
      (body) => runner.tryEval(node(body), place),
    );
    if (!goesOn) return;
  }
}

/** `exists` ends at the first true, `all` at the first false; only then do errors not count. */
function quantify(each: (visit: Visit) => void, sought: boolean): boolean {
  let found = false;
  let failure: unknown;
  each((_, attempt) => {
    const outcome = attempt(0);
    if (outcome === sought) found = true;
    else if (outcome !== !sought) failure ??= outcome;
    return !found;
  });
  if (!found && failure !== undefined)
    throw failure instanceof Error ? failure : new CelFailure("no such overload");
  return found ? sought : !sought;
}
