import { capped, type Estimate, reading } from "./functions.ts";
import {
  agree,
  type CelType,
  either,
  isOpen,
  open,
  simple,
  sized,
  sizeOf,
  UNKNOWN,
} from "./types.ts";

/* Results and estimated costs of operators, without what their operands cost; `undefined` where there is no such overload. */

const BOOL = simple("bool");
const NUMBERS: readonly string[] = ["double", "int", "uint"];
const ORDERED: readonly string[] = [
  "bool",
  "bytes",
  "double",
  "duration",
  "int",
  "string",
  "timestamp",
  "uint",
];

const bool = (cost: number): Estimate => ({ type: BOOL, cost });

/** `==`, `!=`. */
function equality(left: CelType, right: CelType): Estimate | undefined {
  if (!agree(left, right)) return undefined;
  return bool(reading({ min: 0, max: Math.min(sizeOf(left).max, sizeOf(right).max) }));
}

/** `<`, `<=`, `>`, `>=`. */
function order(left: CelType, right: CelType): Estimate | undefined {
  if (isOpen(left) || isOpen(right)) {
    const known = isOpen(left) ? right : left;
    if (!isOpen(known) && !ORDERED.includes(known.kind)) return undefined;
    // All overloads may be meant, that of texts among them.
    const size = Math.min(sizeOf(left).max, sizeOf(right).max);
    return bool(NUMBERS.includes(known.kind) ? 1 : Math.max(1, reading({ min: 0, max: size })));
  }
  if (NUMBERS.includes(left.kind) && NUMBERS.includes(right.kind)) return bool(1);
  if (left.kind !== right.kind || !ORDERED.includes(left.kind)) return undefined;
  if (left.kind !== "string" && left.kind !== "bytes") return bool(1);
  return bool(reading({ min: 0, max: Math.min(sizeOf(left).max, sizeOf(right).max) }));
}

function arithmetic(op: string, left: CelType, right: CelType): Estimate | undefined {
  if (isOpen(left) || isOpen(right)) return { type: UNKNOWN, cost: 1 };
  const times = [left.kind, right.kind].join(op);
  const type = TIMES[times];
  if (type !== undefined) return { type: simple(type), cost: 1 };
  if (left.kind !== right.kind) return undefined;
  if (op === "+" && (left.kind === "string" || left.kind === "bytes")) {
    const size = { min: 0, max: capped(sizeOf(left).max + sizeOf(right).max) };
    return { type: sized(simple(left.kind), size), cost: reading(size) };
  }
  if (op === "+" && left.kind === "list" && right.kind === "list") {
    if (!agree(left, right)) return undefined;
    const size = { min: 0, max: capped(sizeOf(left).max + sizeOf(right).max) };
    return { type: { kind: "list", element: either(left.element, right.element), size }, cost: 1 };
  }
  if (!NUMBERS.includes(left.kind) || (op === "%" && left.kind === "double")) return undefined;
  return { type: { kind: left.kind } as CelType, cost: 1 };
}

/** Sums and differences of times. */
const TIMES: Readonly<Record<string, "duration" | "timestamp">> = {
  "timestamp+duration": "timestamp",
  "duration+timestamp": "timestamp",
  "duration+duration": "duration",
  "timestamp-duration": "timestamp",
  "timestamp-timestamp": "duration",
  "duration-duration": "duration",
};

function membership(item: CelType, container: CelType): Estimate | undefined {
  if (isOpen(container)) return bool(1);
  if (container.kind === "list")
    return agree(item, container.element) ? bool(sizeOf(container).max) : undefined;
  if (container.kind === "map") return agree(item, container.key) ? bool(1) : undefined;
  return undefined;
}

/** An operator between two operands. */
export function binary(op: string, left: CelType, right: CelType): Estimate | undefined {
  switch (op) {
    case "==":
    case "!=":
      return equality(left, right);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return order(left, right);
    case "in":
      return membership(left, right);
    case "&&":
    case "||":
      return isBool(left) && isBool(right) ? bool(0) : undefined;
    default:
      return arithmetic(op, left, right);
  }
}

/** Whether a value may be a truth. */
export const isBool = (type: CelType): boolean => isOpen(type) || type.kind === "bool";

/** `!x` and `-x`. */
export function unary(op: string, operand: CelType): Estimate | undefined {
  if (op === "!_") return isBool(operand) ? bool(1) : undefined;
  if (isOpen(operand)) return { type: UNKNOWN, cost: 1 };
  const signed = operand.kind === "int" || operand.kind === "double";
  return signed ? { type: simple(operand.kind as "int"), cost: 1 } : undefined;
}

/** `x[y]`. */
export function indexed(container: CelType, index: CelType): Estimate | undefined {
  if (isOpen(container)) return { type: open(container), cost: 1 };
  if (container.kind === "list")
    return isOpen(index) || index.kind === "int" ? { type: container.element, cost: 1 } : undefined;
  if (container.kind === "map")
    return agree(index, container.key) ? { type: container.value, cost: 1 } : undefined;
  if (container.kind === "optional") return { type: UNKNOWN, cost: 1 };
  return undefined;
}
