import type { Node, Taint, Toleration } from "../../api/types.gen.ts";

/**
 * Whether a toleration covers a taint. An empty key with `Exists` covers all keys, an empty effect all effects. The
 * operators `Gt` and `Lt` cover nothing: their gate (TaintTolerationComparisonOperators) is off in v1.36.
 */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { effect, key, operator } = toleration;
  if (effect !== undefined && effect !== "" && effect !== taint.effect) return false;
  if (key !== undefined && key !== "" && key !== taint.key) return false;
  if (operator === "Exists") return true;
  if (operator !== undefined && operator !== "" && operator !== "Equal") return false;
  return (toleration.value ?? "") === (taint.value ?? "");
}

/** Whether any toleration covers the taint. */
export function toleratesAny(tolerations: readonly Toleration[], taint: Taint): boolean {
  for (const each of tolerations) if (tolerates(each, taint)) return true;
  return false;
}

/** Effects that keep a pod off a node. */
function forbids(taint: Taint): boolean {
  return taint.effect === "NoSchedule" || taint.effect === "NoExecute";
}

/** The first taint that keeps the pod off the node. */
export function untolerated(node: Node, tolerations: readonly Toleration[]): Taint | undefined {
  return node.spec?.taints?.find((taint) => forbids(taint) && !toleratesAny(tolerations, taint));
}
