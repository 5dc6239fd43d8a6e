import { withFields } from "../../object.ts";
import type {
  AppArmorProfile,
  Container,
  LabelSelector,
  LabelSelectorRequirement,
  ObjectMeta,
  OwnerReference,
  Pod,
  PodAffinityTerm,
  PodSpec,
  PodStatus,
} from "../../types.gen.ts";
import { APP_ARMOR_CONTAINER } from "../../validation/pod/pod-annotations.ts";
import { refine, refineEach } from "../fill.ts";
import { sameValue } from "../same-value.ts";
import { qosClass } from "./resources.ts";

/** A new pod as its strategy starts it: Pending, with its class, and with the label keys of its constraints resolved. */
export function preparePodCreate(pod: Pod): Pod {
  const gated = (pod.spec?.schedulingGates?.length ?? 0) > 0;
  const status: PodStatus = {
    phase: "Pending",
    qosClass: qosClass(pod.spec ?? { containers: [] }),
    ...(gated ? { conditions: [gatedCondition(pod)] } : {}),
  };
  const labels = pod.metadata.labels ?? {};
  return refine(withFields(pod, { status }), "spec", (spec) => {
    const confined = confine(spec, pod.metadata.annotations);
    return resolveLabelKeys(confined, labels);
  });
}

/** AppArmor profiles that annotations name come to stand in the containers' fields. */
function confine(spec: PodSpec, annotations: Labels | undefined): PodSpec {
  if (annotations === undefined || spec.os?.name === "windows") return spec;
  const of = (container: Container): Container => {
    const profile = profileOf(annotations[APP_ARMOR_CONTAINER + container.name]);
    const { securityContext } = container;
    if (profile === undefined || securityContext?.appArmorProfile !== undefined) return container;
    if (sameValue(profile, spec.securityContext?.appArmorProfile)) return container;
    return { ...container, securityContext: { ...securityContext, appArmorProfile: profile } };
  };
  const each = (list: readonly Container[]) => refineEach(list, of);
  return refine(refine(spec, "containers", each), "initContainers", each);
}

function profileOf(annotation = ""): AppArmorProfile | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  const local = "localhost/";
  if (!annotation.startsWith(local)) return undefined;
  const localhostProfile = annotation.slice(local.length);
  const usable = localhostProfile !== "" && localhostProfile.trim() === localhostProfile;
  return usable ? { type: "Localhost", localhostProfile } : undefined;
}

/** A pod whose status comes in: its owners stay, its class is kept when it is left out, and `podIP` rules over `podIPs`. */
export function preparePodStatusUpdate(next: Pod, before: Pod): Pod {
  const { ownerReferences } = before.metadata;
  const owned = next.metadata.ownerReferences === ownerReferences;
  const metadata = owned ? next.metadata : withOwners(next.metadata, ownerReferences);
  const status = completeStatus(next.status ?? {}, before.status?.qosClass);
  return owned && status === next.status ? next : withFields(next, { metadata, status });
}

function withOwners(
  { ownerReferences: _, ...metadata }: ObjectMeta,
  owners: readonly OwnerReference[] | undefined,
): ObjectMeta {
  return owners === undefined ? metadata : { ...metadata, ownerReferences: owners };
}

function completeStatus(status: PodStatus, had: string | undefined): PodStatus {
  const { podIP, podIPs } = status;
  const first = podIPs?.[0];
  const qosClass = status.qosClass || had;
  const keeps = qosClass === undefined || qosClass === status.qosClass;
  const next = keeps ? status : withFields(status, { qosClass });
  if (podIP && first?.ip !== podIP) return withFields(next, { podIPs: [{ ip: podIP }] });
  return !podIP && first !== undefined ? withFields(next, { podIP: first.ip }) : next;
}

function gatedCondition(pod: Pod) {
  return {
    type: "PodScheduled",
    status: "False",
    lastTransitionTime: pod.metadata.creationTimestamp,
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
  };
}

type Labels = Readonly<Record<string, string>>;

/** `matchLabelKeys` become requirements on the pod's own values, once, at creation. */
function resolveLabelKeys(spec: PodSpec, labels: Labels): PodSpec {
  const next = refine(spec, "topologySpreadConstraints", (constraints) =>
    refineEach(constraints, (constraint) => {
      const keys = constraint.matchLabelKeys ?? [];
      const labelSelector = withKeys(constraint.labelSelector, keys, "In", labels);
      return labelSelector === constraint.labelSelector || labelSelector === undefined
        ? constraint
        : { ...constraint, labelSelector };
    }),
  );
  return refine(next, "affinity", (affinity) => {
    const terms = <T extends object>(part: T): T => resolveAffinity(part, labels);
    return refine(refine(affinity, "podAffinity", terms), "podAntiAffinity", terms);
  });
}

interface AffinityTerms {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[];
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly podAffinityTerm: PodAffinityTerm;
    readonly weight: number;
  }[];
}

function resolveAffinity<T extends AffinityTerms>(affinity: T, labels: Labels): T {
  const term = (one: PodAffinityTerm) => resolveTerm(one, labels);
  const next = refine(
    affinity as AffinityTerms,
    "requiredDuringSchedulingIgnoredDuringExecution",
    (list) => refineEach(list, term),
  );
  return refine(next, "preferredDuringSchedulingIgnoredDuringExecution", (list) =>
    refineEach(list, (weighted) => refine(weighted, "podAffinityTerm", term)),
  ) as T;
}

function resolveTerm(term: PodAffinityTerm, labels: Labels): PodAffinityTerm {
  if (term.labelSelector === undefined) return term;
  const matched = withKeys(term.labelSelector, term.matchLabelKeys ?? [], "In", labels);
  const labelSelector = withKeys(matched, term.mismatchLabelKeys ?? [], "NotIn", labels);
  return labelSelector === term.labelSelector || labelSelector === undefined
    ? term
    : { ...term, labelSelector };
}

function withKeys(
  selector: LabelSelector | undefined,
  keys: readonly string[],
  operator: "In" | "NotIn",
  labels: Labels,
): LabelSelector | undefined {
  const added: LabelSelectorRequirement[] = [];
  for (const key of keys) {
    const value = labels[key];
    if (value !== undefined) added.push({ key, operator, values: [value] });
  }
  if (added.length === 0 || selector === undefined) return selector;
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] };
}
