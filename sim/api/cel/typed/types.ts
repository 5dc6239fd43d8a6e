/** A node of a parsed expression. */
export interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly end: number;
}

/** How many letters, items or entries a value has: at least and at most. */
export interface Size {
  readonly min: number;
  readonly max: number;
}

/** Kinds of values without parts. */
export type SimpleKind =
  | "bool"
  | "bytes"
  | "double"
  | "duration"
  | "int"
  | "null_type"
  | "string"
  | "timestamp"
  | "type"
  | "uint";

/**
 * The type of an expression, with what is known of its value's size. `dyn` takes part in everything; `unknown` is ours: a value
 * that we cannot tell anything of, so that nothing is said against it.
 */
export type CelType = { readonly size?: Size } & (
  | { readonly kind: SimpleKind | "dyn" | "unknown" }
  | { readonly kind: "list"; readonly element: CelType }
  | { readonly kind: "map"; readonly key: CelType; readonly value: CelType }
  | { readonly kind: "optional"; readonly of: CelType }
  | {
      readonly kind: "object";
      readonly name: string;
      /** Undefined for a field that is not there; made when first asked for, since types may contain themselves. */
      readonly field: (name: string) => CelType | undefined;
    }
  | { readonly kind: "opaque"; readonly name: string }
);

/** Beyond what can be counted (`math.MaxUint64`). */
export const UNBOUNDED = 2 ** 64;
const ANY_SIZE: Size = { min: 0, max: UNBOUNDED };
const ONE: Size = { min: 1, max: 1 };
const NONE: Size = { min: 0, max: 0 };

export const UNKNOWN: CelType = { kind: "unknown" };
export const DYN: CelType = { kind: "dyn" };

/** A type without parts. */
export const simple = (kind: SimpleKind): CelType => ({ kind });

/** A list. */
export const listOf = (element: CelType, size?: Size): CelType =>
  size === undefined ? { kind: "list", element } : { kind: "list", element, size };

/** The same type with another size. */
export const sized = (type: CelType, size: Size): CelType => ({ ...type, size });

/** The same type where upstream's estimator loses sight of what its schema says of sizes. */
export function unsized(type: CelType): CelType {
  const { size: _, ...rest } = type;
  switch (rest.kind) {
    case "list":
      return { ...rest, element: unsized(rest.element) };
    case "map":
      return { ...rest, key: unsized(rest.key), value: unsized(rest.value) };
    case "object": {
      const { field } = rest;
      return {
        ...rest,
        field: (name) => {
          const found = field(name);
          return found === undefined ? undefined : unsized(found);
        },
      };
    }
    default:
      return rest;
  }
}

const SCALARS: readonly string[] = ["bool", "double", "duration", "int", "timestamp", "uint"];

/** The size of a value: as it is known, 1 for scalars, else anything; what we know nothing of is not held against anybody. */
export function sizeOf(type: CelType): Size {
  if (type.size !== undefined) return type.size;
  if (type.kind === "unknown") return NONE;
  return SCALARS.includes(type.kind) ? ONE : ANY_SIZE;
}

/** A size that either of two values may have. */
const eitherSize = (one: Size, other: Size): Size => ({
  min: Math.min(one.min, other.min),
  max: Math.max(one.max, other.max),
});

/** Whether nothing can be said against a use of the type. */
export const isOpen = ({ kind }: CelType): boolean => kind === "dyn" || kind === "unknown";

/** The type of a part of a value that may be anything. */
export const open = (of: CelType): CelType => (of.kind === "dyn" ? DYN : UNKNOWN);

/** Kinds of values that may be null instead (checker `isLegacyNullable`). */
const NULLABLE: readonly string[] = [
  "duration",
  "null_type",
  "object",
  "opaque",
  "optional",
  "timestamp",
];

/** Whether two values may be compared or stand for each other. */
export function agree(one: CelType, other: CelType): boolean {
  if (isOpen(one) || isOpen(other)) return true;
  if (one.kind === "null_type" || other.kind === "null_type") {
    const value = one.kind === "null_type" ? other : one;
    return NULLABLE.includes(value.kind);
  }
  if (one.kind === "list" && other.kind === "list") return agree(one.element, other.element);
  if (one.kind === "map" && other.kind === "map")
    return agree(one.key, other.key) && agree(one.value, other.value);
  if (one.kind === "optional" && other.kind === "optional") return agree(one.of, other.of);
  if (one.kind === "opaque" && other.kind === "opaque") return one.name === other.name;
  return one.kind === other.kind;
}

/** The type of a value that is one or the other. */
export function either(one: CelType, other: CelType): CelType {
  const size = eitherSize(sizeOf(one), sizeOf(other));
  if (isOpen(one) || isOpen(other))
    return sized(one.kind === "dyn" && other.kind === "dyn" ? DYN : UNKNOWN, size);
  const type = one.kind === "null_type" ? other : one;
  return sized(type, size);
}

/** A type as cel-go writes it (checker `FormatCELType`). */
export function typeText(type: CelType): string {
  switch (type.kind) {
    case "list":
      return `list(${typeText(type.element)})`;
    case "map":
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case "optional":
      return `optional_type(${typeText(type.of)})`;
    case "object":
    case "opaque":
      return type.name;
    case "null_type":
      return "null";
    case "unknown":
      return "dyn";
    default:
      return type.kind;
  }
}
