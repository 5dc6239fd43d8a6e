import { anyOf, list, object, oneOf, optional, type Schema, tagged } from "./schema.ts";
import { span } from "./units.ts";

/** Distributions share their words, whatever they are over. */
export function distribution<T>(value: Schema<T>, expected: string) {
  return anyOf(
    expected,
    value,
    tagged(
      "dist",
      object({ dist: oneOf("fixed"), value }),
      object({ dist: oneOf("uniform"), min: optional(value), max: value, step: optional(value) }),
      object({
        dist: oneOf("normal"),
        mean: value,
        deviation: value,
        min: optional(value),
        max: optional(value),
      }),
      object({
        dist: oneOf("exponential"),
        mean: value,
        min: optional(value),
        max: optional(value),
      }),
      object({ dist: oneOf("choice"), of: list(value) }),
    ),
  );
}

/** How long something takes. */
export const spans = distribution(span, "a duration or a distribution of them");
