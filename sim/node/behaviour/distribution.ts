import type { Random } from "../../engine/random.ts";
import { formatSpan, type Micros, parseSpan } from "../../engine/time.ts";

/** How long something takes: one span, or spans drawn at random. */
export type Distribution =
  | Micros
  | { readonly dist: "uniform"; readonly min: Micros; readonly max: Micros }
  | {
      readonly dist: "normal";
      readonly mean: Micros;
      readonly deviation: Micros;
      readonly min: Micros;
    }
  | { readonly dist: "exponential"; readonly mean: Micros; readonly min: Micros }
  | { readonly dist: "choice"; readonly of: readonly Micros[] };

const LN2 = Math.LN2;

/**
 * Natural logarithm of a number in (0, 1] by multiplication and addition alone, so that every JavaScript engine gets the
 * same bits (`Math.log` does not promise that). Scales to [1, 2), then 2·artanh((x-1)/(x+1)).
 */
export function naturalLog(value: number): number {
  let scaled = value;
  let halvings = 0;
  while (scaled < 1) {
    scaled *= 2;
    halvings++;
  }
  const ratio = (scaled - 1) / (scaled + 1);
  const square = ratio * ratio;
  let term = ratio;
  let sum = 0;
  for (let odd = 1; odd < 40; odd += 2) {
    sum += term / odd;
    term *= square;
  }
  return 2 * sum - halvings * LN2;
}

/** Draws a span. A fixed one draws nothing, so that it shifts nobody's stream. */
export function draw(distribution: Distribution, random: Random): Micros {
  if (typeof distribution === "number") return distribution;
  switch (distribution.dist) {
    case "uniform": {
      const width = distribution.max - distribution.min;
      return distribution.min + Math.floor(random.fraction() * (width + 1));
    }
    case "normal": {
      // Sum of twelve uniform numbers less six: mean 0, deviation 1 (Irwin–Hall).
      let sum = -6;
      for (let draws = 0; draws < 12; draws++) sum += random.fraction();
      return Math.max(
        distribution.min,
        Math.round(distribution.mean + sum * distribution.deviation),
      );
    }
    case "exponential":
      return distribution.min + Math.round(-naturalLog(1 - random.fraction()) * distribution.mean);
    case "choice":
      return distribution.of[random.int(distribution.of.length)] ?? 0;
  }
}

/** Reads a distribution as people write it: `500ms`, `{dist: uniform, min: 1s, max: 4s}`. Throws `RangeError` naming what is wrong. */
export function parseDistribution(value: unknown, place: string): Distribution {
  if (typeof value === "string" || typeof value === "number") return readSpan(value, place);
  if (typeof value !== "object" || value === null)
    throw new RangeError(`${place}: expected a span like 500ms, got ${JSON.stringify(value)}`);
  const given = value as Record<string, unknown>;
  const at = (key: string, otherwise?: Micros): Micros =>
    given[key] === undefined && otherwise !== undefined
      ? otherwise
      : readSpan(given[key], `${place}.${key}`);
  switch (given["dist"]) {
    case "fixed":
      return at("value");
    case "uniform": {
      const [min, max] = [at("min", 0), at("max")];
      if (max < min) throw new RangeError(`${place}.max: expected at least ${formatSpan(min)}`);
      return { dist: "uniform", min, max };
    }
    case "normal":
      return { dist: "normal", mean: at("mean"), deviation: at("deviation"), min: at("min", 0) };
    case "exponential":
      return { dist: "exponential", mean: at("mean"), min: at("min", 0) };
    case "choice": {
      const of = given["of"];
      if (!Array.isArray(of) || of.length === 0)
        throw new RangeError(`${place}.of: expected a list of spans`);
      return {
        dist: "choice",
        of: of.map((item, index) => readSpan(item, `${place}.of[${index}]`)),
      };
    }
    default:
      throw new RangeError(
        `${place}.dist: expected fixed, uniform, normal, exponential or choice, got ${JSON.stringify(given["dist"])}`,
      );
  }
}

/** Reads a span: `90s`, or a bare number of seconds. Throws `RangeError` naming the place. */
export function readSpan(value: unknown, place: string): Micros {
  const text = typeof value === "number" ? `${value}s` : value;
  const span = typeof text === "string" ? parseSpan(text.trim()) : undefined;
  if (span === undefined)
    throw new RangeError(`${place}: expected a span like 500ms, got ${JSON.stringify(value)}`);
  return span;
}
