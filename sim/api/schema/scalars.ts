import { canonicalQuantity } from "../meta/quantity.ts";
import { microTimestamp, parseTimestamp, timestamp } from "../meta/time.ts";
import { timeMistake } from "../meta/time-mistake.ts";
import type { ScalarCode } from "./types.ts";

/** What reading a scalar gave: its canonical value, Go's type error (JSON type found), or another error's text. */
export type ScalarResult =
  | { readonly value: string | number | boolean }
  | { readonly mismatch: string; readonly goName?: string }
  /** Fatal errors of Go's own unmarshalers stop the decoding; others are remembered. */
  | { readonly error: string; readonly fatal: boolean };

/** The JSON type of a value, in the words of Go's errors. */
export function jsonTypeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}

const INT64_LIMIT = 2_147_483_648 * 4_294_967_296;

/**
 * Reads one scalar as Go would. A number that was written with a fraction or an exponent comes with how it was written:
 * Go takes none of them for an integer, not even `1.0`.
 */
export function readScalar(code: ScalarCode, value: unknown, literal?: string): ScalarResult {
  switch (code) {
    case "string":
      return typeof value === "string" ? { value } : { mismatch: jsonTypeName(value) };
    case "bool":
      return typeof value === "boolean" ? { value } : { mismatch: jsonTypeName(value) };
    case "int32":
      return readInteger(value, 2_147_483_648, literal);
    case "int64":
      return readInteger(value, INT64_LIMIT, literal);
    case "float64":
      return typeof value === "number" ? { value } : { mismatch: jsonTypeName(value) };
    case "intOrString":
      if (typeof value === "string") return { value };
      return { ...readInteger(value, 2_147_483_648, literal), goName: "int32" };
    case "quantity":
      return readQuantity(literal ?? value);
    case "time":
    case "microTime":
      return readTime(value, code === "microTime");
    default:
      return readBytes(value);
  }
}

function readInteger(value: unknown, limit: number, literal?: string): ScalarResult {
  if (typeof value !== "number") return { mismatch: jsonTypeName(value) };
  if (literal !== undefined) return { mismatch: `number ${literal}` };
  if (!Number.isInteger(value) || value >= limit || value < -limit) {
    return { mismatch: `number ${value}` };
  }
  return { value };
}

const QUANTITY_SHAPE = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const QUANTITY_SUFFIX = /^(|[numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]+)$/;
/** What upstream says to a text that does not look like a quantity. */
const QUANTITY_FORMAT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** Why a text is no quantity; undefined when it is one. */
function quantityError(text: string): string | undefined {
  const shape = QUANTITY_SHAPE.exec(text);
  if (shape === null || /\..*\./.test(shape[1] ?? "")) return QUANTITY_FORMAT;
  if (!QUANTITY_SUFFIX.test(shape[2] ?? "")) return "unable to parse quantity's suffix";
  return canonicalQuantity(text) === undefined
    ? "unable to parse numeric part of quantity"
    : undefined;
}

const quantities = new Map<string, string>();

function readQuantity(value: unknown): ScalarResult {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).trim();
  const known = quantities.get(text);
  if (known !== undefined) return { value: known };
  const error = quantityError(text);
  if (error !== undefined) return { error, fatal: true };
  const canonical = canonicalQuantity(text) ?? text;
  if (quantities.size > 65_536) quantities.clear();
  quantities.set(text, canonical);
  return { value: canonical };
}

function readTime(value: unknown, micro: boolean): ScalarResult {
  if (typeof value !== "string") return { mismatch: jsonTypeName(value), goName: "string" };
  const error = timeMistake(value, micro);
  if (error !== undefined) return { error, fatal: true };
  const time = parseTimestamp(value) ?? 0;
  return { value: micro ? microTimestamp(time) : timestamp(time) };
}

function readBytes(value: unknown): ScalarResult {
  if (typeof value !== "string") return { mismatch: jsonTypeName(value) };
  const text = value.replaceAll(/[\r\n]/g, "");
  const bad = corruptAt(value);
  if (bad !== undefined) {
    return { error: `illegal base64 data at input byte ${bad}`, fatal: false };
  }
  return { value: text };
}

const DIGIT = /[A-Za-z0-9+/]/;

/** Where Go's base64 decoder stops; undefined for good input. Line breaks are skipped. */
function corruptAt(text: string): number | undefined {
  let inQuantum = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\n" || character === "\r") continue;
    if (DIGIT.test(character)) {
      inQuantum = (inQuantum + 1) % 4;
      continue;
    }
    if (character !== "=" || inQuantum < 2) return at;
    const rest = text.slice(at + 1).replaceAll(/[\r\n]/g, "");
    const wanted = inQuantum === 2 ? "=" : "";
    if (rest === wanted) return undefined;
    if (inQuantum === 2 && rest === "") return text.length;
    return inQuantum === 2 && !rest.startsWith("=") ? at : at + 1 + wanted.length;
  }
  return inQuantum === 0 ? undefined : text.length - inQuantum;
}
