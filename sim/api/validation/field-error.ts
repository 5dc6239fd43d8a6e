import { goJson, goQuote } from "./go-text.ts";

/** What went wrong with one field; names as in upstream's `field.ErrorType` (they become a cause's reason). */
export type FieldErrorType =
  | "FieldValueRequired"
  | "FieldValueNotFound"
  | "FieldValueInvalid"
  | "FieldValueDuplicate"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid"
  | "InternalError";

/** One validation error. `message` is the text behind the field, as Kubernetes prints it. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Path of the field: `spec.containers[0].name`. */
  readonly field: string;
  /** The text without the field: `Invalid value: "x": must be …`. */
  readonly message: string;
}

/** How Go prints a bad value inside an error: texts quoted as `%q` does, everything else as its JSON. */
function printValue(value: unknown): string {
  if (value === undefined || value === null) return "null";
  return typeof value === "string" ? goQuote(value) : goJson(value);
}

/** A value that is absent but must not be. */
export function required(field: string, detail: string): FieldError {
  return { type: "FieldValueRequired", field, message: `Required value${suffix(detail)}` };
}

/** A value that breaks a rule. */
export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  const message = `Invalid value: ${printValue(value)}${suffix(detail)}`;
  return { type: "FieldValueInvalid", field, message };
}

/** An Invalid error whose value is already printed. */
export function rawInvalid(field: string, printed: string, why: string): FieldError {
  return { type: "FieldValueInvalid", field, message: `Invalid value: ${printed}: ${why}` };
}

/** A value that refers to something missing. */
export function notFoundValue(field: string, value: unknown): FieldError {
  return { type: "FieldValueNotFound", field, message: `Not found: ${printValue(value)}` };
}

/** A value that must be unique but is not. */
export function duplicate(field: string, value: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, message: `Duplicate value: ${printValue(value)}` };
}

/** A field that may not be set or changed here. */
export function forbiddenField(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, message: `Forbidden${suffix(detail)}` };
}

/** A value outside a list of known ones; the list is printed in the order given. */
export function notSupported(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const list = supported.map(goQuote).join(", ");
  const detail = supported.length === 0 ? "" : `: supported values: ${list}`;
  const message = `Unsupported value: ${printValue(value)}${detail}`;
  return { type: "FieldValueNotSupported", field, message };
}

/** Values of a field that must be one of a few. */
export function oneOf(
  value: string | undefined,
  field: string,
  supported: readonly string[],
): readonly FieldError[] {
  if (value === undefined || value === "") return [required(field, "")];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

/** A text with more bytes than allowed. Upstream leaves the value out. */
export function tooLong(field: string, maxBytes: number): FieldError {
  const message = `Too long: may not be more than ${maxBytes} bytes`;
  return { type: "FieldValueTooLong", field, message };
}

/** A list with more items than allowed. */
export function tooMany(field: string, actual: number, max: number): FieldError {
  const items = max === 1 ? "item" : "items";
  const message = `Too many: ${actual}: must have at most ${max} ${items}`;
  return { type: "FieldValueTooMany", field, message };
}

/** A value of the wrong JSON type. */
export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  const message = `Invalid value: ${printValue(value)}${suffix(detail)}`;
  return { type: "FieldValueTypeInvalid", field, message };
}

function suffix(detail: string): string {
  return detail === "" ? "" : `: ${detail}`;
}
