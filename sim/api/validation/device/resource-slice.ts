import { sameValue } from "../../kinds/same-value.ts";
import type {
  Device,
  DeviceAttribute,
  DeviceTaint,
  ResourceSlice,
  ResourceSliceSpec,
} from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  rawInvalid,
  required,
  tooLong,
  tooMany,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from "../names.ts";
import { nodeSelectorErrors } from "../selectors.ts";
import { deviceQualifiedNameErrors, driverNameErrors, poolErrors } from "./device-names.ts";
import {
  bindingConditionErrors,
  capacityErrors,
  consumptionErrors,
  counterSetErrors,
} from "./device-parts.ts";

const MOST_DEVICES = 128;
/** Of devices that have taints or take from counters a slice holds fewer. */
const MOST_ADVANCED_DEVICES = 64;
const MOST_ATTRIBUTES = 32;
const LONGEST_VALUE = 64;
const MOST_TAINTS = 16;

/** resource `validateResourceSliceSpec`. */
export function resourceSliceErrors({ spec }: ResourceSlice): readonly FieldError[] {
  return [...headErrors(spec), ...bodyErrors(spec)];
}

/** resource `ValidateResourceSliceUpdate`: a slice stays in its pool, with its driver, on its node. */
export function resourceSliceUpdateErrors(
  next: ResourceSlice,
  before: ResourceSlice,
): readonly FieldError[] {
  const fixed: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["spec.pool.name", next.spec.pool.name, before.spec.pool.name],
    ["spec.driver", next.spec.driver, before.spec.driver],
    ["spec.nodeName", next.spec.nodeName, before.spec.nodeName],
  ];
  const moved = fixed
    .filter(([, now, old]) => now !== old)
    .map(([field, now]) => invalidValue(field, now ?? null, IMMUTABLE));
  return [...headErrors(next.spec), ...moved, ...bodyErrors(next.spec, before.spec)];
}

function headErrors({ driver, pool }: ResourceSliceSpec): readonly FieldError[] {
  const errors = [...driverNameErrors(driver ?? "", "spec.driver")];
  const { name = "", resourceSliceCount = 0, generation = 0 } = pool ?? {};
  errors.push(...poolErrors(name, "spec.pool.name"));
  if (resourceSliceCount <= 0) {
    const why = "must be greater than zero";
    errors.push(invalidValue("spec.pool.resourceSliceCount", resourceSliceCount, why));
  }
  if (generation < 0) {
    const why = "must be greater than or equal to zero";
    errors.push(invalidValue("spec.pool.generation", generation, why));
  }
  return errors;
}

function bodyErrors(spec: ResourceSliceSpec, before?: ResourceSliceSpec): readonly FieldError[] {
  const errors = [...placeErrors(spec)];
  const { devices = [], sharedCounters = [] } = spec;
  if (devices.length > 0 && sharedCounters.length > 0) {
    const why = "only one of `sharedCounters` or `devices` is allowed";
    errors.push(invalidValue("spec", "", why));
  }
  const advanced = devices.some(
    ({ taints = [], consumesCounters = [] }) => taints.length + consumesCounters.length > 0,
  );
  const most = advanced ? MOST_ADVANCED_DEVICES : MOST_DEVICES;
  const counters = counterSetErrors(sharedCounters, "spec.sharedCounters");
  if (devices.length > most)
    return [...errors, tooMany("spec.devices", devices.length, most), ...counters];
  devices.forEach((device, index) => {
    const old = before?.devices?.find(({ name }) => name === device.name);
    const each = spec.perDeviceNodeSelection === true;
    errors.push(...deviceErrors(device, old, `spec.devices[${index}]`, each));
  });
  devices.forEach(({ name }, index) => {
    if (devices.findIndex((one) => one.name === name) < index) {
      errors.push(duplicate(`spec.devices[${index}]`, name));
    }
  });
  return [...errors, ...counters];
}

/** One of the ways to say which nodes the devices are on. */
function placeErrors(spec: ResourceSliceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const set: string[] = [];
  const { nodeName, nodeSelector } = spec;
  if (nodeName === "") {
    const why = "must be either unset or set to a non-empty string";
    errors.push(invalidValue("spec.nodeName", nodeName, why));
  } else if (nodeName !== undefined) {
    set.push("`nodeName`");
    errors.push(...invalidEach("spec.nodeName", nodeName, dnsSubdomainErrors(nodeName)));
  }
  if (nodeSelector !== undefined) {
    set.push("`nodeSelector`");
    errors.push(...nodeSelectorErrors(nodeSelector, "spec.nodeSelector"));
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      const shown = goValue("[]NodeSelectorTerm", nodeSelector.nodeSelectorTerms);
      const why = "must have exactly one node selector term";
      errors.push(rawInvalid("spec.nodeSelector.nodeSelectorTerms", shown, why));
    }
  }
  for (const key of ["allNodes", "perDeviceNodeSelection"] as const) {
    if (spec[key] === true) set.push(`\`${key}\``);
    else if (spec[key] === false) {
      errors.push(invalidValue(`spec.${key}`, false, "must be either unset or set to true"));
    }
  }
  const one =
    "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (set.length === 0) errors.push(required("spec", one));
  else if (set.length > 1) {
    const why = `${one}, but multiple fields are set`;
    errors.push(invalidValue("spec", `{${set.join(", ")}}`, why));
  }
  return errors;
}

