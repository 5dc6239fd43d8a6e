import type { PodSpec } from "../types.gen.ts";
import { duplicate, type FieldError, invalidValue, required } from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors } from "./names.ts";

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
