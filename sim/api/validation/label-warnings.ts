import type { NodeSelectorTerm } from "../types.gen.ts";

const OLD_LABELS: Readonly<Record<string, readonly [since: string, use: string]>> = {
  "beta.kubernetes.io/arch": ["v1.14", "kubernetes.io/arch"],
  "beta.kubernetes.io/os": ["v1.14", "kubernetes.io/os"],
  "failure-domain.beta.kubernetes.io/region": ["v1.17", "topology.kubernetes.io/region"],
  "failure-domain.beta.kubernetes.io/zone": ["v1.17", "topology.kubernetes.io/zone"],
  "beta.kubernetes.io/instance-type": ["v1.17", "node.kubernetes.io/instance-type"],
};

/** What is said about a label of nodes that has another name by now; undefined for the others. */
export function oldLabelText(key: string): string | undefined {
  const old = OLD_LABELS[key];
  return old === undefined ? undefined : `deprecated since ${old[0]}; use "${old[1]}" instead`;
}

/** Texts about old labels in terms that select nodes. */
export function nodeTermWarnings(
  terms: readonly NodeSelectorTerm[] = [],
  place: (index: number) => string,
): readonly string[] {
  return terms.flatMap(({ matchExpressions = [] }, index) =>
    matchExpressions.flatMap(({ key }, nth) => {
      const text = oldLabelText(key);
      if (text === undefined) return [];
      return [`${place(index)}.matchExpressions[${nth}].key: ${key} is ${text}`];
    }),
  );
}
