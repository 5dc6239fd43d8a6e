import { sameValue } from "../kinds/same-value.ts";
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
  StorageClass,
} from "../types.gen.ts";
import { accessModeErrors, claimSpecErrors } from "./claim-spec.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "./field-error.ts";
import { goLines, goValue } from "./go-value.ts";
import { lineDiff } from "./line-diff.ts";
import { IMMUTABLE, invalidEach } from "./meta.ts";
import { dnsSubdomainErrors, qualifiedNameErrors } from "./names.ts";
import { nanosOf } from "./resources.ts";
import { rawInvalid } from "./security.ts";
import { nodeSelectorErrors } from "./selectors.ts";

/** Sources of a volume and the members that they need. */
const VOLUME_SOURCES: Readonly<Record<string, readonly string[]>> = {
  hostPath: ["path"],
  gcePersistentDisk: ["pdName"],
  awsElasticBlockStore: ["volumeID"],
  glusterfs: ["endpoints", "path"],
  flocker: [],
  nfs: ["server", "path"],
  rbd: ["monitors", "image"],
  quobyte: ["registry", "volume"],
  cephfs: ["monitors"],
  iscsi: ["targetPortal", "iqn"],
  cinder: ["volumeID"],
  fc: [],
  flexVolume: ["driver"],
  azureFile: ["secretName", "shareName"],
  vsphereVolume: ["volumePath"],
  photonPersistentDisk: ["pdID"],
  portworxVolume: ["volumeID"],
  azureDisk: ["diskName", "diskURI"],
  scaleIO: ["gateway", "system", "volumeName"],
  local: ["path"],
  storageos: [],
  csi: ["driver", "volumeHandle"],
};

/** core `ValidatePersistentVolumeSpec`. */
export function persistentVolumeErrors({ spec = {} }: PersistentVolume): readonly FieldError[] {
  const errors: FieldError[] = [];
  errors.push(...accessModeErrors(spec.accessModes, "spec.accessModes", ""));
  const capacity = spec.capacity ?? {};
  if (Object.keys(capacity).length === 0) errors.push(required("spec.capacity", ""));
  else if (capacity["storage"] === undefined || Object.keys(capacity).length > 1) {
    errors.push(notSupported("spec.capacity", capacity, ["storage"]));
  }
  for (const name of Object.keys(capacity).sort()) {
    errors.push(...capacityErrors(capacity[name] ?? "0", `spec.capacity[${name}]`));
  }
  const policies = ["Delete", "Recycle", "Retain"];
  const policy = spec.persistentVolumeReclaimPolicy ?? "";
  if (policy !== "" && !policies.includes(policy)) {
    errors.push(notSupported("spec.persistentVolumeReclaimPolicy", policy, policies));
  }
  const required_ = spec.nodeAffinity?.required;
  if (spec.nodeAffinity !== undefined) {
    if (required_ === undefined) {
      errors.push(required("spec.nodeAffinity.required", "must specify required node constraints"));
    } else errors.push(...nodeSelectorErrors(required_, "spec.nodeAffinity.required"));
  }
  errors.push(...sourceErrors(spec));
  const { storageClassName, volumeMode } = spec;
  if (storageClassName) {
    const texts = dnsSubdomainErrors(storageClassName);
    errors.push(...invalidEach("spec.storageClassName", storageClassName, texts));
  }
  const modes = ["Block", "Filesystem"];
  if (volumeMode !== undefined && !modes.includes(volumeMode)) {
    errors.push(notSupported("spec.volumeMode", volumeMode, modes));
  }
  if (spec.local !== undefined && required_ === undefined) {
    errors.push(required("spec.nodeAffinity", "Local volume requires node affinity"));
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

function sourceErrors(spec: PersistentVolumeSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const key of Object.keys(VOLUME_SOURCES)) {
    const source = (spec as Readonly<Record<string, unknown>>)[key];
    if (source === undefined) continue;
    count++;
    if (count > 1) {
      errors.push(forbiddenField(`spec.${key}`, "may not specify more than 1 volume type"));
      continue;
    }
    for (const member of VOLUME_SOURCES[key] ?? []) {
      const value = (source as Readonly<Record<string, unknown>>)[member];
      if (value === undefined || value === "") errors.push(required(`spec.${key}.${member}`, ""));
    }
  }
  if (count === 0) errors.push(required("spec", "must specify a volume type"));
  const path = spec.hostPath?.path;
  if (path === "/" && spec.persistentVolumeReclaimPolicy === "Recycle") {
    const why = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbiddenField("spec.persistentVolumeReclaimPolicy", why));
  }
  if (path?.split("/").includes("..")) {
    errors.push(invalidValue("spec.hostPath.path", path, "must not contain '..'"));
  }
  return errors;
}

