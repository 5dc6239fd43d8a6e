import { qosClass } from "../kinds/pod/resources.ts";
import { sameValue } from "../kinds/same-value.ts";
import type { Container, Pod, PodSpec } from "../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue } from "./field-error.ts";
import { podSpecErrors } from "./pod-spec.ts";

/** core `ValidatePodResize`: cpu and memory of a running pod's containers may change, its class may not. */
export function podResizeErrors(next: Pod, before: Pod): readonly FieldError[] {
  const spec = next.spec ?? { containers: [] };
  const old = before.spec ?? { containers: [] };
  const errors: FieldError[] = [...podSpecErrors(spec, "spec")];
  if (spec.containers.length !== old.containers.length) {
    errors.push(
      forbiddenField("spec.containers", "containers may not be added or removed on resize"),
    );
    return errors;
  }
  if (qosClass(spec) !== (before.status?.qosClass ?? qosClass(old))) {
    const why = "Pod QOS Class may not change as a result of resizing";
    errors.push(invalidValue("spec", before.status?.qosClass ?? qosClass(old), why));
  }
  if (!nodeCanResize(before)) {
    errors.push(forbiddenField("spec", "Pod running on node without support for resize"));
    return errors;
  }
  errors.push(...removalErrors(spec, old));
  if (!sameValue(withoutCompute(spec), withoutCompute(old))) {
    errors.push(forbiddenField("spec", "only cpu and memory resources are mutable"));
  }
  return errors;
}

/** A kubelet that can resize reports what its running containers have. */
function nodeCanResize({ status }: Pod): boolean {
  const running = (status?.containerStatuses ?? []).find(({ state }) => state?.running);
  return running === undefined || running.resources !== undefined;
}

function removalErrors(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  return spec.containers.flatMap((container, index) =>
    (["limits", "requests"] as const).flatMap((key) => {
      const had = old.containers[index]?.resources?.[key] ?? {};
      const has = container.resources?.[key] ?? {};
      const removed = ["cpu", "memory"].some(
        (name) => had[name] !== undefined && has[name] === undefined,
      );
      const field = `spec.containers[${index}].resources.${key}`;
      return removed ? [forbiddenField(field, `resource ${key} cannot be removed`)] : [];
    }),
  );
}

/** A spec without the cpu and memory of its containers. */
function withoutCompute(spec: PodSpec): PodSpec {
  const strip = (resources: Readonly<Record<string, string>> = {}) => {
    const { cpu: _, memory: __, ...rest } = resources;
    return Object.keys(rest).length === 0 ? undefined : rest;
  };
  const each = (container: Container) => {
    const { resources = {}, ...rest } = container;
    const { limits, requests, ...others } = resources;
    return { ...rest, others, limits: strip(limits), requests: strip(requests) };
  };
  const { containers, initContainers, ...kept } = spec;
  return {
    ...kept,
    containers: containers.map(each),
    initContainers: (initContainers ?? []).map(each),
  } as PodSpec;
}
