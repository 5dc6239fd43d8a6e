import { type Labels, matchesSelector } from "../../api/meta/selector.ts";
import type { Pod, PodAffinityTerm } from "../../api/types.gen.ts";

/** What a term of pod (anti-)affinity says about the pods it is on. */
export type TermKind =
  | "required-affinity"
  | "required-anti-affinity"
  | "preferred-affinity"
  | "preferred-anti-affinity";

/** A term of pod (anti-)affinity, resolved against the pod that carries it. */
export interface AffinityTerm {
  readonly kind: TermKind;
  /** Of preferred terms; 0 otherwise. */
  readonly weight: number;
  readonly topologyKey: string;
  /** Equal keys mean equal terms. */
  readonly key: string;
  /** Whether the term speaks of a pod in that namespace with those labels. */
  readonly matches: (
    namespace: string,
    labels: Labels | undefined,
    namespaceLabels: Labels | undefined,
  ) => boolean;
}

function resolve(
  term: PodAffinityTerm,
  kind: TermKind,
  weight: number,
  owner: string,
): AffinityTerm {
  const named = term.namespaces ?? [];
  const useOwner = named.length === 0 && term.namespaceSelector === undefined;
  const namespaces = useOwner ? [owner] : named;
  const selects = matchesSelector(term.labelSelector);
  const selectsNamespace = matchesSelector(term.namespaceSelector);
  return {
    kind,
    weight,
    topologyKey: term.topologyKey,
    key: JSON.stringify([
      kind,
      weight,
      term.topologyKey,
      namespaces,
      term.namespaceSelector,
      term.labelSelector,
    ]),
    matches: (namespace, labels, namespaceLabels) =>
      (namespaces.includes(namespace) || selectsNamespace(namespaceLabels)) && selects(labels),
  };
}

/** All terms of a pod, required ones first. */
export function affinityTermsOf(pod: Pod): readonly AffinityTerm[] {
  const affinity = pod.spec.affinity;
  if (affinity?.podAffinity === undefined && affinity?.podAntiAffinity === undefined) return [];
  const owner = pod.metadata.namespace ?? "";
  const { podAffinity, podAntiAffinity } = affinity;
  const required = (terms: readonly PodAffinityTerm[] | undefined, kind: TermKind) =>
    (terms ?? []).map((term) => resolve(term, kind, 0, owner));
  return [
    ...required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, "required-affinity"),
    ...required(
      podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
      "required-anti-affinity",
    ),
    ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((each) =>
      resolve(each.podAffinityTerm, "preferred-affinity", each.weight, owner),
    ),
    ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((each) =>
      resolve(each.podAffinityTerm, "preferred-anti-affinity", each.weight, owner),
    ),
  ];
}
