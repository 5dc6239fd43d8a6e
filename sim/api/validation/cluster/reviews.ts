import { type FieldError, invalidValue } from "../field-error.ts";

/** What an access review asks. */
export interface AccessReviewSpec {
  readonly resourceAttributes?: { readonly namespace?: string } | undefined;
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string } | undefined;
  readonly user?: string | undefined;
  readonly groups?: readonly string[] | undefined;
}

function shownPath({ nonResourceAttributes: asked }: AccessReviewSpec): unknown {
  if (asked === undefined) return null;
  return { Path: asked.path ?? "", Verb: asked.verb ?? "" };
}

/** authorization `ValidateSubjectAccessReviewSpec`, and of oneself without the user. */
export function accessReviewErrors(
  spec: AccessReviewSpec,
  asksForOthers: boolean,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { resourceAttributes, nonResourceAttributes, user = "", groups = [] } = spec;
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const why = "cannot be specified in combination with resourceAttributes";
    errors.push(invalidValue("spec.nonResourceAttributes", shownPath(spec), why));
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    errors.push(invalidValue("spec.resourceAttributes", null, why));
  }
  if (asksForOthers && user === "" && groups.length === 0) {
    const why = "at least one of user or group must be specified";
    errors.push(invalidValue("spec.user", "", why));
  }
  return errors;
}

/** authorization `ValidateLocalSubjectAccessReview`. */
export function localReviewErrors(
  spec: AccessReviewSpec,
  namespace: string,
): readonly FieldError[] {
  const errors = [...accessReviewErrors(spec, true)];
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes !== undefined && (resourceAttributes.namespace ?? "") !== namespace) {
    const why = "must match metadata.namespace";
    const field = "spec.resourceAttributes.namespace";
    errors.push(invalidValue(field, resourceAttributes.namespace ?? "", why));
  }
  if (nonResourceAttributes !== undefined) {
    const why = "disallowed on this kind of request";
    errors.push(invalidValue("spec.nonResourceAttributes", shownPath(spec), why));
  }
  return errors;
}
