import type { Environment } from "@marcbachmann/cel-js";
import { CelFailure } from "../values.ts";

const compiled = new Map<string, RegExp | undefined>();

/** A pattern of RE2 as one of JavaScript's: leading flags, named groups, classes and anchors are translated. */
function regexOf(pattern: string): RegExp {
  if (!compiled.has(pattern)) compiled.set(pattern, translate(pattern));
  const regex = compiled.get(pattern);
  if (regex !== undefined) return regex;
  throw new CelFailure(`error parsing regexp: invalid pattern: \`${pattern}\``);
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

function translate(pattern: string): RegExp | undefined {
  const [, flags = "", rest = pattern] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(pattern) ?? [];
  const text = rest
    .replace(/\(\?P</g, "(?<")
    .replace(/\[:(\w+):\]/g, (all, name: string) => CLASSES[name] ?? all)
    .replace(/\\A/g, "^")
    .replace(/\\z/g, "$");
  try {
    return new RegExp(text, `g${flags}`);
  } catch {
    return undefined;
  }
}

/** Regular expressions: `find` and `findAll`. */
export function registerRegex(environment: Environment): void {
  const all = (text: string, pattern: string): string[] => text.match(regexOf(pattern)) ?? [];
  environment
    .registerFunction("string.find(string): string", (text: string, pattern: string) => {
      return all(text, pattern)[0] ?? "";
    })
    .registerFunction("string.findAll(string): list<string>", all)
    .registerFunction(
      "string.findAll(string, int): list<string>",
      (text: string, pattern: string, limit: bigint) =>
        limit < 0n ? all(text, pattern) : all(text, pattern).slice(0, Number(limit)),
    );
}
