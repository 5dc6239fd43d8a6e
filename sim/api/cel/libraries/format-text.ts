import { CelFailure, membersOf } from "../values.ts";

const CLAUSE = /%(%|(?:\.(\d+))?([sdfeboxX]))|%/g;

/** `"%s has %d".format([a, b])` as cel-go's string formatting. Throws `CelFailure`. */
export function formatText(pattern: string, args: readonly unknown[]): string {
  let used = 0;
  const text = pattern.replace(CLAUSE, (all, clause: string, precision: string, verb: string) => {
    if (clause === "%") return "%";
    if (verb === undefined) {
      throw new CelFailure(
        `could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(all)}`,
      );
    }
    if (used >= args.length) throw new CelFailure(`index ${used} out of range`);
    const value = args[used];
    used += 1;
    return clauseText(verb, value, precision === undefined ? undefined : Number(precision));
  });
  return text;
}

function clauseText(verb: string, value: unknown, precision: number | undefined): string {
  switch (verb) {
    case "s":
      return valueText(value);
    case "d":
      return String(numberOf(value, "d"));
    case "f":
      return Number(numberOf(value, "f")).toFixed(precision ?? 6);
    case "e":
      return exponent(Number(numberOf(value, "e")), precision ?? 6);
    case "b":
      return typeof value === "boolean" ? (value ? "1" : "0") : radix(value, 2, "b");
    case "o":
      return radix(value, 8, "o");
    default: {
      const hex = typeof value === "string" ? hexOf(value) : radix(value, 16, verb);
      return verb === "X" ? hex.toUpperCase() : hex;
    }
  }
}

function exponent(value: number, precision: number): string {
  return value.toExponential(precision).replace(/e([+-])(\d)$/, "e$10$2");
}

function numberOf(value: unknown, verb: string): bigint | number {
  if (typeof value === "bigint" || typeof value === "number") return value;
  const kind = verb === "d" ? "integer" : "fixed-point";
  throw new CelFailure(
    `error during formatting: ${kind} clause can only be used on numbers, was given ${typeName(value)}`,
  );
}

function radix(value: unknown, base: number, verb: string): string {
  if (typeof value === "bigint") return value.toString(base);
  throw new CelFailure(
    `error during formatting: only integers can be formatted with the clause %${verb}, was given ${typeName(value)}`,
  );
}

function hexOf(text: string): string {
  return [...encodeURIComponent(text).matchAll(/%(..)|(.)/g)]
    .map(([, hex, letter]) => hex?.toLowerCase() ?? (letter ?? "").charCodeAt(0).toString(16))
    .join("");
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map(innerText).join(", ")}]`;
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = membersOf(value).map(
      ([key, inner]) => `${innerText(key)}: ${innerText(inner)}`,
    );
    return `{${entries.sort().join(", ")}}`;
  }
  return String(value);
}

const innerText = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : valueText(value);

function typeName(value: unknown): string {
  if (value === null) return "null_type";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "double";
  return Array.isArray(value) ? "list" : "map";
}
