import { Environment } from "@marcbachmann/cel-js";

type Evaluate = (variables: Record<string, unknown>) => unknown;

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
});
const compiled = new Map<string, Evaluate | string>();

/** What an expression gave, or why it gave nothing. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

/** Evaluates a CEL expression over plain JSON; whole numbers are integers. */
export function evaluate(expression: string, variables: Record<string, unknown>): Outcome {
  let parsed = compiled.get(expression);
  if (parsed === undefined) {
    try {
      parsed = environment.parse(expression) as Evaluate;
    } catch (error) {
      parsed = error instanceof Error ? error.message : String(error);
    }
    compiled.set(expression, parsed);
  }
  if (typeof parsed === "string") return { error: parsed };
  try {
    return { value: parsed(variables) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** A JSON value as CEL sees it. */
export function celValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (value === null || value === undefined || typeof value !== "object") return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, celValue(inner)]));
}
