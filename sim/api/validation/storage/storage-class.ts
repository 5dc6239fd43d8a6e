import { sameValue } from "../../kinds/same-value.ts";
import type { StorageClass, TopologySelectorTerm, VolumeAttributesClass } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field-error.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import { qualifiedNameErrors } from "../names.ts";

const MOST_PARAMETERS = 512;
const PARAMETERS_SIZE = 262_144;

/** A driver's name: what messages show of it is in small letters. */
function provisionerErrors(name: string | undefined, field: string): readonly FieldError[] {
  if (!name) return [required(field, "")];
  const lower = name.toLowerCase();
  return invalidEach(field, lower, qualifiedNameErrors(lower));
}

function parameterErrors(parameters: Readonly<Record<string, string>> = {}): readonly FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > MOST_PARAMETERS) return [tooLong("parameters", MOST_PARAMETERS)];
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of entries) {
    if (key === "") errors.push(invalidValue("parameters", key, "field can not be empty."));
    size += key.length + value.length;
  }
  if (size > PARAMETERS_SIZE) errors.push(tooLong("parameters", PARAMETERS_SIZE));
  return errors;
}

/** storage `ValidateStorageClass`, without metadata. */
export function storageClassErrors(object: StorageClass): readonly FieldError[] {
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies } = object;
  const errors = [...provisionerErrors(provisioner, "provisioner"), ...parameterErrors(parameters)];
  const policies = ["Delete", "Retain"];
  if (reclaimPolicy !== undefined && !policies.includes(reclaimPolicy)) {
    errors.push(notSupported("reclaimPolicy", reclaimPolicy, policies));
  }
  const modes = ["Immediate", "WaitForFirstConsumer"];
  if (volumeBindingMode === undefined) errors.push(required("volumeBindingMode", ""));
  else if (!modes.includes(volumeBindingMode)) {
    errors.push(notSupported("volumeBindingMode", volumeBindingMode, modes));
  }
  return [...errors, ...topologyErrors(allowedTopologies ?? [])];
}

/** Upstream names the list, not its terms, in the path of what is wrong inside of one. */
function topologyErrors(terms: readonly TopologySelectorTerm[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  terms.forEach(({ matchLabelExpressions = [] }, nth) => {
    const keys = new Set<string>();
    matchLabelExpressions.forEach(({ key, values = [] }, index) => {
      const at = `allowedTopologies.matchLabelExpressions[${index}]`;
      if (values.length === 0) errors.push(required(`${at}.values`, ""));
      values.forEach((value, place) => {
        if (values.indexOf(value) < place) errors.push(duplicate(`${at}.values[${place}]`, value));
      });
      errors.push(...invalidEach(`${at}.key`, key, qualifiedNameErrors(key)));
      if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
      keys.add(key);
    });
    const repeated = terms.slice(0, nth).some((other) => sameValue(other, terms[nth]));
    if (repeated) {
      errors.push(duplicate(`allowedTopologies[${nth}].matchLabelExpressions`, ""));
    }
  });
  return errors;
}

/** storage `ValidateStorageClassUpdate`. */
export function storageClassUpdateErrors(
  next: StorageClass,
  before: StorageClass,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["parameters", "provisioner", "reclaimPolicy"] as const) {
    if (!sameValue(next[key], before[key]))
      errors.push(forbiddenField(key, `updates to ${key} are forbidden.`));
  }
  const mode = next.volumeBindingMode;
  if (mode !== before.volumeBindingMode) {
    errors.push(invalidValue("volumeBindingMode", mode ?? null, IMMUTABLE));
  }
  return errors;
}

/** storage `ValidateVolumeAttributesClass`, without metadata. */
export function attributesClassErrors(object: VolumeAttributesClass): readonly FieldError[] {
  const { driverName, parameters = {} } = object;
  const none = Object.keys(parameters).length === 0;
  return [
    ...provisionerErrors(driverName, "driverName"),
    ...(none ? [required("parameters", "must contain at least one key/value pair")] : []),
    ...parameterErrors(parameters),
  ];
}

/** storage `ValidateVolumeAttributesClassUpdate`. */
export function attributesClassUpdateErrors(
  next: VolumeAttributesClass,
  before: VolumeAttributesClass,
): readonly FieldError[] {
  return (["driverName", "parameters"] as const)
    .filter((key) => !sameValue(next[key], before[key]))
    .map((key) => forbiddenField(key, `updates to ${key} are forbidden.`));
}
