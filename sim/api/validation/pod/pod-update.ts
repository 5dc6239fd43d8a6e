import { sameValue } from "../../kinds/same-value.ts";
import type { Affinity, Container, NodeSelectorTerm, Pod, PodSpec } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  rawInvalid,
  required,
} from "../field-error.ts";
import { goLines, goValue } from "../go-value.ts";
import { lineDiff } from "../line-diff.ts";
import { podPartErrors } from "./pod.ts";
import { podAnnotationErrors, podAnnotationUpdateErrors } from "./pod-annotations.ts";
import { tolerationErrors } from "./scheduling.ts";

const FROZEN =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** What every write of an existing pod is checked for: the pod, and the annotations that stay. */
export function changedPodErrors(next: Pod, before: Pod): readonly FieldError[] {
  const errors = podPartErrors(next);
  const { annotations } = next.metadata;
  if (annotations === undefined && before.metadata.annotations === undefined) return errors;
  return [
    ...errors,
    ...podAnnotationUpdateErrors(annotations, before.metadata.annotations),
    ...podAnnotationErrors(annotations, next.spec ?? { containers: [] }, "metadata.annotations"),
  ];
}

/** core `ValidatePodUpdate`: a running pod may change its images and little else. */
export function podUpdateErrors(next: Pod, before: Pod): readonly FieldError[] {
  const [now, old] = [next.spec, before.spec];
  const errors: FieldError[] = [...changedPodErrors(next, before)];
  if (now === undefined || old === undefined || now === old) return errors;
  for (const key of ["containers", "initContainers"] as const) {
    const field = `spec.${key}`;
    if ((now[key] ?? []).length !== (old[key] ?? []).length) {
      const why = "pod updates may not add or remove containers";
      return [...errors, forbiddenField(field, why)];
    }
    errors.push(...changedImageErrors(now[key] ?? [], field));
  }
  const deadline = deadlineErrors(now, old);
  errors.push(...deadline);
  if (deadline.length > 0 && now.activeDeadlineSeconds !== undefined) return errors;
  errors.push(...addedTolerationErrors(now, old), ...gateErrors(now, old));
  if ((old.schedulingGates?.length ?? 0) > 0) errors.push(...gatedErrors(now, old));
  const compared = withAllowedChanges(now, old);
  if (sameValue(compared, old)) return errors;
  const difference = lineDiff(
    goLines("PodSpec", internalSpec(old)),
    goLines("PodSpec", internalSpec(compared)),
  );
  errors.push(forbiddenField("spec", `${FROZEN}\n${difference}`));
  return errors;
}

function changedImageErrors(containers: readonly Container[], path: string): readonly FieldError[] {
  return containers.flatMap(({ image = "" }, index) => {
    const field = `${path}[${index}].image`;
    if (image === "") return [required(field, "")];
    if (image === image.trim()) return [];
    return [invalidValue(field, image, "must not have leading or trailing whitespace")];
  });
}

function deadlineErrors(now: PodSpec, old: PodSpec): readonly FieldError[] {
  const field = "spec.activeDeadlineSeconds";
  const [next, before] = [now.activeDeadlineSeconds, old.activeDeadlineSeconds];
  if (next === undefined) {
    const why = "must not update from a positive integer to nil value";
    return before === undefined ? [] : [invalidValue(field, null, why)];
  }
  if (next < 0 || next > 2_147_483_647) {
    return [invalidValue(field, next, "must be between 0 and 2147483647, inclusive")];
  }
  return before !== undefined && next > before
    ? [invalidValue(field, next, "must be less than or equal to previous value")]
    : [];
}

function addedTolerationErrors(now: PodSpec, old: PodSpec): readonly FieldError[] {
  if (now.tolerations === old.tolerations) return [];
  const next = now.tolerations ?? [];
  for (const toleration of old.tolerations ?? []) {
    const { tolerationSeconds: _, ...key } = toleration;
    const kept = next.some(({ tolerationSeconds: __, ...other }) => sameValue(key, other));
    if (kept) continue;
    const why = "existing toleration can not be modified except its tolerationSeconds";
    return [forbiddenField("spec.tolerations", why)];
  }
  return tolerationErrors(next, "spec.tolerations");
}

function gateErrors(now: PodSpec, old: PodSpec): readonly FieldError[] {
  const had = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  return (now.schedulingGates ?? []).flatMap(({ name }, index) => {
    if (had.has(name)) return [];
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [forbiddenField(`spec.schedulingGates[${index}].name`, why)];
  });
}

