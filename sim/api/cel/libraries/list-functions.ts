import type { Environment } from "@marcbachmann/cel-js";
import { CelFailure } from "../values.ts";
import { isLess, sameness } from "./lists.ts";
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

type List = readonly unknown[];

class ListsNamespace {}

/** cel-go's lists (`ext.Lists`, version 3): parts of lists, lists without repetitions, in another order, of other lists. */
export function registerListFunctions(environment: Environment): void {
  const same = sameness(environment);
  environment
    .registerType("ListsNamespace", ListsNamespace)
    .registerConstant("lists", "ListsNamespace", new ListsNamespace())
    .registerFunction("ListsNamespace.range(int): list<int>", (_: unknown, end: bigint) =>
      Array.from({ length: Math.max(0, Number(end)) }, (_each, at) => BigInt(at)),
    )
    .registerFunction("list.slice(int, int): list", slice)
    .registerFunction("list.reverse(): list", (list: List) => list.toReversed())
    .registerFunction("list.distinct(): list", (list: List) =>
      list.filter((value, at) => !list.slice(0, at).some((one) => same(one, value))),
    )
    .registerFunction("list.flatten(): list<dyn>", (list: List) => flatten(list, 1n))
    .registerFunction("list.flatten(int): list<dyn>", flatten)
    .registerFunction("list.sort(): list", (list: List) => sortedBy(list, list));
  registerMacro<SortBy>(environment, {
    signature: "list.sortBy(ast, ast): list<dyn>",
    prepare: ({ receiver, args }: MacroCall) => ({
      range: receiver,
      name: variableName(args[0]),
      body: args[1] as MacroNode,
    }),
    check: checkSortBy,
    run: sortBy,
  });
}

function slice(list: List, start: bigint, end: bigint): List {
  const told = `cannot slice(${start}, ${end})`;
  if (start < 0n || end < 0n) throw new CelFailure(`${told}, negative indexes not supported`);
  if (start > end)
    throw new CelFailure(`${told}, start index must be less than or equal to end index`);
  if (end > BigInt(list.length)) throw new CelFailure(`${told}, list is length ${list.length}`);
  return list.slice(Number(start), Number(end));
}

function flatten(list: List, depth: bigint): List {
  if (depth < 0n) throw new CelFailure("level must be non-negative");
  return list.flat(Number(depth));
}

/** A list in the order of its keys; equal ones stay as they are. */
function sortedBy(list: List, keys: List): List {
  const [first] = keys;
  if (keys.some((key) => kindOf(key) !== kindOf(first)))
    throw new CelFailure("list elements must have the same type");
  if (kindOf(first) === "Object" || kindOf(first) === "Array")
    throw new CelFailure("list elements must be comparable");
  return list
    .map((value, at) => ({ value, key: keys[at] }))
    .sort((a, b) => (isLess(a.key, b.key) ? -1 : isLess(b.key, a.key) ? 1 : 0))
    .map(({ value }) => value);
}

function kindOf(value: unknown): string {
  if (value === null || typeof value !== "object") return typeof value;
  return (value.constructor as { readonly name?: string } | undefined)?.name ?? "Object";
}

interface SortBy {
  readonly range: MacroNode;
  readonly name: string;
  readonly body: MacroNode;
  inner?: IterationScope;
}

function checkSortBy(checker: Checker, state: SortBy, scope: Scope): unknown {
  checker.check(state.range, scope);
  state.inner = scope.forkWithVariable(state.name, checker.getType("dyn"));
  checker.check(state.body, state.inner);
  return checker.getType("dyn");
}

function sortBy(runner: Runner, { range, body, inner }: SortBy, scope: Scope): unknown {
  const list = runner.run(range, scope);
  if (!Array.isArray(list) || inner === undefined) throw new CelFailure("no such overload");
  const keys = list.map((value) =>
    runner.run(body, inner.reuse(scope).setIterValue(value, runner)),
  );
  return sortedBy(list, keys);
}
