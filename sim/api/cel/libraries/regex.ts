import type { Environment } from "@marcbachmann/cel-js";
import { PatternError, type Regex, regexOf } from "../../regex.ts";
import { CelFailure } from "../values.ts";

/** A pattern of an expression. Throws `CelFailure`. */
function patternOf(pattern: string): Regex {
  try {
    return regexOf(pattern);
  } catch (error) {
    throw error instanceof PatternError ? new CelFailure(error.message) : error;
  }
}

/** Regular expressions: `find`, `findAll`, and `matches` as a function of two texts. */
export function registerRegex(environment: Environment): void {
  environment
    .registerFunction("matches(string, string): bool", (text: string, pattern: string) =>
      patternOf(pattern).test(text),
    )
    .registerFunction("string.find(string): string", (text: string, pattern: string) => {
      return patternOf(pattern).findAll(text, 1)[0] ?? "";
    })
    .registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) =>
      patternOf(pattern).findAll(text),
    )
    .registerFunction(
      "string.findAll(string, int): list<string>",
      (text: string, pattern: string, limit: bigint) =>
        patternOf(pattern).findAll(text, limit < 0n ? undefined : Number(limit)),
    );
}

interface Call {
  readonly op: string;
  readonly args: unknown;
  handle?: (...given: unknown[]) => unknown;
}

/** Gives calls of `matches` in a checked expression our own matcher: the library's takes patterns that never end. */
export function matchLinearly(part: unknown): void {
  if (Array.isArray(part)) {
    part.forEach(matchLinearly);
    return;
  }
  if (part === null || typeof part !== "object" || !("op" in part)) return;
  const node = part as Call;
  matchLinearly(node.args);
  const { handle } = node;
  if (node.op !== "rcall" || handle === undefined) return;
  const [name, , args] = node.args as [string, unknown, readonly unknown[]];
  if (name !== "matches" || args.length !== 1) return;
  node.handle = (...given) => {
    const [text, pattern] = given[0] as readonly unknown[];
    if (typeof text === "string" && typeof pattern === "string")
      return patternOf(pattern).test(text);
    return handle(...given);
  };
}