/** While a pod waits for its gates, what selects its node may become narrower. */
function gatedErrors(now: PodSpec, old: PodSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const selector = now.nodeSelector ?? {};
  for (const key in old.nodeSelector) {
    if (selector[key] === old.nodeSelector[key]) continue;
    const why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
    const shown = goValue("map", now.nodeSelector);
    errors.push(rawInvalid("spec.nodeSelector", shown, why));
    break;
  }
  const [next, before] = [nodeTerms(now.affinity), nodeTerms(old.affinity)];
  if (before.length === 0 || sameValue(next, before)) return errors;
  const field =
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
  if (next.length !== before.length) {
    const why = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
    const shown = next.length === 0 ? undefined : next;
    return [...errors, rawInvalid(field, goValue("[]NodeSelectorTerm", shown), why)];
  }
  before.forEach((term, index) => {
    const other = next[index] ?? {};
    if (onlyAdds(other, term)) return;
    const why = "only additions are allowed (no mutations or deletions)";
    errors.push(rawInvalid(`${field}[${index}]`, goValue("NodeSelectorTerm", other), why));
  });
  return errors;
}

function nodeTerms(affinity: Affinity | undefined): readonly NodeSelectorTerm[] {
  const required_ = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required_?.nodeSelectorTerms ?? [];
}

/** A term that selects nothing stays so; another one may get more requirements behind its own. */
function onlyAdds(next: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const keys = ["matchFields", "matchExpressions"] as const;
  const count = (term: NodeSelectorTerm) => keys.flatMap((key) => term[key] ?? []).length;
  if (count(before) === 0) return count(next) === 0;
  return keys.every((key) => {
    const had = before[key] ?? [];
    return sameValue((next[key] ?? []).slice(0, had.length), had);
  });
}

/** The new spec with what may change put back, so that the rest can be compared. */
function withAllowedChanges(now: PodSpec, old: PodSpec): PodSpec {
  const images = (next: readonly Container[] = [], before: readonly Container[] = []) =>
    next.map((container, index): Container => {
      const image = before[index]?.image;
      if (image === container.image) return container;
      const { image: _, ...rest } = container;
      return image === undefined ? rest : { ...rest, image };
    });
  let compared: PodSpec = {
    ...now,
    containers: images(now.containers, old.containers),
    ...(now.initContainers === undefined
      ? {}
      : { initContainers: images(now.initContainers, old.initContainers) }),
  };
  for (const key of ["activeDeadlineSeconds", "tolerations", "schedulingGates"] as const) {
    compared = restored(compared, old, key);
  }
  const negative = (old.terminationGracePeriodSeconds ?? 0) < 0;
  if (negative && now.terminationGracePeriodSeconds === 1) {
    compared = restored(compared, old, "terminationGracePeriodSeconds");
  }
  if ((old.schedulingGates?.length ?? 0) > 0) {
    compared = withNodeAffinity(restored(compared, old, "nodeSelector"), old);
  }
  return compared;
}

/** The spec with the other's node affinity. */
function withNodeAffinity(spec: PodSpec, old: PodSpec): PodSpec {
  const { nodeAffinity: next, ...rest } = spec.affinity ?? {};
  const before = old.affinity?.nodeAffinity;
  if (sameValue(next, before)) return spec;
  if (old.affinity === undefined && Object.keys(rest).length === 0) {
    return restored(spec, old, "affinity");
  }
  const affinity = before === undefined ? rest : { ...rest, nodeAffinity: before };
  return { ...spec, affinity };
}

function restored(next: PodSpec, old: PodSpec, key: keyof PodSpec): PodSpec {
  if (next[key] === old[key]) return next;
  const { [key]: _, ...rest } = next;
  const kept = old[key];
  return (kept === undefined ? rest : { ...rest, [key]: kept }) as PodSpec;
}

/** Upstream's internal type keeps the host namespaces in the security context. */
export function internalSpec(spec: PodSpec): object {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers } = spec;
  const securityContext = {
    ...spec.securityContext,
    hostNetwork: hostNetwork ?? false,
    hostPID: hostPID ?? false,
    hostIPC: hostIPC ?? false,
    shareProcessNamespace,
    hostUsers,
  };
  return { ...spec, securityContext };
}
