import { isPodLevelResource, sumOfContainers } from "../../kinds/pod/resources.ts";
import type { PodSpec } from "../../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported } from "../field-error.ts";
import { nanosOf, requirementsErrors, resourceNameErrors } from "../resources.ts";
import { claimNameErrors } from "./pod-claims.ts";

/** core `validatePodResources`: what a pod declares as a whole, against what its containers declare. */
export function podResourceErrors(
  spec: PodSpec,
  path: string,
  claims: ReadonlySet<string>,
): readonly FieldError[] {
  const { resources } = spec;
  if (resources === undefined) return [];
  const errors: FieldError[] = [];
  if (resources.claims !== undefined) {
    const why = "claims cannot be set for Resources at pod-level";
    errors.push(forbiddenField(`${path}.claims`, why));
  }
  errors.push(...requirementsErrors(resources, path, podLevelNameErrors));
  errors.push(...claimNameErrors(resources, `${path}.claims`, claims));
  const asked = sumOfContainers(spec, (container) => container.resources?.requests);
  for (const name of Object.keys(resources.requests ?? {}).sort()) {
    const own = resources.requests?.[name];
    const sum = asked.get(name);
    if (sum === undefined || nanosOf(sum) <= nanosOf(own)) continue;
    const why = `must be greater than or equal to aggregate container requests of ${sum}`;
    errors.push(invalidValue(`${path}.requests[${name}]`, own, why));
  }
  (spec.containers ?? []).forEach((container, index) => {
    for (const name of Object.keys(resources.limits ?? {}).sort()) {
      const most = resources.limits?.[name];
      const limit = container.resources?.limits?.[name];
      if (limit === undefined || nanosOf(limit) <= nanosOf(most)) continue;
      const why = `must be less than or equal to pod limits of ${most}`;
      errors.push(invalidValue(`${path}.containers[${index}][${name}].limits`, limit, why));
    }
  });
  return errors;
}

function podLevelNameErrors(name: string, field: string): readonly FieldError[] {
  const errors = [...resourceNameErrors(name, field)];
  if (errors.length === 0 && !isPodLevelResource(name)) {
    errors.push(notSupported(field, name, ["cpu", "hugepages-", "memory"]));
  }
  return errors;
}
