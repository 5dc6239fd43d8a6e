import type { LabelSelector, NodeSelector, NodeSelectorTerm } from "../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue, required } from "./field-error.ts";
import { invalidEach, labelErrors } from "./meta.ts";
import { dnsSubdomainErrors, labelValueErrors, qualifiedNameErrors } from "./names.ts";

/** metav1 `ValidateLabelSelector`. */
export function labelSelectorErrors(
  selector: LabelSelector | undefined,
  path: string,
): readonly FieldError[] {
  if (selector === undefined || selector === null) return [];
  const errors: FieldError[] = [];
  if (selector.matchLabels !== undefined) {
    errors.push(...labelErrors(selector.matchLabels, `${path}.matchLabels`));
  }
  (selector.matchExpressions ?? []).forEach((one, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    errors.push(...requirementErrors(one, at, { labels: true, newOperators: false }));
  });
  return errors;
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** metav1 `ValidateLabelSelectorRequirement`, and of fields, whose keys and values may be anything. */
export function requirementErrors(
  { key, operator, values = [] }: Requirement,
  at: string,
  { labels, newOperators }: { readonly labels: boolean; readonly newOperators: boolean },
): readonly FieldError[] {
  const errors: FieldError[] = [];
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        const why = "must be specified when `operator` is 'In' or 'NotIn'";
        errors.push(required(`${at}.values`, why));
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbiddenField(`${at}.values`, why));
      }
      break;
    default:
      if (newOperators) break;
      errors.push(invalidValue(`${at}.operator`, operator, "not a valid selector operator"));
  }
  if (!labels) return errors;
  errors.push(...invalidEach(`${at}.key`, key, qualifiedNameErrors(key)));
  values.forEach((value, nth) => {
    errors.push(...invalidEach(`${at}.values[${nth}]`, value, labelValueErrors(value)));
  });
  return errors;
}

/** core `ValidateNodeSelector`. */
export function nodeSelectorErrors(selector: NodeSelector, path: string): readonly FieldError[] {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    return [required(`${path}.nodeSelectorTerms`, "must have at least one node selector term")];
  }
  return terms.flatMap((term, index) =>
    nodeSelectorTermErrors(term, `${path}.nodeSelectorTerms[${index}]`),
  );
}

/** core `ValidateNodeSelectorTerm`. Values of preferences are not looked at. */
export function nodeSelectorTermErrors(
  term: NodeSelectorTerm,
  path: string,
  checksValues = true,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  (term.matchExpressions ?? []).forEach((one, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    errors.push(...operatorErrors(one, at));
    errors.push(...invalidEach(`${at}.key`, one.key, qualifiedNameErrors(one.key)));
    if (checksValues) {
      (one.values ?? []).forEach((value, nth) => {
        errors.push(...invalidEach(`${at}.values[${nth}]`, value, labelValueErrors(value)));
      });
    }
  });
  (term.matchFields ?? []).forEach((one, index) => {
    const at = `${path}.matchFields[${index}]`;
    const values = one.values ?? [];
    if (one.operator !== "In" && one.operator !== "NotIn") {
      errors.push(invalidValue(`${at}.operator`, one.operator, "not a valid selector operator"));
    } else if (values.length !== 1) {
      const why =
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
      errors.push(required(`${at}.values`, why));
    }
    if (one.key !== "metadata.name") {
      errors.push(invalidValue(`${at}.key`, one.key, "not a valid field selector key"));
    } else {
      values.forEach((name, nth) => {
        errors.push(...invalidEach(`${at}.values[${nth}]`, name, dnsSubdomainErrors(name)));
      });
    }
  });
  return errors;
}

function operatorErrors(
  one: { readonly operator: string; readonly values?: readonly string[] },
  at: string,
): readonly FieldError[] {
  const values = one.values ?? [];
  switch (one.operator) {
    case "In":
    case "NotIn":
      return values.length > 0
        ? []
        : [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist": {
      const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      return values.length === 0 ? [] : [forbiddenField(`${at}.values`, why)];
    }
    case "Gt":
    case "Lt": {
      const why = "must be specified single value when `operator` is 'Lt' or 'Gt'";
      return values.length === 1 ? [] : [required(`${at}.values`, why)];
    }
    default:
      return [invalidValue(`${at}.operator`, one.operator, "not a valid selector operator")];
  }
}

/** A map as Go prints it: by key; null when there is none. */
export function shownMap(
  map: Readonly<Record<string, unknown>> | undefined | null,
): Readonly<Record<string, unknown>> | null {
  if (map === undefined || map === null) return null;
  const keys = Object.keys(map).sort();
  return Object.fromEntries(keys.map((key) => [key, map[key]]));
}

/** A label selector as messages print it: Go's order of fields, empty ones left out. */
export function shownSelector(selector: LabelSelector | undefined | null): unknown {
  if (selector === undefined || selector === null) return null;
  const { matchLabels, matchExpressions = [] } = selector;
  return {
    ...(isEmptyMap(matchLabels) ? {} : { matchLabels: shownMap(matchLabels) }),
    ...(matchExpressions.length === 0
      ? {}
      : {
          matchExpressions: matchExpressions.map(({ key, operator, values = [] }) => ({
            key,
            operator,
            ...(values.length === 0 ? {} : { values }),
          })),
        }),
  };
}

function isEmptyMap(map: Readonly<Record<string, string>> | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0;
}
