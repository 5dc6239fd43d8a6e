import { Optional } from "@marcbachmann/cel-js";

/** An object literal of an expression (`Object.spec{…}`, `JSONPatch{…}`): its fields are its own properties. */
export class Struct {
  readonly #type: string;

  constructor(type: string, fields: Readonly<Record<string, unknown>>) {
    this.#type = type;
    Object.assign(this, fields);
  }

  /** The name it was written with. */
  static typeOf(struct: Struct): string {
    return struct.#type;
  }
}

/** A JSON value as CEL sees it: whole numbers are integers. */
export function celValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (value === null || value === undefined || typeof value !== "object") return value ?? null;
  return mapped(value as Readonly<Record<string, unknown>>, celValue);
}

/** A value of CEL as JSON. What JSON cannot say is said as text. */
export function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (value === null || value === undefined || typeof value !== "object") return value ?? null;
  if (value instanceof Optional) return value.hasValue() ? plainValue(value.value()) : null;
  if (value instanceof Map) return mapped(Object.fromEntries(value), plainValue);
  if (value instanceof Struct || Object.getPrototypeOf(value) === Object.prototype)
    return mapped(value as Readonly<Record<string, unknown>>, plainValue);
  return String(value);
}

function mapped(
  members: Readonly<Record<string, unknown>>,
  change: (value: unknown) => unknown,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(members)) {
    if (value !== undefined) result[key] = change(value);
  }
  return result;
}

/** The members of a map of CEL, whatever it is made of. */
export function membersOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  return value instanceof Map ? [...value] : Object.entries(value as object);
}

/** A failure of an expression, in cel-go's words. */
export class CelFailure extends Error {
  override readonly name = "CelFailure";
}
