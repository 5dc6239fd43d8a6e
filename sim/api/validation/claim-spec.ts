import type { PersistentVolumeClaimSpec } from "../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { dnsSubdomainErrors } from "./names.ts";
import { nanosOf } from "./resources.ts";
import { labelSelectorErrors } from "./selectors.ts";

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/** Access modes of a volume or claim. */
export function accessModeErrors(
  modes: readonly string[] | undefined,
  field: string,
  none: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const list = modes ?? [];
  if (list.length === 0) errors.push(required(field, none));
  for (const mode of list) {
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(field, mode, ACCESS_MODES));
  }
  if (list.includes("ReadWriteOncePod") && new Set(list).size > 1) {
    const why = "may not use ReadWriteOncePod with other access modes";
    errors.push(forbiddenField(field, why));
  }
  return errors;
}

function attributesErrors(name: string | undefined, path: string): readonly FieldError[] {
  if (!name) return [];
  return invalidEach(`${path}.volumeAttributesClassName`, name, dnsSubdomainErrors(name));
}

/** core `ValidatePersistentVolumeClaimSpec`. */
export function claimSpecErrors(
  spec: PersistentVolumeClaimSpec,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const none = "at least 1 access mode is required";
  errors.push(...accessModeErrors(spec.accessModes, `${path}.accessModes`, none));
  errors.push(...labelSelectorErrors(spec.selector, `${path}.selector`));
  const storage = spec.resources?.requests?.["storage"];
  if (storage === undefined) errors.push(required(`${path}.resources[storage]`, ""));
  else if (nanosOf(storage) <= 0n) {
    const field = `${path}.resources[storage]`;
    errors.push(invalidValue(field, storage, "must be greater than zero"));
  }
  const { storageClassName, volumeMode } = spec;
  if (storageClassName) {
    const texts = dnsSubdomainErrors(storageClassName);
    errors.push(...invalidEach(`${path}.storageClassName`, storageClassName, texts));
  }
  const modes = ["Block", "Filesystem"];
  if (volumeMode !== undefined && !modes.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, modes));
  }
  errors.push(...attributesErrors(spec.volumeAttributesClassName, path));
  for (const key of ["dataSource", "dataSourceRef"] as const) {
    const source = spec[key];
    if (source === undefined) continue;
    if (!source.name) errors.push(required(`${path}.${key}.name`, ""));
    if (!source.kind) errors.push(required(`${path}.${key}.kind`, ""));
    if (!source.apiGroup && source.kind !== "PersistentVolumeClaim") {
      const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
      errors.push(invalidValue(`${path}.${key}`, source.kind ?? "", why));
    }
    if (source.apiGroup) {
      const texts = dnsSubdomainErrors(source.apiGroup);
      errors.push(...invalidEach(`${path}.${key}.apiGroup`, source.apiGroup, texts));
    }
  }
  return errors;
}
