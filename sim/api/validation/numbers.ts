import { type FieldError, invalidValue } from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { NOT_NEGATIVE, percentErrors } from "./names.ts";

export type IntOrText = number | string | undefined;

/** A count that may not be negative; nothing is fine. */
export function countErrors(value: number | undefined, field: string): readonly FieldError[] {
  return value !== undefined && value < 0 ? [invalidValue(field, value, NOT_NEGATIVE)] : [];
}

/** `ValidatePositiveIntOrPercent`. */
export function intOrPercentErrors(value: IntOrText, field: string): readonly FieldError[] {
  if (value === undefined) return [];
  if (typeof value === "number") return countErrors(value, field);
  return invalidEach(field, value, percentErrors(value));
}

/** `IsNotMoreThan100Percent`. */
export function atMostAllErrors(value: IntOrText, field: string): readonly FieldError[] {
  if (typeof value !== "string" || percentErrors(value).length > 0) return [];
  return Number(value.slice(0, -1)) > 100
    ? [invalidValue(field, value, "must not be greater than 100%")]
    : [];
}

/** The number that an int-or-percent stands for: a percentage counts as its figure. */
export function figureOf(value: IntOrText): number {
  if (typeof value === "number") return value;
  if (value === undefined) return 0;
  if (/^[+-]?\d+$/.test(value)) return Number(value);
  return percentErrors(value).length > 0 ? 0 : Number(value.slice(0, -1));
}
