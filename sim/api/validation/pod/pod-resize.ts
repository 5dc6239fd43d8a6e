import { qosClass } from "../../kinds/pod/resources.ts";
import { sameValue } from "../../kinds/same-value.ts";
import type { Container, Pod, PodSpec, ResourceRequirements } from "../../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue } from "../field-error.ts";
import { podPartErrors } from "./pod.ts";
import { MIRROR_POD } from "./pod-annotations.ts";

type Resources = Readonly<Record<string, string>>;
type Requirements = Pick<ResourceRequirements, "limits" | "requests">;

const COMPUTE_ONLY = "only cpu and memory resources are mutable";

/** Upstream's name for the object itself: a path without a name prints as an empty index. */
const WHOLE = "[]";

/** core `ValidatePodResize`: cpu and memory of a running pod and its containers may change, its class may not. */
export function podResizeErrors(next: Pod, before: Pod): readonly FieldError[] {
  const spec = next.spec ?? { containers: [] };
  const old = before.spec ?? { containers: [] };
  if (before.metadata.annotations?.[MIRROR_POD] !== undefined) {
    return [forbiddenField(WHOLE, "static pods cannot be resized")];
  }
  if (old.os?.name === "windows") {
    return [forbiddenField(WHOLE, "windows pods cannot be resized")];
  }
  const errors: FieldError[] = [...podPartErrors(next)];
  if (qosClass(spec) !== (before.status?.qosClass ?? qosClass(old))) {
    const why = "Pod QOS Class may not change as a result of resizing";
    errors.push(invalidValue("spec", next.status?.qosClass ?? "", why));
  }
  if (!nodeCanResize(before)) {
    errors.push(forbiddenField("spec", "Pod running on node without support for resize"));
  }
  errors.push(...podLevelErrors(spec.resources, old.resources));
  const order = orderErrors(spec, old);
  if (order.length > 0) return [...errors, ...order];
  for (const key of ["initContainers", "containers"] as const) {
    old[key]?.forEach(({ resources }, index) => {
      const path = `spec.${key}[${index}].resources`;
      errors.push(...removalErrors(spec[key]?.[index]?.resources, resources, path, "resource"));
    });
  }
  old.containers.forEach((container, index) => {
    if (!sameBeyondCompute(spec.containers[index], container)) {
      errors.push(forbiddenField("spec", COMPUTE_ONLY));
    }
  });
  errors.push(...initErrors(spec, old));
  return errors;
}

/** A kubelet that can resize reports what its running containers have. */
function nodeCanResize({ status }: Pod): boolean {
  const running = (status?.containerStatuses ?? []).find(({ state }) => state?.running);
  return running === undefined || running.resources !== undefined;
}

function podLevelErrors(
  next: Requirements | undefined,
  before: Requirements | undefined,
): readonly FieldError[] {
  if (next === undefined && before === undefined) return [];
  const path = "spec.resources";
  if (next === undefined) return [forbiddenField(path, "pod-level resources cannot be removed")];
  const errors = [...removalErrors(next, before, path, "pod-level resource")];
  if (!sameValue(beyondCompute(next), beyondCompute(before))) {
    errors.push(forbiddenField("spec", `${COMPUTE_ONLY} at pod-level`));
  }
  return errors;
}

/** Containers stay as many as they are, each in its place. */
function orderErrors(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["containers", "initContainers"] as const) {
    const [next, before] = [spec[key] ?? [], old[key] ?? []];
    if (next.length !== before.length) {
      const why = `${key} may not be added or removed on resize`;
      errors.push(forbiddenField(`spec.${key}`, why));
      continue;
    }
    before.forEach(({ name }, index) => {
      if (next[index]?.name === name) return;
      const why = `${key} may not be renamed or reordered on resize`;
      errors.push(forbiddenField(`spec.${key}[${index}].name`, why));
    });
  }
  return errors;
}

function removalErrors(
  next: Requirements | undefined,
  before: Requirements | undefined,
  path: string,
  what: string,
): readonly FieldError[] {
  return (["requests", "limits"] as const).flatMap((key) => {
    const has = next?.[key] ?? {};
    const removed = Object.keys(before?.[key] ?? {}).some((name) => has[name] === undefined);
    return removed ? [forbiddenField(`${path}.${key}`, `${what} ${key} cannot be removed`)] : [];
  });
}

function initErrors(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  old.initContainers?.forEach((before, index) => {
    const next = spec.initContainers?.[index];
    const field = `spec.initContainers[${index}]`;
    if (!sameBeyondCompute(next, before)) {
      const why = "only cpu and memory resources for init or sidecar containers are mutable";
      errors.push(forbiddenField(field, why));
    }
    const restarts = next?.resizePolicy?.some(
      ({ restartPolicy }) => restartPolicy === "RestartContainer",
    );
    if (restarts && next?.restartPolicy !== "Always" && !sameValue(next, before)) {
      const why =
        "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
      errors.push(forbiddenField(field, why));
    }
  });
  return errors;
}

function sameBeyondCompute(next: Container | undefined, before: Container): boolean {
  if (next === undefined) return false;
  const { resources, ...rest } = next;
  const { resources: had, ...kept } = before;
  return sameValue(rest, kept) && sameValue(beyondCompute(resources), beyondCompute(had));
}

/** What is asked for beside cpu and memory; claims of a container are left out, as upstream leaves them. */
function beyondCompute(requirements: Requirements = {}): object {
  const strip = (resources: Resources = {}) => {
    const { cpu: _, memory: __, ...rest } = resources;
    return Object.keys(rest).length === 0 ? undefined : rest;
  };
  return { limits: strip(requirements.limits), requests: strip(requirements.requests) };
}
