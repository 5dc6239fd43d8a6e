import type { PodSpec, ResourceRequirements } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notFoundValue,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors } from "../names.ts";

/** core `validatePodResourceClaims`. */
export function podClaimErrors(
  claims: NonNullable<PodSpec["resourceClaims"]>,
  path: string,
): readonly FieldError[] {
  const names = new Set<string>();
  return claims.flatMap((claim, index) => {
    const at = `${path}[${index}]`;
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(`${at}.name`, ""));
    else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else {
      errors.push(...invalidEach(`${at}.name`, name, dnsLabelErrors(name)));
      names.add(name);
    }
    const shown = {
      Name: name ?? "",
      ResourceClaimName: resourceClaimName ?? null,
      ResourceClaimTemplateName: resourceClaimTemplateName ?? null,
    };
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const why =
        "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      errors.push(invalidValue(at, shown, why));
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const why = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
      errors.push(invalidValue(at, shown, why));
    }
    for (const [key, value] of Object.entries({ resourceClaimName, resourceClaimTemplateName })) {
      if (value === undefined) continue;
      errors.push(...invalidEach(`${at}.${key}`, value, dnsSubdomainErrors(value)));
    }
    return errors;
  });
}

/** core `validateResourceClaimNames`: the claims of the pod that a container uses. */
export function claimNameErrors(
  resources: ResourceRequirements | undefined,
  path: string,
  claims: ReadonlySet<string>,
): readonly FieldError[] {
  if (resources?.claims === undefined) return [];
  const seen = new Set<string>();
  return resources.claims.flatMap(({ name, request = "" }, index) => {
    const field = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (!name) return [required(field, "")];
    if (seen.has(name)) errors.push(duplicate(field, name));
    else {
      const key = request === "" ? name : `${name}/${request}`;
      if (request !== "") {
        errors.push(...invalidEach(`${field}.request`, request, dnsLabelErrors(request)));
      }
      const part = request === "" && [...seen].some((one) => one.startsWith(`${name}/`));
      if (seen.has(key) || part) errors.push(duplicate(field, key));
      seen.add(key);
    }
    if (claims.has(name)) return errors;
    const known = claims.size === 0 ? " which is empty" : `: ${[...claims].sort().join(", ")}`;
    const why = `must be one of the names in pod.spec.resourceClaims${known}`;
    const missing = notFoundValue(field, name);
    return [...errors, { ...missing, message: `${missing.message}: ${why}` }];
  });
}
