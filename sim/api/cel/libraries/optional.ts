import { type Environment, Optional } from "@marcbachmann/cel-js";
import { CelFailure, Struct } from "../values.ts";
import { type IterationScope, type MacroNode, registerMacro, variableName } from "./macros.ts";

interface Mapping {
  readonly target: MacroNode;
  readonly name: string;
  readonly body: MacroNode;
  place?: IterationScope;
}

/** The rest of optional types: `optMap`, `optFlatMap`, `ofNonZeroValue`, optional entries of literals; and object literals. */
export function registerOptionals(environment: Environment): void {
  for (const [name, wraps] of [
    ["optMap", true],
    ["optFlatMap", false],
  ] as const) {
    registerMacro<Mapping>(environment, {
      signature: `optional.${name}(ast, ast): optional<dyn>`,
      prepare: ({ receiver, args }) => ({
        target: receiver,
        name: variableName(args[0]),
        body: args[1] as MacroNode,
      }),
      check: (checker, state, scope) => {
        checker.check(state.target, scope);
        state.place = scope.forkWithVariable(state.name, checker.getType("dyn"));
        checker.check(state.body, state.place);
        return checker.getType("optional<dyn>");
      },
      run: (runner, { target, body, place }, scope) => {
        const value = asOptional(runner.run(target, scope));
        if (!value.hasValue() || place === undefined) return Optional.none();
        const result = runner.run(body, place.reuse(scope).setIterValue(value.value(), runner));
        return wraps ? Optional.of(result) : asOptional(result);
      },
    });
  }
  environment
    .registerFunction(
      "OptionalNamespace.ofNonZeroValue(dyn): optional<dyn>",
      (_: unknown, value) => (isZero(value) ? Optional.none() : Optional.of(value)),
    )
    .registerOperator("optional == optional", (a: Optional, b: Optional) =>
      a.hasValue() && b.hasValue() ? a.value() === b.value() : a.hasValue() === b.hasValue(),
    );
  registerLiterals(environment);
}

class JsonPatchNamespace {}

function registerLiterals(environment: Environment): void {
  type Places = readonly bigint[];
  environment
    .registerType("JsonPatchNamespace", JsonPatchNamespace)
    .registerConstant("jsonpatch", "JsonPatchNamespace", new JsonPatchNamespace())
    .registerFunction("JsonPatchNamespace.escapeKey(string): string", (_: unknown, key: string) =>
      key.replaceAll("~", "~0").replaceAll("/", "~1"),
    )
    .registerType("Struct", Struct)
    .registerFunction("__list(list, list): list<dyn>", (values: unknown[], optional: Places) =>
      values.flatMap((value, at) => entryOf(value, at, optional)),
    )
    .registerFunction(
      "__map(list, list, list): map<dyn, dyn>",
      (keys: unknown[], values: unknown[], optional: Places) => {
        const map: Record<string, unknown> = {};
        for (const [at, value] of values.entries())
          for (const one of entryOf(value, at, optional)) map[String(keys[at])] = one;
        return map;
      },
    )
    .registerFunction("__struct(string, map): Struct", (type: string, fields: object) => {
      return new Struct(type, fields as Readonly<Record<string, unknown>>);
    });
}

/** An entry of a literal: an optional one is there only if it has a value. */
function entryOf(value: unknown, at: number, optional: readonly bigint[]): readonly unknown[] {
  if (!optional.includes(BigInt(at))) return [value];
  const wrapped = asOptional(value);
  return wrapped.hasValue() ? [wrapped.value()] : [];
}

function asOptional(value: unknown): Optional {
  if (value instanceof Optional) return value;
  throw new CelFailure("no such overload");
}

function isZero(value: unknown): boolean {
  if (value === null || value === 0n || value === 0 || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value as object).length === 0;
}
