import { sameValue } from "../../kinds/same-value.ts";
import type {
  CSIDriver,
  CSINode,
  CSINodeDriver,
  CSIStorageCapacity,
  TokenRequest,
  VolumeAttachment,
} from "../../types.gen.ts";
import { driverNameErrors } from "../device/device-names.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  rawInvalid,
  required,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import { dnsSubdomainErrors, NOT_NEGATIVE, qualifiedNameErrors } from "../names.ts";
import { countErrors } from "../numbers.ts";
import { nanosOf } from "../resources.ts";
import { labelSelectorErrors, shownSelector } from "../selectors.ts";
import { inlineVolumeErrors } from "./persistent-volume.ts";

const GROUP_POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const TEN_MINUTES = 600;
const LONGEST = 4_294_967_296;

/** storage `ValidateCSIDriver`. */
export function csiDriverErrors({ metadata, spec }: CSIDriver): readonly FieldError[] {
  const errors = [...driverNameErrors(metadata.name, "name")];
  const { fsGroupPolicy, tokenRequests = [], volumeLifecycleModes = [] } = spec;
  if (fsGroupPolicy !== undefined && !GROUP_POLICIES.includes(fsGroupPolicy)) {
    errors.push(notSupported("spec.fsGroupPolicy", fsGroupPolicy, GROUP_POLICIES));
  }
  errors.push(...tokenErrors(tokenRequests));
  for (const mode of volumeLifecycleModes) {
    if (mode === "Persistent" || mode === "Ephemeral") continue;
    errors.push(notSupported("spec.volumeLifecycleModes", mode, ["Persistent", "Ephemeral"]));
  }
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < 10) {
    const why = "must be greater than or equal to 10 seconds";
    errors.push(invalidValue("spec.nodeAllocatableUpdatePeriodSeconds", period, why));
  }
  const hidden = spec.serviceAccountTokenInSecrets;
  if (hidden !== undefined && tokenRequests.length === 0) {
    const why = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
    errors.push(invalidValue("spec.serviceAccountTokenInSecrets", hidden, why));
  }
  return errors;
}

function tokenErrors(requests: readonly TokenRequest[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  const audiences = new Set<string>();
  requests.forEach(({ audience, expirationSeconds: seconds }, index) => {
    const at = `spec.tokenRequests[${index}]`;
    if (audiences.has(audience)) {
      errors.push(duplicate(`${at}.audience`, audience));
      return;
    }
    audiences.add(audience);
    if (seconds === undefined) return;
    const field = `${at}.expirationSeconds`;
    if (seconds < TEN_MINUTES) {
      errors.push(invalidValue(field, seconds, "may not specify a duration less than 10 minutes"));
    }
    if (seconds > LONGEST) {
      const why = "may not specify a duration larger than 2^32 seconds";
      errors.push(invalidValue(field, seconds, why));
    }
  });
  return errors;
}

/** storage `ValidateCSIDriverUpdate`: what a driver is like stays. */
export function csiDriverUpdateErrors(next: CSIDriver, before: CSIDriver): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, path] of [
    ["attachRequired", "spec.attachedRequired"],
    ["volumeLifecycleModes", "spec.volumeLifecycleModes"],
  ] as const) {
    if (sameValue(next.spec[key], before.spec[key])) continue;
    errors.push(invalidValue(path, next.spec[key] ?? null, IMMUTABLE));
  }
  return errors;
}

/** storage `ValidateCSINode`, without metadata. */
export function csiNodeErrors({ spec }: CSINode): readonly FieldError[] {
  const names = new Set<string>();
  return (spec.drivers ?? []).flatMap((driver, index) =>
    nodeDriverErrors(driver, names, `spec.drivers[${index}]`),
  );
}

