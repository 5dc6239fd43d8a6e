/*
 * How Go writes texts and JSON into messages: `%q` escapes what cannot be printed, `json.Marshal` what HTML could mistake.
 */

/** Texts that `%q` leaves as they are but for the quotes: nearly all. */
const PLAIN = /^[ !#-[\]-~]*$/;
const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
/** Characters that Go and CEL write with a letter of their own. */
export const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** A text in quotes as Go's `%q` and `strconv.Quote` write it. */
export function goQuote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let quoted = "";
  for (const character of text) quoted += SHORT_ESCAPES[character] ?? quoteCharacter(character);
  return `"${quoted}"`;
}

function quoteCharacter(character: string): string {
  if (PRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: number) => code.toString(16).padStart(digits, "0");
  if (code < 0x80) return `\\x${hex(2)}`;
  return code < 0x1_0000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

const MISTAKABLE = /[<>&\u2028\u2029]/;

/** A value as Go's `json.Marshal` writes it, or `MarshalIndent` with so many blanks; keys stay in their order. */
export function goJson(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, null, indent);
  if (!MISTAKABLE.test(text)) return text;
  return text.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A number as Go's `%v` prints a float64: with an exponent from a million on. */
export function goFloat(value: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return String(value);
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** A value with the keys of its maps in order, as Go prints maps. */
export function inKeyOrder(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(inKeyOrder);
  const entries = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(entries)
      .sort()
      .map((key) => [key, inKeyOrder(entries[key])]),
  );
}
