import { sameValue } from "../../kinds/same-value.ts";
import type {
  DeviceClaim,
  DeviceClass,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  ResourceClaim,
  ResourceClaimSpec,
  ResourceClaimTemplate,
} from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  rawInvalid,
  required,
  tooMany,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors, qualifiedNameErrors } from "../names.ts";
import { isExtendedResource } from "../resources.ts";
import { referenceErrors, requestNames } from "./claim-status.ts";
import { opaqueErrors } from "./device-data.ts";
import { fullyQualifiedNameErrors } from "./device-names.ts";
import { selectorErrors } from "./device-selectors.ts";

const MOST_REQUESTS = 32;
const MOST_CHOICES = 8;
const MODES = ["All", "ExactCount"];

/** resource `validateResourceClaimSpec`. */
export function resourceClaimErrors({ spec }: Pick<ResourceClaim, "spec">): readonly FieldError[] {
  return claimSpecErrors(spec, "spec");
}

/** resource `ValidateResourceClaimTemplate`, without its own metadata. */
export function claimTemplateErrors({ spec }: ResourceClaimTemplate): readonly FieldError[] {
  return claimSpecErrors(spec.spec, "spec.spec");
}

/** A claim's spec stays. */
export function claimSpecUpdateErrors(
  next: ResourceClaim,
  before: ResourceClaim,
): readonly FieldError[] {
  return fixedSpecErrors("ResourceClaimSpec", next.spec, before.spec);
}

/** A template's spec stays. */
export function templateSpecUpdateErrors(
  next: ResourceClaimTemplate,
  before: ResourceClaimTemplate,
): readonly FieldError[] {
  return fixedSpecErrors("ResourceClaimTemplateSpec", next.spec, before.spec);
}

function fixedSpecErrors(type: string, next: unknown, before: unknown): readonly FieldError[] {
  return sameValue(next, before) ? [] : [rawInvalid("spec", goValue(type, next), IMMUTABLE)];
}

function claimSpecErrors(spec: ResourceClaimSpec, path: string): readonly FieldError[] {
  const { devices } = spec;
  return devices === undefined ? [] : devicesErrors(devices, `${path}.devices`);
}

function devicesErrors(claim: DeviceClaim, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { requests = [], constraints = [], config = [] } = claim;
  if (requests.length > MOST_REQUESTS) {
    errors.push(tooMany(`${path}.requests`, requests.length, MOST_REQUESTS));
  } else {
    requests.forEach((request, index) => {
      errors.push(...requestErrors(request, `${path}.requests[${index}]`));
    });
    errors.push(...repeatedNames(requests, `${path}.requests`));
  }
  const known = requestNames(requests);
  constraints.forEach((constraint, index) => {
    errors.push(...constraintErrors(constraint, known, `${path}.constraints[${index}]`));
  });
  config.forEach(({ requests: wanted = [], opaque }, index) => {
    const at = `${path}.config[${index}]`;
    errors.push(...referenceErrors(wanted, known, `${at}.requests`));
    errors.push(...opaqueErrors(opaque, `${at}.opaque`));
  });
  return errors;
}

function repeatedNames(
  parts: readonly { readonly name: string }[],
  path: string,
): readonly FieldError[] {
  return parts.flatMap(({ name }, index) => {
    const first = parts.findIndex((part) => part.name === name);
    return first < index ? [duplicate(`${path}[${index}]`, name)] : [];
  });
}

/** What a request says of the devices it wants, alone or as one of several choices. */
interface Wish {
  readonly deviceClassName?: string;
  readonly selectors?: readonly DeviceSelector[];
  readonly allocationMode?: string;
  readonly count?: number;
  readonly tolerations?: readonly DeviceToleration[];
}

function requestErrors(request: DeviceRequest, path: string): readonly FieldError[] {
  const { name = "", exactly, firstAvailable = [] } = request;
  const errors = [...invalidEach(`${path}.name`, name, dnsLabelErrors(name))];
  const one = "exactly one of `exactly` or `firstAvailable` is required";
  if (exactly === undefined && firstAvailable.length === 0) errors.push(required(path, one));
  else if (exactly !== undefined && firstAvailable.length > 0) {
    errors.push(invalidValue(path, null, `${one}, but multiple fields are set`));
  } else if (exactly !== undefined) errors.push(...wishErrors(exactly, `${path}.exactly`));
  else errors.push(...choiceErrors(firstAvailable, `${path}.firstAvailable`));
  return errors;
}

