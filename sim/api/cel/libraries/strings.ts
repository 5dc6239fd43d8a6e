import type { Environment } from "@marcbachmann/cel-js";
import { SHORT_ESCAPES } from "../../validation/go-text.ts";
import { CelFailure } from "../values.ts";
import { formatText } from "./format-text.ts";

class StringsNamespace {}

/** The rest of cel-go's strings, version 2: `charAt`, `replace`, `format`, `strings.quote`; and texts of durations. */
export function registerStrings(environment: Environment): void {
  environment
    .registerType("StringsNamespace", StringsNamespace)
    .registerConstant("strings", "StringsNamespace", new StringsNamespace())
    .registerFunction("StringsNamespace.quote(string): string", (_: unknown, text: string) => {
      return `"${[...text].map((letter) => SHORT_ESCAPES[letter] ?? letter).join("")}"`;
    })
    .registerFunction("string.charAt(int): string", (text: string, at: bigint) => {
      const letters = [...text];
      if (at < 0n || at > BigInt(letters.length)) throw new CelFailure(`index out of range: ${at}`);
      return letters[Number(at)] ?? "";
    })
    .registerFunction(
      "string.replace(string, string): string",
      (text: string, from: string, to: string) => text.split(from).join(to),
    )
    .registerFunction("string.replace(string, string, int): string", replaceSome)
    .registerFunction("string.format(list): string", formatText)
    .registerFunction("string(google.protobuf.Duration): string", String)
    .registerFunction(
      "string(google.protobuf.Timestamp): string",
      (time: { toISOString(): string }) => time.toISOString().replace(/\.?0*Z$/, "Z"),
    )
    .registerFunction("int(google.protobuf.Timestamp): int", (time: { getTime(): number }) =>
      BigInt(Math.floor(time.getTime() / 1000)),
    );
}

function replaceSome(text: string, from: string, to: string, limit: bigint): string {
  if (limit < 0n) return text.split(from).join(to);
  const parts = text.split(from);
  let out = parts[0] ?? "";
  for (const [at, part] of parts.slice(1).entries()) out += (BigInt(at) < limit ? to : from) + part;
  return out;
}
