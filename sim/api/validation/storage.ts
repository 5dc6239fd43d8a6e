import { sameValue } from "../kinds/same-value.ts";
import type { StorageClass } from "../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "./field-error.ts";
import { IMMUTABLE, invalidEach } from "./meta.ts";
import { qualifiedNameErrors } from "./names.ts";

/** storage `ValidateStorageClass`, without metadata. */
export function storageClassErrors(object: StorageClass): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode } = object;
  if (!provisioner) errors.push(required("provisioner", ""));
  else {
    const texts = qualifiedNameErrors(provisioner.toLowerCase());
    errors.push(...invalidEach("provisioner", provisioner, texts));
  }
  for (const key of Object.keys(parameters ?? {})) {
    if (key === "") errors.push(invalidValue("parameters", key, "field can not be empty."));
  }
  const policies = ["Delete", "Retain"];
  if (reclaimPolicy !== undefined && !policies.includes(reclaimPolicy)) {
    errors.push(notSupported("reclaimPolicy", reclaimPolicy, policies));
  }
  const modes = ["Immediate", "WaitForFirstConsumer"];
  if (volumeBindingMode === undefined) errors.push(required("volumeBindingMode", ""));
  else if (!modes.includes(volumeBindingMode)) {
    errors.push(notSupported("volumeBindingMode", volumeBindingMode, modes));
  }
  return errors;
}

/** storage `ValidateStorageClassUpdate`. */
export function storageClassUpdateErrors(
  next: StorageClass,
  before: StorageClass,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!sameValue(next.parameters, before.parameters)) {
    errors.push(forbiddenField("parameters", "updates to parameters are forbidden."));
  }
  if (next.provisioner !== before.provisioner) {
    errors.push(forbiddenField("provisioner", "updates to provisioner are forbidden."));
  }
  for (const key of ["reclaimPolicy", "volumeBindingMode"] as const) {
    if (sameValue(next[key], before[key])) continue;
    if (key === "reclaimPolicy") {
      errors.push(forbiddenField(key, "updates to reclaimPolicy are forbidden."));
    } else errors.push(invalidValue(key, next[key] ?? null, IMMUTABLE));
  }
  return errors;
}