function choiceErrors(choices: readonly DeviceSubRequest[], path: string): readonly FieldError[] {
  if (choices.length > MOST_CHOICES) return [tooMany(path, choices.length, MOST_CHOICES)];
  const errors = choices.flatMap((part, index) => {
    const at = `${path}[${index}]`;
    const { name = "" } = part;
    return [...invalidEach(`${at}.name`, name, dnsLabelErrors(name)), ...wishErrors(part, at)];
  });
  return [...errors, ...repeatedNames(choices, path)];
}

function wishErrors(wish: Wish, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { deviceClassName = "", selectors = [], allocationMode = "", count = 0 } = wish;
  const field = `${path}.deviceClassName`;
  if (deviceClassName === "") errors.push(required(field, ""));
  else errors.push(...invalidEach(field, deviceClassName, dnsSubdomainErrors(deviceClassName)));
  errors.push(...selectorErrors(selectors, `${path}.selectors`));
  if (allocationMode === "All") {
    if (count !== 0) {
      const why = "must not be specified when allocationMode is 'All'";
      errors.push(invalidValue(`${path}.count`, count, why));
    }
  } else if (allocationMode === "ExactCount") {
    if (count <= 0) {
      errors.push(invalidValue(`${path}.count`, count, "must be greater than zero"));
    }
  } else errors.push(notSupported(`${path}.allocationMode`, allocationMode, MODES));
  (wish.tolerations ?? []).forEach((toleration, index) => {
    errors.push(...tolerationErrors(toleration, `${path}.tolerations[${index}]`));
  });
  return errors;
}

const OPERATORS = ["Equal", "Exists"];
const EFFECTS = ["NoExecute", "NoSchedule", "None"];

function tolerationErrors(toleration: DeviceToleration, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { key = "", operator = "", value = "", effect = "" } = toleration;
  if (key !== "") errors.push(...invalidEach(`${path}.key`, key, qualifiedNameErrors(key)));
  if (operator === "Exists" && value !== "") {
    errors.push(invalidValue(`${path}.value`, value, "must be empty for operator `Exists`"));
  } else if (operator === "Equal" && key === "") {
    errors.push(required(`${path}.key`, "must not be empty for operator `Equal`"));
  } else if (operator === "") errors.push(required(`${path}.operator`, ""));
  else if (!OPERATORS.includes(operator)) {
    errors.push(notSupported(`${path}.operator`, operator, OPERATORS));
  }
  if (effect !== "" && !EFFECTS.includes(effect)) {
    errors.push(notSupported(`${path}.effect`, effect, EFFECTS));
  }
  return errors;
}

function constraintErrors(
  { requests = [], matchAttribute, distinctAttribute }: DeviceConstraint,
  known: ReadonlySet<string>,
  path: string,
): readonly FieldError[] {
  const errors = [...referenceErrors(requests, known, `${path}.requests`)];
  if (matchAttribute !== undefined) {
    errors.push(...fullyQualifiedNameErrors(matchAttribute, `${path}.matchAttribute`));
  } else if (distinctAttribute !== undefined) {
    errors.push(...fullyQualifiedNameErrors(distinctAttribute, `${path}.distinctAttribute`));
  } else {
    const why = `exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set`;
    errors.push(required(path, why));
  }
  return errors;
}

/** resource `validateDeviceClassSpec`. */
export function deviceClassErrors({ spec }: DeviceClass): readonly FieldError[] {
  const errors = [...selectorErrors(spec.selectors ?? [], "spec.selectors")];
  (spec.config ?? []).forEach(({ opaque }, index) => {
    errors.push(...opaqueErrors(opaque, `spec.config[${index}].opaque`));
  });
  const { extendedResourceName: name } = spec;
  if (name !== undefined && !isExtendedResource(name)) {
    const why = "must be a valid extended resource name";
    errors.push(invalidValue("spec.extendedResourceName", name, why));
  }
  return errors;
}
