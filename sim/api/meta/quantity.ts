/**
 * Kubernetes quantities (`100m`, `1.5`, `2Gi`, `1e3`) as integers and back.
 * Grammar and rounding: apimachinery `resource.Quantity`; values are rounded up to the wanted scale.
 */

const BINARY: Readonly<Record<string, number>> = {
  Ki: 1024,
  Mi: 1_048_576,
  Gi: 1_073_741_824,
  Ti: 1_099_511_627_776,
  Pi: 1_125_899_906_842_624,
  Ei: 1024 * 1_125_899_906_842_624,
};
/** Decimal suffix → power of ten. */
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const PATTERN =
  /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d+)|(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E))?$/;

/** How a quantity was written: decides its canonical suffixes. */
export type QuantityFormat = "BinarySI" | "DecimalSI" | "DecimalExponent";

/** A quantity as an exact count of nano-units, with the family of suffixes it was written in. */
export interface ParsedQuantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** Parses a quantity; `undefined` when the text is not one. Finer than a nano rounds away from zero, as upstream. */
export function parseQuantity(text: string | number): ParsedQuantity | undefined {
  const match = PATTERN.exec(String(text).trim());
  if (match === null) return undefined;
  const [, sign = "", digits = "0", exponent, suffix = ""] = match;
  const dot = digits.indexOf(".");
  const whole = dot < 0 ? digits : digits.slice(0, dot);
  const fraction = dot < 0 ? "" : digits.slice(dot + 1);
  const mantissa = BigInt(`${whole}${fraction}` || "0");
  const binary = BINARY[suffix];
  const power =
    exponent !== undefined
      ? Number(exponent.slice(1))
      : binary === undefined
        ? (DECIMAL[suffix] ?? 0)
        : 0;
  if (Math.abs(power) > 40) return undefined;
  const scale = 9 + power - fraction.length;
  let value = binary === undefined ? mantissa : mantissa * BigInt(binary);
  if (scale >= 0) value *= 10n ** BigInt(scale);
  else value = ceilDivide(value, 10n ** BigInt(-scale));
  const format =
    binary !== undefined ? "BinarySI" : exponent !== undefined ? "DecimalExponent" : "DecimalSI";
  return { nanos: sign === "-" ? -value : value, format };
}

function ceilDivide(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

const milliCache = new Map<string | number, number>();
const valueCache = new Map<string | number, number>();
/** Distinct texts are few in any cluster; the bound only guards against hostile input. */
const CACHE_LIMIT = 65_536;

function scaled(cache: Map<string | number, number>, text: string | number, unit: bigint): number {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const parsed = parseQuantity(text);
  if (parsed === undefined) throw new RangeError(`not a quantity: ${JSON.stringify(text)}`);
  const { nanos } = parsed;
  const result = Number(nanos >= 0n ? ceilDivide(nanos, unit) : -(-nanos / unit));
  if (cache.size > CACHE_LIMIT) cache.clear();
  cache.set(text, result);
  return result;
}

/** The quantity in thousandths, rounded up: CPU in millicores. Throws `RangeError` on text that is no quantity. */
export function milliValue(text: string | number): number {
  return scaled(milliCache, text, 1_000_000n);
}

/** The quantity in whole units, rounded up: memory in bytes, pods as a count. Throws `RangeError` on text that is no quantity. */
export function wholeValue(text: string | number): number {
  return scaled(valueCache, text, 1_000_000_000n);
}

const BINARY_SUFFIXES = ["Ei", "Pi", "Ti", "Gi", "Mi", "Ki"] as const;
const DECIMAL_SUFFIXES: readonly (readonly [string, number])[] = [
  ["E", 27],
  ["P", 24],
  ["T", 21],
  ["G", 18],
  ["M", 15],
  ["k", 12],
  ["", 9],
  ["m", 6],
  ["u", 3],
  ["n", 0],
];

/** Canonical text of a quantity: the largest suffix of its family that keeps it an integer. */
export function formatQuantity({ nanos, format }: ParsedQuantity): string {
  if (nanos === 0n) return "0";
  const sign = nanos < 0n ? "-" : "";
  const size = nanos < 0n ? -nanos : nanos;
  if (format === "BinarySI" && size % 1_000_000_000n === 0n) {
    const units = size / 1_000_000_000n;
    if (units >= 1024n) {
      for (const suffix of BINARY_SUFFIXES) {
        const by = BigInt(BINARY[suffix] ?? 1);
        if (units % by === 0n) return `${sign}${units / by}${suffix}`;
      }
    }
    return `${sign}${units}`;
  }
  for (const [suffix, power] of DECIMAL_SUFFIXES) {
    const by = 10n ** BigInt(power);
    if (size % by !== 0n) continue;
    if (format !== "DecimalExponent" || suffix === "") return `${sign}${size / by}${suffix}`;
    return `${sign}${size / by}e${power - 9}`;
  }
  return `${sign}${size}n`;
}

/** Canonical text of any accepted spelling, or `undefined` for text that is no quantity: `0.5` → `500m`, `1024Mi` → `1Gi`. */
export function canonicalQuantity(text: string | number): string | undefined {
  const parsed = parseQuantity(text);
  return parsed === undefined ? undefined : formatQuantity(parsed);
}
