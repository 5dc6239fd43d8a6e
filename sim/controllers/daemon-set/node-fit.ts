import { type Labels, labelsInclude, requirementHolds } from "../../api/meta/selector.ts";
import { tolerates } from "../../api/meta/tolerations.ts";
import type {
  Node,
  NodeSelectorTerm,
  PodSpec,
  PodTemplateSpec,
  Taint,
  Toleration,
} from "../../api/types.gen.ts";

/** Whether a node is to have a daemon pod, and whether one that is there may stay. */
export interface Fit {
  readonly shouldRun: boolean;
  readonly mayStay: boolean;
}

const NEITHER: Fit = { shouldRun: false, mayStay: false };
const BOTH: Fit = { shouldRun: true, mayStay: true };
const STAYS: Fit = { shouldRun: false, mayStay: true };

const always = (key: string, effect: string): Toleration => ({ key, operator: "Exists", effect });

/** Every daemon pod tolerates trouble of its node (upstream `AddOrUpdateDaemonPodTolerations`). */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  always("node.kubernetes.io/not-ready", "NoExecute"),
  always("node.kubernetes.io/unreachable", "NoExecute"),
  always("node.kubernetes.io/disk-pressure", "NoSchedule"),
  always("node.kubernetes.io/memory-pressure", "NoSchedule"),
  always("node.kubernetes.io/pid-pressure", "NoSchedule"),
  always("node.kubernetes.io/unschedulable", "NoSchedule"),
];
const NO_NETWORK = always("node.kubernetes.io/network-unavailable", "NoSchedule");

const tolerationsCache = new WeakMap<PodTemplateSpec, readonly Toleration[]>();

/** Tolerations of a template's daemon pods: its own and those every daemon pod has. */
export function daemonTolerations(template: PodTemplateSpec): readonly Toleration[] {
  const known = tolerationsCache.get(template);
  if (known !== undefined) return known;
  const own = template.spec?.tolerations ?? [];
  const wanted =
    template.spec?.hostNetwork === true ? [...DAEMON_TOLERATIONS, NO_NETWORK] : DAEMON_TOLERATIONS;
  const tolerations = [
    ...own,
    ...wanted.filter((toleration) => !own.some((other) => isSame(other, toleration))),
  ];
  tolerationsCache.set(template, tolerations);
  return tolerations;
}

function isSame(a: Toleration, b: Toleration): boolean {
  return (
    a.key === b.key &&
    a.effect === b.effect &&
    a.operator === b.operator &&
    (a.value ?? "") === (b.value ?? "")
  );
}

const fits = new WeakMap<PodTemplateSpec, WeakMap<Node, Fit>>();

/** How a node suits a template. Remembered per node version, because every sync asks it of every node. */
export function nodeFit(template: PodTemplateSpec, node: Node): Fit {
  let ofTemplate = fits.get(template);
  if (ofTemplate === undefined) {
    ofTemplate = new WeakMap();
    fits.set(template, ofTemplate);
  }
  const known = ofTemplate.get(node);
  if (known !== undefined) return known;
  const fit = judge(template, node);
  ofTemplate.set(node, fit);
  return fit;
}

function judge(template: PodTemplateSpec, node: Node): Fit {
  const spec = template.spec;
  if (spec?.nodeName !== undefined && spec.nodeName !== "" && spec.nodeName !== node.metadata.name)
    return NEITHER;
  if (!selectsNode(spec, node)) return NEITHER;
  const tolerations = daemonTolerations(template);
  const untolerated = (node.spec?.taints ?? []).filter(
    (taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(taint, tolerations),
  );
  if (untolerated.length === 0) return BOTH;
  return untolerated.some(({ effect }) => effect === "NoExecute") ? NEITHER : STAYS;
}

function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

function selectsNode(spec: PodSpec | undefined, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!labelsInclude(labels, spec?.nodeSelector ?? {})) return false;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return required.nodeSelectorTerms.some((term) => termMatches(term, labels, node.metadata.name));
}

/** A term without requirements matches nothing. */
function termMatches(term: NodeSelectorTerm, labels: Labels, name: string): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => requirementHolds(requirement, labels)) &&
    matchFields.every((requirement) => requirementHolds(requirement, { "metadata.name": name }))
  );
}
