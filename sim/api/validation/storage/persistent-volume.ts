import { sameValue } from "../../kinds/same-value.ts";
import type { PersistentVolume, PersistentVolumeSpec } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  rawInvalid,
  required,
} from "../field-error.ts";
import { goLines, goValue } from "../go-value.ts";
import { lineDiff } from "../line-diff.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import { dnsSubdomainErrors } from "../names.ts";
import { nanosOf } from "../resources.ts";
import { nodeSelectorErrors } from "../selectors.ts";
import { accessModeErrors } from "./claim-spec.ts";
import { isPersistentSource, persistentSourceErrors } from "./persistent-sources.ts";

/** core `ValidatePersistentVolumeSpec`. */
export function persistentVolumeErrors({
  metadata,
  spec = {},
}: PersistentVolume): readonly FieldError[] {
  const errors: FieldError[] = [];
  errors.push(...accessModeErrors(spec.accessModes, "spec.accessModes"));
  const { capacity } = spec;
  const resources = Object.keys(capacity ?? {}).sort();
  if (resources.length === 0) errors.push(required("spec.capacity", ""));
  if (capacity?.["storage"] === undefined || resources.length > 1) {
    errors.push(notSupported("spec.capacity", capacity, ["storage"]));
  }
  for (const name of resources) {
    errors.push(...capacityErrors(capacity?.[name] ?? "0", `spec.capacity[${name}]`));
  }
  const policies = ["Delete", "Recycle", "Retain"];
  const policy = spec.persistentVolumeReclaimPolicy ?? "";
  if (policy !== "" && !policies.includes(policy)) {
    errors.push(notSupported("spec.persistentVolumeReclaimPolicy", policy, policies));
  }
  if (spec.nodeAffinity !== undefined) {
    const field = "spec.nodeAffinity.required";
    const { required: wanted } = spec.nodeAffinity;
    if (wanted !== undefined) errors.push(...nodeSelectorErrors(wanted, field));
    else errors.push(required(field, "must specify required node constraints"));
  }
  errors.push(...persistentSourceErrors(spec, metadata.name), ...classErrors(spec));
  return errors;
}

const NOT_INLINE = "may not be specified in the context of inline volumes";

/** The same of a volume that an attachment describes itself: it has a CSI source and says nothing of claims and classes. */
export function inlineVolumeErrors(
  spec: PersistentVolumeSpec,
  path: string,
): readonly FieldError[] {
  const unfit = (...keys: readonly (keyof PersistentVolumeSpec & string)[]) =>
    keys
      .filter((key) => isGiven(spec[key]))
      .map((key) => forbiddenField(`spec.${key}`, NOT_INLINE));
  const errors = [...unfit("claimRef", "capacity")];
  if (spec.csi === undefined) {
    errors.push(required("spec.csi", "has to be specified in the context of inline volumes"));
  }
  errors.push(
    ...accessModeErrors(spec.accessModes, "spec.accessModes"),
    ...unfit("persistentVolumeReclaimPolicy", "nodeAffinity"),
    ...persistentSourceErrors(spec, ""),
    ...unfit("storageClassName", "volumeMode"),
  );
  return errors.map((error) => ({ ...error, field: error.field.replace(/^spec/, path) }));
}

function isGiven(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== "";
}

function classErrors(spec: PersistentVolumeSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { storageClassName, volumeMode, volumeAttributesClassName: attributes } = spec;
  if (storageClassName) {
    const texts = dnsSubdomainErrors(storageClassName);
    errors.push(...invalidEach("spec.storageClassName", storageClassName, texts));
  }
  const modes = ["Block", "Filesystem"];
  if (volumeMode !== undefined && !modes.includes(volumeMode)) {
    errors.push(notSupported("spec.volumeMode", volumeMode, modes));
  }
  if (attributes === undefined) return errors;
  const field = "spec.volumeAttributesClassName";
  if (attributes === "") errors.push(required(field, "an empty string is disallowed"));
  else errors.push(...invalidEach(field, attributes, dnsSubdomainErrors(attributes)));
  if (spec.csi === undefined) {
    const why = "has to be specified when using volumeAttributesClassName";
    errors.push(required("spec.csi", why));
  }
  return errors;
}

function capacityErrors(text: string, field: string): readonly FieldError[] {
  const nanos = nanosOf(text);
  const errors: FieldError[] = [];
  if (nanos < 0n) {
    const value = Number(nanos / 1_000_000_000n);
    errors.push(invalidValue(field, value, "must be a valid resource quantity"));
  }
  if (nanos <= 0n) errors.push(invalidValue(field, text, "must be greater than zero"));
  return errors;
}

/** core `ValidatePersistentVolumeUpdate`, with what its strategy looks at before: the new object, twice. The source stays. */
export function persistentVolumeUpdateErrors(
  next: PersistentVolume,
  before: PersistentVolume,
): readonly FieldError[] {
  const own = persistentVolumeErrors(next);
  const errors: FieldError[] = [...own, ...own];
  const now = withoutNewSecret(next.spec ?? {}, before.spec ?? {});
  const old = before.spec ?? {};
  if (!sameValue(sourceOf(now), sourceOf(old))) {
    const type = "PersistentVolumeSource";
    const difference = lineDiff(goLines(type, old), goLines(type, now));
    const why = `spec.persistentvolumesource is immutable after creation\n${difference}`;
    errors.push(forbiddenField("spec.persistentvolumesource", why));
  }
  if (!sameValue(now.volumeMode, old.volumeMode)) {
    errors.push(invalidValue("volumeMode", now.volumeMode ?? null, IMMUTABLE));
  }
  if (old.nodeAffinity !== undefined && !sameValue(now.nodeAffinity, old.nodeAffinity)) {
    const shown = goValue("*VolumeNodeAffinity", now.nodeAffinity);
    const why = `${IMMUTABLE}, except for updating from beta label to GA`;
    errors.push(rawInvalid("nodeAffinity", shown, why));
  }
  if (old.volumeAttributesClassName !== undefined && now.volumeAttributesClassName === undefined) {
    const why = "update from non-nil value to nil is forbidden";
    errors.push(forbiddenField("spec.volumeAttributesClassName", why));
  }
  return errors;
}

/** The secret that growing needs may be named later. */
function withoutNewSecret(
  spec: PersistentVolumeSpec,
  old: PersistentVolumeSpec,
): PersistentVolumeSpec {
  const { csi } = spec;
  if (csi?.controllerExpandSecretRef === undefined || old.csi === undefined) return spec;
  if (old.csi.controllerExpandSecretRef !== undefined) return spec;
  const { controllerExpandSecretRef: _, ...rest } = csi;
  return { ...spec, csi: rest };
}

function sourceOf(spec: PersistentVolumeSpec): object {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => isPersistentSource(key)));
}
