import { parseQuantity } from "../../api/meta/quantity.ts";
import { parseSpan } from "../../engine/time.ts";

/** Units that people write out. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/^d(ays?)?$/i, "d"],
  [/^h(ours?|rs?)?$/i, "h"],
  [/^m(in(ute)?s?)?$/i, "m"],
  [/^s(ec(ond)?s?)?$/i, "s"],
  [/^(ms|millis(econds?)?|milliseconds?)$/i, "ms"],
];

/** A duration or quantity that somebody wrote in another manner, as it is written here. */
export function meantValue(expected: string, given: unknown): string | undefined {
  const text = typeof given === "number" ? String(given) : given;
  if (typeof text !== "string") return undefined;
  const meant = expected.startsWith("a duration")
    ? meantSpan(text)
    : expected.startsWith("a quantity")
      ? meantQuantity(text)
      : [];
  if (meant.length === 0) return undefined;
  return `Did you mean ${meant.map((word) => JSON.stringify(word)).join(" or ")}?`;
}

function meantSpan(text: string): readonly string[] {
  if (/^\d+(\.\d+)?$/.test(text)) return [`${text}s`];
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)];
  const words = parts.map(([, number = "", unit = ""]) => {
    const known = UNITS.find(([pattern]) => pattern.test(unit));
    return known === undefined ? undefined : `${number}${known[1]}`;
  });
  const span = words.join("");
  return words.includes(undefined) || parseSpan(span) === undefined ? [] : [span];
}

/** `8GB` is 8G, though most who write it mean 8Gi. */
function meantQuantity(text: string): readonly string[] {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgtpe])i?b?$/i.exec(text) ?? [];
  if (number === undefined) return [];
  const big = unit.toUpperCase();
  return [`${number}${big}i`, `${number}${big === "K" ? "k" : big}`].filter(
    (quantity) => parseQuantity(quantity) !== undefined,
  );
}
