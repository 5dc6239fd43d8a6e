import { sameValue } from "../kinds/same-value.ts";
import type { Container, Pod, PodSpec } from "../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue } from "./field-error.ts";
import { goLines } from "./go-value.ts";
import { lineDiff } from "./line-diff.ts";
import { podSpecErrors } from "./pod-spec.ts";

/** core `ValidatePodCreate`, without metadata. */
export function podErrors(pod: Pod): readonly FieldError[] {
  const spec = pod.spec ?? { containers: [] };
  const base = podSpecErrors(spec, "spec");
  const errors: FieldError[] = [];
  if ((spec.ephemeralContainers?.length ?? 0) > 0) {
    errors.push(forbiddenField("spec.ephemeralContainers", "cannot be set on create"));
  }
  if ((spec.schedulingGates?.length ?? 0) > 0 && spec.nodeName) {
    const why = "cannot be set until all schedulingGates have been cleared";
    errors.push(forbiddenField("spec.nodeName", why));
  }
  return errors.length === 0 ? base : [...base, ...errors];
}

const FROZEN =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** core `ValidatePodUpdate`: a running pod may change its images and little else. */
export function podUpdateErrors(next: Pod, before: Pod): readonly FieldError[] {
  const [now, old] = [next.spec, before.spec];
  if (now === undefined || old === undefined || now === old) return [];
  const errors: FieldError[] = [...podSpecErrors(now, "spec")];
  const structure = containerCountErrors(now, old);
  if (structure.length > 0) return [...errors, ...structure];
  errors.push(...deadlineErrors(now, old));
  errors.push(...addedTolerationErrors(now, old));
  const gates = gateErrors(now, old);
  if (gates.length > 0) return [...errors, ...gates];
  const compared = withAllowedChanges(now, old);
  if (sameValue(compared, old)) return errors;
  const difference = lineDiff(
    goLines("PodSpec", internalSpec(old)),
    goLines("PodSpec", internalSpec(compared)),
  );
  errors.push(forbiddenField("spec", `${FROZEN}\n${difference}`));
  return errors;
}

function containerCountErrors(now: PodSpec, old: PodSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["containers", "initContainers"] as const) {
    if ((now[key] ?? []).length === (old[key] ?? []).length) continue;
    errors.push(forbiddenField(`spec.${key}`, "pod updates may not add or remove containers"));
  }
  return errors;
}

function deadlineErrors(now: PodSpec, old: PodSpec): readonly FieldError[] {
  const field = "spec.activeDeadlineSeconds";
  const [next, before] = [now.activeDeadlineSeconds, old.activeDeadlineSeconds];
  if (before === undefined || next === before) return [];
  if (next === undefined) {
    return [invalidValue(field, null, "must not update from a positive integer to nil value")];
  }
  return next > before
    ? [invalidValue(field, next, `must be less than or equal to previous value`)]
    : [];
}

function addedTolerationErrors(now: PodSpec, old: PodSpec): readonly FieldError[] {
  const next = now.tolerations ?? [];
  for (const toleration of old.tolerations ?? []) {
    const { tolerationSeconds: _, ...key } = toleration;
    const kept = next.some(({ tolerationSeconds: __, ...other }) => sameValue(key, other));
    if (!kept) {
      return [
        forbiddenField(
          "spec.tolerations",
          "existing toleration can not be modified except its tolerationSeconds",
        ),
      ];
    }
  }
  return [];
}

function gateErrors(now: PodSpec, old: PodSpec): readonly FieldError[] {
  const had = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  return (now.schedulingGates ?? []).flatMap(({ name }, index) =>
    had.has(name)
      ? []
      : [
          forbiddenField(
            `spec.schedulingGates[${index}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
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
  for (const key of [
    "activeDeadlineSeconds",
    "tolerations",
    "schedulingGates",
    "ephemeralContainers",
  ] as const) {
    compared = restored(compared, old, key);
  }
  const negative = (old.terminationGracePeriodSeconds ?? 0) < 0;
  if (negative && now.terminationGracePeriodSeconds === 1) {
    compared = restored(compared, old, "terminationGracePeriodSeconds");
  }
  if ((old.schedulingGates?.length ?? 0) > 0) compared = restored(compared, old, "nodeSelector");
  return compared;
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
