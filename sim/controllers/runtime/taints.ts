import type { Node, Taint } from "../../api/types.gen.ts";

/** A node with these taints and no others; without the field when there are none. */
export function withTaints(node: Node, taints: readonly Taint[]): Node {
  const { taints: _, ...spec } = node.spec ?? {};
  return { ...node, spec: taints.length === 0 ? spec : { ...spec, taints } };
}
