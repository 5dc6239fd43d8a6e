import { labelsInclude, requirementHolds } from "../api/meta/selector.ts";
import { tolerates } from "../api/meta/tolerations.ts";
import type { DaemonSet, Node, NodeSelectorTerm, Pod, Toleration } from "../api/types.gen.ts";

/** What every daemon pod tolerates (documentation of DaemonSets). */
const TROUBLE: readonly Toleration[] = [
  ["not-ready", "NoExecute"],
  ["unreachable", "NoExecute"],
  ["disk-pressure", "NoSchedule"],
  ["memory-pressure", "NoSchedule"],
  ["pid-pressure", "NoSchedule"],
  ["unschedulable", "NoSchedule"],
].map(([key, effect]) => ({
  key: `node.kubernetes.io/${key}`,
  operator: "Exists",
  effect: effect as string,
}));
const NO_NETWORK: Toleration = {
  key: "node.kubernetes.io/network-unavailable",
  operator: "Exists",
  effect: "NoSchedule",
};

/** What a node is to a DaemonSet: to have a pod, allowed to keep one, or neither. */
export type NodeUse = "needs" | "keeps" | "refuses";

/** How a node is to be used by a DaemonSet, by its template's selectors, affinity and tolerations. */
export function nodeUse({ spec }: DaemonSet, node: Node): NodeUse {
  const pod = spec.template.spec;
  const { name, labels = {} } = node.metadata;
  const pinned = pod?.nodeName ?? "";
  if (pinned !== "" && pinned !== name) return "refuses";
  if (!labelsInclude(labels, pod?.nodeSelector ?? {})) return "refuses";
  const terms =
    pod?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms !== undefined && !terms.some((term) => holds(term, labels, name))) return "refuses";
  const tolerations = [
    ...(pod?.tolerations ?? []),
    ...TROUBLE,
    ...(pod?.hostNetwork === true ? [NO_NETWORK] : []),
  ];
  let use: NodeUse = "needs";
  for (const taint of node.spec?.taints ?? []) {
    if (tolerations.some((toleration) => tolerates(toleration, taint))) continue;
    if (taint.effect === "NoExecute") return "refuses";
    if (taint.effect === "NoSchedule") use = "keeps";
  }
  return use;
}

function holds(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  labels: Readonly<Record<string, string>>,
  name: string,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => requirementHolds(requirement, labels)) &&
    matchFields.every((requirement) => requirementHolds(requirement, { "metadata.name": name }))
  );
}

/** The node that a daemon pod is on or for. */
export function nodeOfDaemon({ spec }: Pod): string | undefined {
  const terms =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    terms?.[0]?.matchFields?.find(({ key }) => key === "metadata.name")?.values?.[0] ??
    spec?.nodeName
  );
}
