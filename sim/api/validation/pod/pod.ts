import type { Pod, PodSpec } from "../../types.gen.ts";
import { type FieldError, forbiddenField } from "../field-error.ts";
import { podAnnotationErrors, profileMatchErrors } from "./pod-annotations.ts";
import { podSpecErrors } from "./pod-spec.ts";

const NO_SPEC: PodSpec = { containers: [] };

/** core `validatePodMetadataAndSpec`, without metadata. */
export function podPartErrors({ metadata, spec = NO_SPEC }: Pod): readonly FieldError[] {
  const { annotations, name } = metadata;
  const errors = podSpecErrors(spec, "spec", name);
  const own = podAnnotationErrors(annotations, spec, "metadata.annotations");
  return own.length === 0 ? errors : [...own, ...errors];
}

/** core `ValidatePodCreate`, without metadata. */
export function podErrors(pod: Pod): readonly FieldError[] {
  const { metadata, spec = NO_SPEC } = pod;
  const base = podPartErrors(pod);
  const errors: FieldError[] = [];
  if ((spec.ephemeralContainers?.length ?? 0) > 0) {
    errors.push(forbiddenField("spec.ephemeralContainers", "cannot be set on create"));
  }
  if ((spec.schedulingGates?.length ?? 0) > 0 && spec.nodeName) {
    const why = "cannot be set until all schedulingGates have been cleared";
    errors.push(forbiddenField("spec.nodeName", why));
  }
  errors.push(...profileMatchErrors(metadata.annotations, spec, "spec"));
  return errors.length === 0 ? base : [...base, ...errors];
}