function nodeDriverErrors(
  driver: CSINodeDriver,
  names: Set<string>,
  at: string,
): readonly FieldError[] {
  const { name, nodeID = "", allocatable, topologyKeys = [] } = driver;
  const errors = [...driverNameErrors(name, `${at}.name`)];
  if (nodeID === "") errors.push(required(`${at}.nodeID`, ""));
  if (nodeID.length > 192) {
    errors.push(invalidValue(`${at}.nodeID`, nodeID, "must be 192 characters or less"));
  }
  errors.push(...countErrors(allocatable?.count, `${at}.allocatable.count`));
  if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
  names.add(name);
  topologyKeys.forEach((key, index) => {
    if (key === "") errors.push(required(at, ""));
    if (topologyKeys.indexOf(key) < index) errors.push(duplicate(at, key));
    errors.push(...invalidEach(at, topologyKeys, qualifiedNameErrors(key)));
  });
  return errors;
}

/** A driver that a node has stays as it is until it goes. */
export function csiNodeUpdateErrors(next: CSINode, before: CSINode): readonly FieldError[] {
  return (before.spec.drivers ?? []).flatMap((old) => {
    const now = (next.spec.drivers ?? []).find(({ name }) => name === old.name);
    if (now === undefined || sameValue(now, old)) return [];
    return [rawInvalid("CSINodeDriver", goValue("CSINodeDriver", now), IMMUTABLE)];
  });
}

/** storage `ValidateCSIStorageCapacity`, without metadata. */
export function storageCapacityErrors(object: CSIStorageCapacity): readonly FieldError[] {
  const { storageClassName, nodeTopology } = object;
  const errors = [...labelSelectorErrors(nodeTopology, "nodeTopology")];
  const texts = dnsSubdomainErrors(storageClassName);
  errors.push(...invalidEach("storageClassName", storageClassName, texts));
  for (const key of ["capacity", "maximumVolumeSize"] as const) {
    const value = object[key];
    if (value !== undefined && nanosOf(value) < 0n)
      errors.push(invalidValue(key, value, NOT_NEGATIVE));
  }
  return errors;
}

/** storage `ValidateCSIStorageCapacityUpdate`. */
export function storageCapacityUpdateErrors(
  next: CSIStorageCapacity,
  before: CSIStorageCapacity,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!sameValue(next.nodeTopology, before.nodeTopology)) {
    errors.push(invalidValue("nodeTopology", shownSelector(next.nodeTopology), IMMUTABLE));
  }
  if (next.storageClassName !== before.storageClassName) {
    errors.push(invalidValue("storageClassName", next.storageClassName, IMMUTABLE));
  }
  return errors;
}

/** storage `ValidateVolumeAttachment` and `ValidateVolumeAttachmentV1`, without metadata. */
export function attachmentErrors({ spec }: VolumeAttachment): readonly FieldError[] {
  const { attacher = "", nodeName = "", source } = spec;
  const errors: FieldError[] = [];
  const lower = attacher.toLowerCase();
  if (attacher === "") errors.push(required("spec.attacher", ""));
  else errors.push(...invalidEach("spec.attacher", lower, qualifiedNameErrors(lower)));
  const { inlineVolumeSpec, persistentVolumeName: name } = source ?? {};
  const one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (inlineVolumeSpec === undefined && name === undefined) {
    errors.push(required("spec.source", one));
  } else if (inlineVolumeSpec !== undefined && name !== undefined) {
    errors.push(forbiddenField("spec.source", one));
  } else if (name === "") {
    const why = "must specify non empty persistentVolumeName";
    errors.push(required("spec.source.persistentVolumeName", why));
  } else if (inlineVolumeSpec !== undefined) {
    errors.push(...inlineVolumeErrors(inlineVolumeSpec, "spec.source.inlineVolumeSpec"));
  }
  errors.push(...invalidEach("spec.nodeName", nodeName, dnsSubdomainErrors(nodeName)));
  errors.push(...driverNameErrors(attacher, "spec.attacher"));
  if (name !== undefined) {
    const texts = dnsSubdomainErrors(name);
    errors.push(...invalidEach("spec.source.persistentVolumeName", name, texts));
  }
  return errors;
}

/** What is attached where does not change. */
export function attachmentUpdateErrors(
  next: VolumeAttachment,
  before: VolumeAttachment,
): readonly FieldError[] {
  return sameValue(next.spec, before.spec)
    ? []
    : [rawInvalid("spec", goValue("VolumeAttachmentSpec", next.spec), IMMUTABLE)];
}
