import type { Taint, Toleration } from "../types.gen.ts";

/** Whether a toleration covers a taint (core/v1 `ToleratesTaint`). `Lt` and `Gt` compare integers. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { effect = "", key = "", operator = "Equal", value = "" } = toleration;
  if (effect !== "" && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  switch (operator) {
    case "Exists":
      return true;
    case "":
    case "Equal":
      return value === (taint.value ?? "");
    case "Lt":
    case "Gt":
      return compares(operator, taint.value ?? "", value);
    default:
      return false;
  }
}

const INTEGER = /^-?\d+$/;

function compares(operator: "Lt" | "Gt", taint: string, bound: string): boolean {
  if (!INTEGER.test(taint) || !INTEGER.test(bound)) return false;
  return operator === "Lt" ? BigInt(taint) < BigInt(bound) : BigInt(taint) > BigInt(bound);
}
