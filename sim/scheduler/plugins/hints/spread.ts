import type { Node, Pod } from "../../../api/types.gen.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import type { ReadyConstraint } from "../topology-spread/spread-constraints.ts";

type Constraints = readonly ReadyConstraint[];

/** Whether a pod that came to a node, left one or got other labels counts for a constraint, or does no more. */
export function countsOtherwise(
  constraints: Constraints,
  { traits }: PodInfo,
  before: Pod | undefined,
  after: Pod | undefined,
): boolean {
  const counts = (other: Pod | undefined, { selects }: ReadyConstraint) =>
    other?.metadata.namespace === traits.namespace && selects(other.metadata.labels);
  return constraints.some((each) => counts(before, each) !== counts(after, each));
}

function hasKeys(node: Node, constraints: Constraints): boolean {
  const labels = node.metadata.labels ?? {};
  return constraints.every(({ column }) => column.key in labels);
}

/** Whether a node came to a domain, left one, or counts otherwise than before. */
export function domainsMove(
  constraints: Constraints,
  before: Node | undefined,
  after: Node | undefined,
): boolean {
  const was = before !== undefined && hasKeys(before, constraints);
  const is = after !== undefined && hasKeys(after, constraints);
  if (!was || !is) return was || is;
  return constraints.some(
    ({ column: { key }, includes }) =>
      before.metadata.labels?.[key] !== after.metadata.labels?.[key] ||
      includes?.(before) !== includes?.(after),
  );
}
