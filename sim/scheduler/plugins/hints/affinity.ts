import type { Pod } from "../../../api/types.gen.ts";
import type { AffinityTerm } from "../../snapshot/affinity-term.ts";
import type { PodTraits } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/**
 * What one pod on a node means for a waiting one: whether it attracts it, and by which terms of either it keeps it away. A term
 * may have no effect where the pod is, for want of its topology key, so that each counts for itself.
 */
interface Relation {
  readonly attracts: boolean;
  readonly repels: readonly boolean[];
}

function relation(waiting: PodTraits, other: PodTraits, snapshot: Snapshot): Relation {
  const speaks = (of: PodTraits, terms: readonly AffinityTerm[]) => {
    const labels = snapshot.namespaceLabels(of.namespace);
    return (kind: AffinityTerm["kind"]) =>
      terms
        .filter((term) => term.kind === kind)
        .map((term) => term.matches(of.namespace, of.labels, labels));
  };
  const own = speaks(other, waiting.terms);
  const wanted = own("required-affinity");
  return {
    attracts: wanted.length > 0 && wanted.every(Boolean),
    repels: [
      ...own("required-anti-affinity"),
      ...speaks(waiting, other.terms)("required-anti-affinity"),
    ],
  };
}

/**
 * Whether a pod that came to a node, left one or got other labels may help: it attracts the waiting pod now, or keeps it
 * away no more. When the last pod that attracted it is gone, the waiting pod may be the first of its own group.
 */
export function bringsTogether(
  pod: Pod,
  before: Pod | undefined,
  after: Pod | undefined,
  snapshot: Snapshot,
): boolean {
  const { reader } = snapshot;
  const { traits } = reader.read(pod);
  const to = (other: Pod | undefined): Relation =>
    other === undefined
      ? { attracts: false, repels: [] }
      : relation(traits, reader.read(other).traits, snapshot);
  const [was, is] = [to(before), to(after)];
  const freed = was.repels.some((repelled, at) => repelled && is.repels[at] !== true);
  return was.attracts !== is.attracts || freed;
}
