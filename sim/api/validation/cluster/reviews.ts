import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  ObjectMeta,
} from "../../types.gen.ts";
import { type FieldError, invalidValue, required } from "../field-error.ts";
import { requirementErrors } from "../selectors.ts";

interface AskedResource {
  readonly namespace?: string;
  readonly fieldSelector?: FieldSelectorAttributes;
  readonly labelSelector?: LabelSelectorAttributes;
}

/** What an access review asks. */
export interface AccessReviewSpec {
  readonly resourceAttributes?: AskedResource | undefined;
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
  const at = "spec.resourceAttributes";
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  errors.push(...askedSelectorErrors(fieldSelector, `${at}.fieldSelector`, false));
  errors.push(...askedSelectorErrors(labelSelector, `${at}.labelSelector`, true));
  return errors;
}

/** What is asked about part of a resource's objects; operators of newer clients are let pass. */
function askedSelectorErrors(
  selector: FieldSelectorAttributes | LabelSelectorAttributes | undefined,
  path: string,
  labels: boolean,
): readonly FieldError[] {
  if (selector === undefined) return [];
  const { rawSelector = "", requirements = [] } = selector;
  const errors: FieldError[] = [];
  if (rawSelector !== "" && requirements.length > 0) {
    const why = "may not specified at the same time as requirements";
    errors.push(invalidValue(`${path}.rawSelector`, rawSelector, why));
  }
  if (rawSelector === "" && requirements.length === 0) {
    const why = `when ${path} is specified, requirements or rawSelector is required`;
    errors.push(required(`${path}.requirements`, why));
  }
  requirements.forEach((one, index) => {
    const at = `${path}.requirements[${index}]`;
    if (!labels && !one.key) errors.push(required(`${at}.key`, "must be specified"));
    errors.push(...requirementErrors(one, at, { labels, newOperators: true }));
  });
  return errors;
}

/** A review is called nothing and carries nothing but, where it belongs to one, its namespace. */
export function reviewMetadataErrors(metadata: ObjectMeta, local: boolean): readonly FieldError[] {
  const { managedFields: _, namespace, ...rest } = metadata;
  const own = local || !namespace ? rest : { ...rest, namespace };
  if (Object.keys(own).length === 0) return [];
  return [
    invalidValue("metadata", metadata, `must be empty${local ? " except for namespace" : ""}`),
  ];
}

/** authorization `ValidateLocalSubjectAccessReview`. */
export function localReviewErrors(
  spec: AccessReviewSpec,
  metadata: ObjectMeta,
  namespace: string,
): readonly FieldError[] {
  const errors = [...accessReviewErrors(spec, true), ...reviewMetadataErrors(metadata, true)];
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
