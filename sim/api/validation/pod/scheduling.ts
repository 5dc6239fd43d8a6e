import type {
  Affinity,
  LabelSelector,
  PodAffinity,
  PodAffinityTerm,
  PodSpec,
  Toleration,
  TopologySpreadConstraint,
} from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsLabelErrors, labelValueErrors, qualifiedNameErrors } from "../names.ts";
import { labelSelectorErrors, nodeSelectorErrors, nodeSelectorTermErrors } from "../selectors.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/** core `validateAffinity`. */
export function affinityErrors(
  affinity: Affinity | undefined,
  path: string,
): readonly FieldError[] {
  if (affinity === undefined) return [];
  const errors: FieldError[] = [];
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity !== undefined) {
    const at = `${path}.nodeAffinity`;
    const must = nodeAffinity[REQUIRED];
    if (must !== undefined) errors.push(...nodeSelectorErrors(must, `${at}.${REQUIRED}`));
    (nodeAffinity[PREFERRED] ?? []).forEach((term, index) => {
      const place = `${at}.${PREFERRED}[${index}]`;
      errors.push(...weightErrors(term.weight, place));
      errors.push(...nodeSelectorTermErrors(term.preference, `${place}.preference`, false));
    });
  }
  if (podAffinity !== undefined) errors.push(...podTerms(podAffinity, `${path}.podAffinity`));
  if (podAntiAffinity !== undefined) {
    errors.push(...podTerms(podAntiAffinity, `${path}.podAntiAffinity`));
  }
  return errors;
}

function weightErrors(weight: number, path: string): readonly FieldError[] {
  return weight >= 1 && weight <= 100
    ? []
    : [invalidValue(`${path}.weight`, weight, "must be in the range 1-100")];
}

function podTerms(affinity: PodAffinity, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  (affinity[REQUIRED] ?? []).forEach((term, index) => {
    errors.push(...podTermErrors(term, `${path}.${REQUIRED}[${index}]`));
  });
  (affinity[PREFERRED] ?? []).forEach((weighted, index) => {
    const at = `${path}.${PREFERRED}[${index}]`;
    errors.push(...weightErrors(weighted.weight, at));
    errors.push(...podTermErrors(weighted.podAffinityTerm, `${at}.podAffinityTerm`));
  });
  return errors;
}

function podTermErrors(term: PodAffinityTerm, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  errors.push(...labelSelectorErrors(term.labelSelector, `${path}.labelSelector`));
  errors.push(...labelSelectorErrors(term.namespaceSelector, `${path}.namespaceSelector`));
  for (const name of term.namespaces ?? []) {
    errors.push(...invalidEach(`${path}.namespace`, name, dnsLabelErrors(name)));
  }
  const keys = [
    ...labelKeyErrors(term.matchLabelKeys ?? [], term, `${path}.matchLabelKeys`),
    ...labelKeyErrors(term.mismatchLabelKeys ?? [], term, `${path}.mismatchLabelKeys`),
  ];
  errors.push(...keys, ...sharedKeyErrors(term, path));
  const { topologyKey } = term;
  if (!topologyKey) errors.push(required(`${path}.topologyKey`, "can not be empty"));
  errors.push(...invalidEach(`${path}.topologyKey`, topologyKey, qualifiedNameErrors(topologyKey)));
  return errors;
}

function sharedKeyErrors(term: PodAffinityTerm, path: string): readonly FieldError[] {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  const errors: FieldError[] = [];
  for (const key of repeatedKeys(matchLabelKeys, labelSelector)) {
    const field = `${path}[${matchLabelKeys.indexOf(key)}]`;
    errors.push(invalidValue(field, key, "exists in both matchLabelKeys and labelSelector"));
  }
  matchLabelKeys.forEach((key, index) => {
    if (!mismatchLabelKeys.includes(key)) return;
    const why = "exists in both matchLabelKeys and mismatchLabelKeys";
    errors.push(invalidValue(`${path}.matchLabelKeys[${index}]`, key, why));
  });
  return errors;
}

function labelKeyErrors(
  keys: readonly string[],
  of: { readonly labelSelector?: object },
  path: string,
): readonly FieldError[] {
  if (keys.length === 0) return [];
  if (of.labelSelector === undefined) {
    return [forbiddenField(path, "must not be specified when labelSelector is not set")];
  }
  return keys.flatMap((key, index) =>
    invalidEach(`${path}[${index}]`, key, qualifiedNameErrors(key)),
  );
}