function deviceErrors(
  device: Device,
  old: Device | undefined,
  path: string,
  placed: boolean,
): readonly FieldError[] {
  const { name = "", attributes = {}, capacity = {}, taints = [] } = device;
  const errors = [...invalidEach(`${path}.name`, name, dnsLabelErrors(name))];
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > MOST_ATTRIBUTES) {
    const why = `the total number of attributes and capacities must not exceed ${MOST_ATTRIBUTES}`;
    errors.push(invalidValue(path, count, why));
  }
  for (const key of Object.keys(attributes).sort()) {
    errors.push(...deviceQualifiedNameErrors(key, `${path}.attributes`));
    errors.push(...attributeErrors(attributes[key] ?? {}, `${path}.attributes[${key}]`));
  }
  if (!sameValue(old?.capacity, capacity)) {
    for (const key of Object.keys(capacity).sort()) {
      errors.push(...deviceQualifiedNameErrors(key, `${path}.capacity`));
      const shared = device.allowMultipleAllocations === true;
      const offered = capacity[key];
      if (offered !== undefined)
        errors.push(...capacityErrors(offered, shared, `${path}.capacity[${key}]`));
    }
  }
  if (!sameValue(old?.taints, taints)) errors.push(...taintErrors(taints, `${path}.taints`));
  errors.push(...consumptionErrors(device.consumesCounters ?? [], `${path}.consumesCounters`));
  errors.push(...devicePlaceErrors(device, path, placed));
  return [...errors, ...bindingConditionErrors(device, path)];
}

const NUMBER = "(0|[1-9]\\d*)";
const PRE_RELEASE = "(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRE_RELEASE}(\\.${PRE_RELEASE})*)?(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?$`,
);

function attributeErrors(attribute: DeviceAttribute, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { string, version } = attribute;
  if (string !== undefined && string.length > LONGEST_VALUE) {
    errors.push(tooLong(`${path}.string`, LONGEST_VALUE));
  }
  if (version !== undefined) {
    if (!VERSION.test(version)) {
      const why = "must be a string compatible with semver.org spec 2.0.0";
      errors.push(invalidValue(`${path}.version`, version, why));
    }
    if (version.length > LONGEST_VALUE) errors.push(tooLong(`${path}.version`, LONGEST_VALUE));
  }
  const count = Object.values(attribute).filter((value) => value !== undefined).length;
  const why = "exactly one value must be specified";
  if (count === 0) errors.push(invalidValue(path, "", why));
  if (count > 1) errors.push(rawInvalid(path, goValue("DeviceAttribute", attribute), why));
  return errors;
}

const EFFECTS = ["NoExecute", "NoSchedule", "None"];

function taintErrors(taints: readonly DeviceTaint[], path: string): readonly FieldError[] {
  if (taints.length > MOST_TAINTS) return [tooMany(path, taints.length, MOST_TAINTS)];
  return taints.flatMap(({ key = "", value = "", effect = "" }, index) => {
    const at = `${path}[${index}]`;
    const errors = [...invalidEach(`${at}.key`, key, qualifiedNameErrors(key))];
    errors.push(...invalidEach(`${at}.value`, value, labelValueErrors(value)));
    if (effect === "") errors.push(required(`${at}.effect`, ""));
    else if (!EFFECTS.includes(effect)) {
      errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
    }
    return errors;
  });
}

/** Devices say where they are if, and only if, their slice leaves it to them. */
function devicePlaceErrors(device: Device, path: string, placed: boolean): readonly FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!placed) {
    if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return [];
    const why =
      "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    return [invalidValue(path, null, why)];
  }
  const errors: FieldError[] = [];
  const set: string[] = [];
  if (nodeName === "") errors.push(invalidValue(`${path}.nodeName`, "", "must not be empty"));
  else if (nodeName !== undefined) {
    set.push("`nodeName`");
    errors.push(...invalidEach(`${path}.nodeName`, nodeName, dnsSubdomainErrors(nodeName)));
  }
  if (nodeSelector !== undefined) {
    set.push("`nodeSelector`");
    errors.push(...nodeSelectorErrors(nodeSelector, `${path}.nodeSelector`));
  }
  if (allNodes === true) set.push("`allNodes`");
  else if (allNodes === false) {
    errors.push(invalidValue(`${path}.allNodes`, false, "must be either unset or set to true"));
  }
  const why =
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  if (set.length === 0) errors.push(required(path, why));
  else if (set.length > 1) errors.push(invalidValue(path, `{${set.join(", ")}}`, why));
  return errors;
}
