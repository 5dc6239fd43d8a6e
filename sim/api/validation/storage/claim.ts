import { sameValue } from "../../kinds/same-value.ts";
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "../../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue } from "../field-error.ts";
import { goLines } from "../go-value.ts";
import { lineDiff } from "../line-diff.ts";
import { IMMUTABLE } from "../meta.ts";
import { nanosOf } from "../resources.ts";
import { claimSpecErrors } from "./claim-spec.ts";
import { BETA_CLASS } from "./claim-warnings.ts";

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
  const errors: FieldError[] = [...claimErrors(next)];
  let compared = withAllowedChanges(now, old, next.status?.phase === "Bound");
  const [beta, had] = [next, before].map(({ metadata }) => metadata.annotations?.[BETA_CLASS]);
  const upgraded = had !== undefined && old.storageClassName === undefined;
  if (upgraded && now.storageClassName === had && (beta === undefined || beta === had)) {
    compared = withMember(compared, "storageClassName", undefined);
  } else {
    if ((beta ?? "") !== (had ?? "")) {
      errors.push(invalidValue(`metadata.annotations.${BETA_CLASS}`, beta ?? "", IMMUTABLE));
    }
    if (!had && old.storageClassName === undefined) {
      compared = withMember(compared, "storageClassName", undefined);
    }
  }
  // The name of its volume is written once.
  const frozen = old.volumeName ? old : withMember(old, "volumeName", now.volumeName);
  if (!sameValue(compared, frozen)) {
    const type = "PersistentVolumeClaimSpec";
    const difference = lineDiff(goLines(type, frozen), goLines(type, compared));
    errors.push(forbiddenField("spec", `${CLAIM_FROZEN}\n${difference}`));
  }
  return [...errors, ...sizeErrors(now, old, before), ...fixedErrors(now, old)];
}

function withAllowedChanges(
  now: PersistentVolumeClaimSpec,
  old: PersistentVolumeClaimSpec,
  bound: boolean,
): PersistentVolumeClaimSpec {
  if (!bound) return now;
  let spec = now;
  const requests = now.resources?.requests;
  if (requests !== undefined) {
    const storage = old.resources?.requests?.["storage"] ?? "0";
    spec = { ...spec, resources: { ...now.resources, requests: { ...requests, storage } } };
  }
  return now.volumeAttributesClassName === undefined
    ? spec
    : withMember(spec, "volumeAttributesClassName", old.volumeAttributesClassName);
}

function withMember<K extends "storageClassName" | "volumeName" | "volumeAttributesClassName">(
  spec: PersistentVolumeClaimSpec,
  key: K,
  value: string | undefined,
): PersistentVolumeClaimSpec {
  const { [key]: _, ...rest } = spec;
  return value === undefined ? rest : { ...rest, [key]: value };
}

/** A claim that failed to grow may be made smaller again, though not below what it has. */
function sizeErrors(
  now: PersistentVolumeClaimSpec,
  old: PersistentVolumeClaimSpec,
  before: PersistentVolumeClaim,
): readonly FieldError[] {
  const wanted = nanosOf(now.resources?.requests?.["storage"]);
  const had = nanosOf(old.resources?.requests?.["storage"]);
  const held = nanosOf(before.status?.capacity?.["storage"]);
  if (wanted >= had || wanted > held) return [];
  const why = "field can not be less than status.capacity";
  return [forbiddenField("spec.resources.requests.storage", why)];
}

function fixedErrors(
  now: PersistentVolumeClaimSpec,
  old: PersistentVolumeClaimSpec,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!sameValue(now.volumeMode, old.volumeMode)) {
    errors.push(invalidValue("volumeMode", now.volumeMode ?? null, IMMUTABLE));
  }
  const { volumeAttributesClassName: attributes } = now;
  if (old.volumeAttributesClassName !== undefined && !attributes) {
    const what = attributes === undefined ? "nil" : "an empty string";
    if (attributes === old.volumeAttributesClassName) return errors;
    const why = `update from non-nil value to ${what} is forbidden`;
    errors.push(forbiddenField("spec.volumeAttributesClassName", why));
  }
  return errors;
}

/** core `ValidatePersistentVolumeClaimStatusUpdate`, without metadata. */
export function claimStatusErrors({ status = {} }: PersistentVolumeClaim): readonly FieldError[] {
  const { capacity = {} } = status;
  return Object.keys(capacity)
    .sort()
    .flatMap((name) => {
      const nanos = nanosOf(capacity[name]);
      if (nanos >= 0n) return [];
      const value = Number(nanos / 1_000_000_000n);
      const why = "must be a valid resource quantity";
      return [invalidValue(`status.capacity[${name}]`, value, why)];
    });
}
