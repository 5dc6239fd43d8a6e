import { type Labels, requirementHolds } from "../../api/meta/selector.ts";
import type { Node, NodeSelector, NodeSelectorTerm, Pod } from "../../api/types.gen.ts";

/** A test on nodes, prepared once. */
export type NodeTest = (node: Node) => boolean;

const NO_LABELS: Labels = {};
const OPERATORS = new Set(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]);

/**
 * One term of a node selector. A term without any requirement matches nothing; so does one that cannot be
 * understood (field requirements know `metadata.name` with `In` or `NotIn` and a single value).
 */
export function nodeSelectorTermTest(term: NodeSelectorTerm): NodeTest {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return () => false;
  const understood =
    expressions.every((each) => OPERATORS.has(each.operator)) &&
    fields.every(
      (each) =>
        each.key === "metadata.name" &&
        (each.operator === "In" || each.operator === "NotIn") &&
        each.values?.length === 1,
    );
  if (!understood) return () => false;
  return (node) => {
    const labels = node.metadata.labels ?? NO_LABELS;
    for (const each of expressions) if (!requirementHolds(each, labels)) return false;
    for (const each of fields)
      if ((node.metadata.name === each.values?.[0]) !== (each.operator === "In")) return false;
    return true;
  };
}

/** A whole node selector: any of its terms. */
export function nodeSelectorTest(selector: NodeSelector): NodeTest {
  const terms = (selector.nodeSelectorTerms ?? []).map(nodeSelectorTermTest);
  return (node) => terms.some((test) => test(node));
}

/** `spec.nodeSelector` and required node affinity together; `undefined` when the pod has neither. */
export function requiredNodeTest(pod: Pod): NodeTest | undefined {
  const { nodeSelector, affinity } = pod.spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (nodeSelector === undefined && required === undefined) return undefined;
  const pairs = Object.entries(nodeSelector ?? {});
  const matchesTerms = required === undefined ? undefined : nodeSelectorTest(required);
  return (node) => {
    const labels = node.metadata.labels ?? NO_LABELS;
    for (const [key, value] of pairs) if (labels[key] !== value) return false;
    return matchesTerms === undefined || matchesTerms(node);
  };
}