/** core `ValidateTolerations`. */
export function tolerationErrors(
  tolerations: readonly Toleration[],
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  tolerations.forEach((toleration, index) => {
    const at = `${path}[${index}]`;
    const { key = "", operator = "", value = "", effect = "", tolerationSeconds } = toleration;
    if (key !== "") errors.push(...invalidEach(`${at}.key`, key, qualifiedNameErrors(key)));
    if (key === "" && operator !== "Exists") {
      const why =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalidValue(`${at}.operator`, operator, why));
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(invalidValue(`${at}.effect`, effect, why));
    }
    if (operator === "" || operator === "Equal") {
      const texts = labelValueErrors(value);
      if (texts.length > 0) errors.push(invalidValue(`${at}.operator`, value, texts.join(";")));
    } else if (operator === "Exists") {
      if (value !== "") {
        const why = "value must be empty when `operator` is 'Exists'";
        errors.push(invalidValue(`${at}.operator`, value, why));
      }
    } else errors.push(notSupported(`${at}.operator`, operator, ["Equal", "Exists"]));
    if (effect !== "") errors.push(...effectErrors(effect, `${at}.effect`));
  });
  return errors;
}

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Effect of a taint. */
export function effectErrors(effect: string, field: string): readonly FieldError[] {
  if (effect === "") return [required(field, "")];
  return EFFECTS.includes(effect) ? [] : [notSupported(field, effect, EFFECTS)];
}

/** core `validateTopologySpreadConstraints`. */
export function spreadErrors(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  constraints.forEach((constraint, index) => {
    const at = `${path}[${index}]`;
    const { maxSkew, minDomains, topologyKey, whenUnsatisfiable } = constraint;
    if (maxSkew <= 0) {
      errors.push(invalidValue(`${at}.maxSkew`, maxSkew, "must be greater than zero"));
    }
    if (!topologyKey) errors.push(required(`${at}.topologyKey`, "can not be empty"));
    const actions = ["DoNotSchedule", "ScheduleAnyway"];
    if (!actions.includes(whenUnsatisfiable)) {
      errors.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, actions));
    }
    const repeated = constraints
      .slice(index + 1)
      .some(
        (other) =>
          other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
      );
    if (repeated) {
      const shown = `{${topologyKey}, ${whenUnsatisfiable}}`;
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, shown));
    }
    errors.push(...minDomainsErrors(minDomains, whenUnsatisfiable, `${at}.minDomains`));
    const inclusion = ["Honor", "Ignore"];
    for (const name of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const policy = constraint[name];
      if (policy === undefined || inclusion.includes(policy)) continue;
      errors.push(notSupported(`${at}.${name}`, policy, inclusion));
    }
    const keys = constraint.matchLabelKeys ?? [];
    errors.push(...spreadKeyErrors(keys, constraint.labelSelector, `${at}.matchLabelKeys`));
    errors.push(...labelSelectorErrors(constraint.labelSelector, `${at}.labelSelector`));
  });
  return errors;
}

/** Keys that the selector names as well. A key that was merged into it stands there once as an expression. */
function repeatedKeys(
  keys: readonly string[],
  selector: LabelSelector | undefined,
): readonly string[] {
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  const repeated: string[] = [];
  for (const { key } of selector?.matchExpressions ?? []) {
    if (keys.includes(key) && seen.has(key)) repeated.push(key);
    seen.add(key);
  }
  return repeated;
}

function spreadKeyErrors(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: string,
): readonly FieldError[] {
  if (keys.length === 0) return [];
  const errors: FieldError[] = [];
  const named = new Set([
    ...Object.keys(selector?.matchLabels ?? {}),
    ...repeatedKeys(keys, selector),
  ]);
  if (selector === undefined) {
    errors.push(forbiddenField(path, "must not be specified when labelSelector is not set"));
  }
  keys.forEach((key, index) => {
    errors.push(...invalidEach(`${path}[${index}]`, key, qualifiedNameErrors(key)));
    if (named.has(key)) {
      const why = "exists in both matchLabelKeys and labelSelector";
      errors.push(invalidValue(`${path}[${index}]`, key, why));
    }
  });
  return errors;
}

function minDomainsErrors(
  count: number | undefined,
  action: string,
  field: string,
): readonly FieldError[] {
  if (count === undefined) return [];
  const errors: FieldError[] = [];
  if (count <= 0) errors.push(invalidValue(field, count, "must be greater than zero"));
  if (action !== "DoNotSchedule") {
    const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
    errors.push(invalidValue(field, count, why));
  }
  return errors;
}

/** core `validateSchedulingGates`. */
export function gateErrors(
  gates: PodSpec["schedulingGates"] = [],
  path: string,
): readonly FieldError[] {
  const seen = new Set<string>();
  return gates.flatMap(({ name }, index) => {
    const at = `${path}[${index}]`;
    const errors = [...invalidEach(at, name, qualifiedNameErrors(name))];
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    return errors;
  });
}
