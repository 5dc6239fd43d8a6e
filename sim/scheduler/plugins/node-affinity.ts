import type { Node, NodeAffinity, Pod, PreferredSchedulingTerm } from "../../api/types.gen.ts";
import { argsRecord } from "../framework/args.ts";
import { hinted } from "../framework/cluster-event.ts";
import {
  type NodeTest,
  nodeSelectorTermTest,
  nodeSelectorTest,
  requiredNodeTest,
} from "../framework/node-selector.ts";
import { scaleToMaximum } from "../framework/normalize.ts";
import type { NodeFilter, PluginFactory, PreFilterAnswer } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";

const NAME = "NodeAffinity";
const REJECTED = unresolvable("node(s) didn't match Pod's node affinity/selector");
const ENFORCED = unresolvable("node(s) didn't match scheduler-enforced node affinity");
const CONFLICT = unresolvable("pod affinity terms conflict");

interface WeightedTest {
  readonly weight: number;
  readonly test: NodeTest;
}

function preferred(terms: readonly PreferredSchedulingTerm[]): readonly WeightedTest[] {
  return terms
    .filter((term) => term.weight !== 0)
    .map((term) => ({ weight: term.weight, test: nodeSelectorTermTest(term.preference) }));
}

/** Node names all terms pin down by `metadata.name`; `undefined` when some term leaves it open. */
function pinnedNames(pod: Pod): ReadonlySet<string> | undefined {
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      ?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return undefined;
  const union = new Set<string>();
  for (const term of terms) {
    let own: readonly string[] | undefined;
    for (const field of term.matchFields ?? []) {
      if (field.key !== "metadata.name" || field.operator !== "In") continue;
      const values = field.values ?? [];
      own = own === undefined ? values : own.filter((name) => values.includes(name));
    }
    if (own === undefined) return undefined;
    for (const name of own) union.add(name);
  }
  return union;
}

/**
 * Node selector and node affinity: required terms filter, preferred terms add their weights. `addedAffinity`
 * in the arguments applies to every pod of the profile.
 */
export const nodeAffinity: PluginFactory = {
  name: NAME,
  create: (args) => {
    const added = argsRecord(args, NAME, ["addedAffinity"])["addedAffinity"] as
      | NodeAffinity
      | undefined;
    const addedRequired = added?.requiredDuringSchedulingIgnoredDuringExecution;
    const enforced = addedRequired === undefined ? undefined : nodeSelectorTest(addedRequired);
    const addedTerms = added?.preferredDuringSchedulingIgnoredDuringExecution;
    const addedPreferred = preferred(addedTerms ?? []);
    const preFilter = (pod: Pod): PreFilterAnswer => {
      if (enforced === undefined && requiredNodeTest(pod) === undefined) return "skip";
      const names = pinnedNames(pod);
      if (names === undefined) return undefined;
      return names.size === 0 ? { reject: CONFLICT } : { nodeNames: names };
    };
    return {
      name: NAME,
      wakesOn: [
        hinted("Node", ["add", "update-label"], (pod, before, after) => {
          const required = requiredNodeTest(pod);
          const matches = (node: Node) =>
            (enforced === undefined || enforced(node)) &&
            (required === undefined || required(node));
          return (
            after !== undefined && matches(after) && (before === undefined || !matches(before))
          );
        }),
      ],
      preFilter: ({ pod }) => preFilter(pod),
      filter: {
        dependsOn: "node",
        readsSpecAlone: true,
        filter: ({ pod }, snapshot): NodeFilter => {
          const required = requiredNodeTest(pod);
          return (index) => {
            const node = snapshot.nodes[index];
            if (node === undefined) return REJECTED;
            if (enforced !== undefined && !enforced(node)) return ENFORCED;
            return required === undefined || required(node) ? undefined : REJECTED;
          };
        },
      },
      score: {
        dependsOn: "node",
        readsSpecAlone: true,
        normalize: scaleToMaximum,
        score: ({ pod }, snapshot) => {
          const own =
            pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
          if (own === undefined && addedTerms === undefined) return "skip";
          const terms = [...addedPreferred, ...preferred(own ?? [])];
          return (index) => {
            const node = snapshot.nodes[index];
            if (node === undefined) return 0;
            let sum = 0;
            for (const { weight, test } of terms) if (test(node)) sum += weight;
            return sum;
          };
        },
      },
    };
  },
};
