import type { Environment } from "@marcbachmann/cel-js";
import { parseQuantity } from "../../meta/quantity.ts";
import { CelFailure } from "../values.ts";

const NANOS = 1_000_000_000n;
const LONGEST = 9_223_372_036_854_775_807n;

/** A quantity in an expression, exact in nano-units. */
class CelQuantity {
  readonly #nanos: bigint;

  constructor(nanos: bigint) {
    this.#nanos = nanos;
  }

  /** Its nano-units. */
  static nanosOf(quantity: CelQuantity): bigint {
    return quantity.#nanos;
  }
}

/** Parses a quantity. Throws `CelFailure`. */
export function celQuantity(text: string): CelQuantity {
  const parsed = parseQuantity(text);
  if (parsed !== undefined && text.trim() === text) return new CelQuantity(parsed.nanos);
  throw new CelFailure(
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
}

/** Quantities: `quantity("1Gi").isGreaterThan(quantity("500Mi"))`. */
export function registerQuantities(environment: Environment): void {
  const nanos = CelQuantity.nanosOf;
  const whole = (value: CelQuantity): boolean =>
    nanos(value) % NANOS === 0n &&
    nanos(value) / NANOS <= LONGEST &&
    nanos(value) / NANOS >= -LONGEST;
  const compare = (a: CelQuantity, b: CelQuantity): bigint =>
    nanos(a) < nanos(b) ? -1n : nanos(a) > nanos(b) ? 1n : 0n;
  environment
    .registerType("Quantity", CelQuantity)
    .registerFunction("quantity(string): Quantity", celQuantity)
    .registerFunction(
      "isQuantity(string): bool",
      (text: string) => text.trim() === text && parseQuantity(text) !== undefined,
    )
    .registerFunction("Quantity.sign(): int", (value: CelQuantity) =>
      compare(value, new CelQuantity(0n)),
    )
    .registerFunction("Quantity.isInteger(): bool", whole)
    .registerFunction("Quantity.asInteger(): int", (value: CelQuantity) => {
      if (!whole(value)) throw new CelFailure("cannot convert value to integer");
      return nanos(value) / NANOS;
    })
    .registerFunction(
      "Quantity.asApproximateFloat(): double",
      (value: CelQuantity) => Number(nanos(value)) / Number(NANOS),
    )
    .registerFunction("Quantity.compareTo(Quantity): int", compare)
    .registerFunction(
      "Quantity.isGreaterThan(Quantity): bool",
      (a: CelQuantity, b: CelQuantity) => compare(a, b) > 0n,
    )
    .registerFunction(
      "Quantity.isLessThan(Quantity): bool",
      (a: CelQuantity, b: CelQuantity) => compare(a, b) < 0n,
    )
    .registerOperator(
      "Quantity == Quantity",
      (a: CelQuantity, b: CelQuantity) => compare(a, b) === 0n,
    );
  for (const [name, sign] of [
    ["add", 1n],
    ["sub", -1n],
  ] as const) {
    environment
      .registerFunction(
        `Quantity.${name}(Quantity): Quantity`,
        (a: CelQuantity, b: CelQuantity) => new CelQuantity(nanos(a) + sign * nanos(b)),
      )
      .registerFunction(
        `Quantity.${name}(int): Quantity`,
        (a: CelQuantity, b: bigint) => new CelQuantity(nanos(a) + sign * b * NANOS),
      );
  }
}