/** core `ValidatePersistentVolumeUpdate`: the source stays. */
export function persistentVolumeUpdateErrors(
  next: PersistentVolume,
  before: PersistentVolume,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const members = (spec: PersistentVolumeSpec = {}) => spec as Readonly<Record<string, unknown>>;
  const sourceOf = (object: PersistentVolume) =>
    Object.fromEntries(Object.keys(VOLUME_SOURCES).map((key) => [key, members(object.spec)[key]]));
  if (!sameValue(sourceOf(next), sourceOf(before))) {
    const type = "PersistentVolumeSource";
    const difference = lineDiff(goLines(type, before.spec ?? {}), goLines(type, next.spec ?? {}));
    const why = `spec.persistentvolumesource is immutable after creation\n${difference}`;
    errors.push(forbiddenField("spec.persistentvolumesource", why));
  }
  if (!sameValue(next.spec?.volumeMode, before.spec?.volumeMode)) {
    errors.push(invalidValue("volumeMode", next.spec?.volumeMode ?? null, IMMUTABLE));
  }
  const { nodeAffinity } = before.spec ?? {};
  if (nodeAffinity !== undefined && !sameValue(next.spec?.nodeAffinity, nodeAffinity)) {
    const shown = goValue("*VolumeNodeAffinity", next.spec?.nodeAffinity);
    const why = `${IMMUTABLE}, except for updating from beta label to GA`;
    errors.push(rawInvalid("nodeAffinity", shown, why));
  }
  return errors;
}

/** core `ValidatePersistentVolumeClaim`, without metadata. */
export function claimErrors({ spec = {} }: PersistentVolumeClaim): readonly FieldError[] {
  return claimSpecErrors(spec, "spec");
}

const CLAIM_FROZEN =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/** core `ValidatePersistentVolumeClaimUpdate`: a bound claim may grow and change its attributes class. */
export function claimUpdateErrors(
  next: PersistentVolumeClaim,
  before: PersistentVolumeClaim,
): readonly FieldError[] {
  const [now, old] = [next.spec ?? {}, before.spec ?? {}];
  const errors: FieldError[] = [];
  const wanted = now.resources?.requests?.["storage"];
  const had = old.resources?.requests?.["storage"];
  const bound = before.status?.phase === "Bound";
  let compared: PersistentVolumeClaimSpec = now;
  if (!old.volumeName && now.volumeName) compared = { ...compared, volumeName: "" };
  if (bound && had !== undefined) {
    const requests = { ...now.resources?.requests, storage: had };
    compared = { ...compared, resources: { ...now.resources, requests } };
    if (
      old.volumeAttributesClassName !== undefined ||
      now.volumeAttributesClassName !== undefined
    ) {
      const { volumeAttributesClassName: _, ...rest } = compared;
      const kept = old.volumeAttributesClassName;
      compared = kept === undefined ? rest : { ...rest, volumeAttributesClassName: kept };
    }
  }
  if (!sameValue(withoutEmpty(compared), withoutEmpty(old))) {
    const type = "PersistentVolumeClaimSpec";
    const difference = lineDiff(goLines(type, old), goLines(type, compared));
    errors.push(forbiddenField("spec", `${CLAIM_FROZEN}\n${difference}`));
  }
  const held = nanosOf(before.status?.capacity?.["storage"]);
  if (nanosOf(wanted) < nanosOf(had) && nanosOf(wanted) <= held) {
    const why = "field can not be less than status.capacity";
    errors.push(forbiddenField("spec.resources.requests.storage", why));
  }
  if (!sameValue(now.volumeMode, old.volumeMode)) {
    errors.push(invalidValue("volumeMode", now.volumeMode ?? null, IMMUTABLE));
  }
  const { volumeAttributesClassName: attributes } = now;
  if (old.volumeAttributesClassName !== undefined && !attributes) {
    const what = attributes === undefined ? "nil" : "an empty string";
    const why = `update from non-nil value to ${what} is forbidden`;
    errors.push(forbiddenField("spec.volumeAttributesClassName", why));
  }
  return errors;
}

function withoutEmpty(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { volumeName, ...rest } = spec;
  return volumeName ? spec : rest;
}

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
