import type { Environment } from "@marcbachmann/cel-js";
import { CelFailure } from "../values.ts";

type List = readonly unknown[];

/** Lists: `isSorted`, `sum`, `min`, `max`, `indexOf`, `lastIndexOf`; and sets of `sets.contains` and its like. */
export function registerLists(environment: Environment): void {
  const same = sameness(environment);
  environment
    .registerFunction("list.isSorted(): bool", (list: List) =>
      list.every((value, at) => at === 0 || !isLess(value, list[at - 1])),
    )
    .registerFunction("list.sum(): dyn", sum)
    .registerFunction("list.min(): dyn", (list: List) => extreme(list, "min"))
    .registerFunction("list.max(): dyn", (list: List) => extreme(list, "max"))
    .registerFunction("list.indexOf(dyn): int", (list: List, value: unknown) =>
      BigInt(list.findIndex((one) => same(one, value))),
    )
    .registerFunction("list.lastIndexOf(dyn): int", (list: List, value: unknown) =>
      BigInt(list.findLastIndex((one) => same(one, value))),
    );
  registerSets(environment, same);
}

class SetsNamespace {}

function registerSets(environment: Environment, same: (a: unknown, b: unknown) => boolean): void {
  const has = (list: List, value: unknown) => list.some((one) => same(one, value));
  const within = (list: List, part: List) => part.every((value) => has(list, value));
  environment
    .registerType("SetsNamespace", SetsNamespace)
    .registerConstant("sets", "SetsNamespace", new SetsNamespace())
    .registerFunction("SetsNamespace.contains(list, list): bool", (_: unknown, a: List, b: List) =>
      within(a, b),
    )
    .registerFunction(
      "SetsNamespace.equivalent(list, list): bool",
      (_: unknown, a: List, b: List) => within(a, b) && within(b, a),
    )
    .registerFunction(
      "SetsNamespace.intersects(list, list): bool",
      (_: unknown, a: List, b: List) => a.some((value) => has(b, value)),
    );
}

/** Equality of the language itself: deep, and across types of numbers. */
export function sameness(environment: Environment): (a: unknown, b: unknown) => boolean {
  let equal: ((variables: Record<string, unknown>) => unknown) | undefined;
  return (a, b) => {
    if (a === b) return true;
    if (typeof a !== "object" && typeof b !== "object" && typeof a === typeof b) return false;
    equal ??= environment.clone().parse("a == b") as (
      variables: Record<string, unknown>,
    ) => unknown;
    try {
      return equal({ a, b }) === true;
    } catch {
      return false;
    }
  };
}

/** Order of values of one type. */
export function isLess(a: unknown, b: unknown): boolean {
  return (a as bigint) < (b as bigint);
}

function sum(list: List): unknown {
  const [first, ...rest] = list;
  if (first === undefined) return 0n;
  return rest.reduce((total, value) => {
    if (typeof total === "bigint" && typeof value === "bigint") return total + value;
    if (typeof total === "number" && typeof value === "number") return total + value;
    const durations = total as { addDuration?(other: unknown): unknown };
    if (durations.addDuration !== undefined) return durations.addDuration(value);
    throw new CelFailure("no such overload");
  }, first);
}

function extreme(list: List, which: "min" | "max"): unknown {
  const [first, ...rest] = list;
  if (first === undefined) throw new CelFailure(`${which} called on empty list`);
  return rest.reduce((best, value) => {
    const replaces = which === "min" ? isLess(value, best) : isLess(best, value);
    return replaces ? value : best;
  }, first);
}
