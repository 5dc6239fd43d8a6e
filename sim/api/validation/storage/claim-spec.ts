import type { PersistentVolumeClaimSpec } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsSubdomainErrors } from "../names.ts";
import { nanosOf, quantityErrors } from "../resources.ts";
import { labelSelectorErrors } from "../selectors.ts";

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/** Access modes of a volume. */
export function accessModeErrors(
  modes: readonly string[] = [],
  field: string,
): readonly FieldError[] {
  return modes.length === 0 ? [required(field, "")] : modeErrors(modes, field);
}

function modeErrors(modes: readonly string[], field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const mode of modes) {
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(field, mode, ACCESS_MODES));
  }
  const single = modes.includes("ReadWriteOncePod");
  if (single && modes.some((mode) => mode !== "ReadWriteOncePod" && ACCESS_MODES.includes(mode))) {
    const why = "may not use ReadWriteOncePod with other access modes";
    errors.push(forbiddenField(field, why));
  }
  return errors;
}

/** core `ValidatePersistentVolumeClaimSpec`. */
export function claimSpecErrors(
  spec: PersistentVolumeClaimSpec,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { accessModes = [], storageClassName, volumeMode } = spec;
  const modesAt = `${path}.accessModes`;
  if (accessModes.length === 0) {
    errors.push(required(modesAt, "at least 1 access mode is required"));
  }
  errors.push(...labelSelectorErrors(spec.selector, `${path}.selector`));
  errors.push(...modeErrors(accessModes, modesAt));
  const storage = spec.resources?.requests?.["storage"];
  const field = `${path}.resources[storage]`;
  if (storage === undefined) errors.push(required(field, ""));
  else {
    errors.push(...quantityErrors("storage", storage, field));
    if (nanosOf(storage) <= 0n) {
      errors.push(invalidValue(field, storage, "must be greater than zero"));
    }
  }
  errors.push(...classNameErrors(storageClassName, `${path}.storageClassName`));
  const modes = ["Block", "Filesystem"];
  if (volumeMode !== undefined && !modes.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, modes));
  }
  errors.push(...dataSourceErrors(spec, path));
  const attributes = spec.volumeAttributesClassName;
  errors.push(...classNameErrors(attributes, `${path}.volumeAttributesClassName`));
  return errors;
}

function classNameErrors(name: string | undefined, field: string): readonly FieldError[] {
  return name ? invalidEach(field, name, dnsSubdomainErrors(name)) : [];
}

function dataSourceErrors(spec: PersistentVolumeClaimSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["dataSource", "dataSourceRef"] as const) {
    const source = spec[key];
    if (source === undefined) continue;
    const { name, kind, apiGroup } = source;
    const field = `${path}.${key}`;
    if (!name) errors.push(required(`${field}.name`, ""));
    if (!kind) errors.push(required(`${field}.kind`, ""));
    if (!apiGroup && kind !== "PersistentVolumeClaim") {
      const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
      errors.push(invalidValue(field, kind ?? "", why));
    }
    if (apiGroup) {
      errors.push(...invalidEach(`${field}.apiGroup`, apiGroup, dnsSubdomainErrors(apiGroup)));
    }
  }
  const { dataSource: one, dataSourceRef: other } = spec;
  if (one === undefined || other === undefined) return errors;
  const same =
    one.name === other.name &&
    one.kind === other.kind &&
    (one.apiGroup ?? null) === (other.apiGroup ?? null);
  // Upstream passes a path where the value belongs: it prints as an empty object.
  if (!same) errors.push(invalidValue(path, {}, "must match dataSourceRef"));
  return errors;
}
