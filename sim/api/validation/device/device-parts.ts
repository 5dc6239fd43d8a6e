import { parseQuantity } from "../../meta/quantity.ts";
import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  Counter,
  CounterSet,
  Device,
  DeviceCapacity,
  DeviceCounterConsumption,
} from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  rawInvalid,
  required,
  tooMany,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { invalidEach } from "../meta.ts";
import { dnsLabelErrors, qualifiedNameErrors } from "../names.ts";

/* Parts of devices in slices: counters that they share, what may be asked of their capacity, what binding waits for. */

const MOST_COUNTER_SETS = 8;
const MOST_COUNTERS = 32;
const MOST_CONSUMPTIONS = 2;
const MOST_CONDITIONS = 4;
const MOST_OPTIONS = 10;

/** resource `validateCounterSet`, of all sets of a slice. */
export function counterSetErrors(sets: readonly CounterSet[], path: string): readonly FieldError[] {
  return namedSetErrors(sets, path, "name", ({ name }) => name, MOST_COUNTER_SETS);
}

/** resource `validateDeviceCounterConsumption`, of all that a device takes. */
export function consumptionErrors(
  consumed: readonly DeviceCounterConsumption[],
  path: string,
): readonly FieldError[] {
  const nameOf = ({ counterSet }: DeviceCounterConsumption) => counterSet;
  return namedSetErrors(consumed, path, "counterSet", nameOf, MOST_CONSUMPTIONS);
}

function namedSetErrors<T extends { readonly counters?: Readonly<Record<string, Counter>> }>(
  sets: readonly T[],
  path: string,
  key: string,
  nameOf: (set: T) => string | undefined,
  most: number,
): readonly FieldError[] {
  if (sets.length > most) return [tooMany(path, sets.length, most)];
  const names = sets.map((set) => nameOf(set) ?? "");
  return [
    ...sets.flatMap((set, index) => {
      const at = `${path}[${index}]`;
      const name = names[index] ?? "";
      const named =
        name === ""
          ? [required(`${at}.${key}`, "")]
          : invalidEach(`${at}.${key}`, name, dnsLabelErrors(name));
      return [...named, ...counterErrors(set.counters ?? {}, `${at}.counters`)];
    }),
    ...names.flatMap((name, index) =>
      names.indexOf(name) < index ? [duplicate(`${path}[${index}]`, name)] : [],
    ),
  ];
}

function counterErrors(
  counters: Readonly<Record<string, Counter>>,
  path: string,
): readonly FieldError[] {
  const names = Object.keys(counters).sort();
  if (names.length === 0) return [required(path, "")];
  if (names.length > MOST_COUNTERS) return [tooMany(path, names.length, MOST_COUNTERS)];
  return names.flatMap((name) => invalidEach(`${path}[${name}]`, name, dnsLabelErrors(name)));
}

/** resource `validateDeviceBindingParameters`: conditions that let a pod be bound, and those that forbid it, come together. */
export function bindingConditionErrors(device: Device, path: string): readonly FieldError[] {
  const good = device.bindingConditions ?? [];
  const bad = device.bindingFailureConditions ?? [];
  const [first, second] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`];
  const errors = [...conditionTypeErrors(good, first), ...conditionTypeErrors(bad, second)];
  errors.push(...repeated(good, first));
  bad.forEach((condition, index) => {
    const at = `${second}[${index}]`;
    if (bad.indexOf(condition) < index) errors.push(duplicate(at, condition));
    if (!good.includes(condition)) return;
    const why = "bindingFailureConditions must not overlap with bindingConditions";
    errors.push(invalidValue(at, condition, why));
  });
  if (good.length === 0 && bad.length > 0) {
    const why = "bindingConditions are required to use bindingFailureConditions";
    errors.push(rawInvalid(first, goValue("[]string", device.bindingConditions), why));
  }
  if (bad.length === 0 && good.length > 0) {
    const why = "bindingFailureConditions are required to use bindingConditions";
    errors.push(rawInvalid(second, goValue("[]string", device.bindingFailureConditions), why));
  }
  return errors;
}

function conditionTypeErrors(types: readonly string[], path: string): readonly FieldError[] {
  if (types.length > MOST_CONDITIONS) return [tooMany(path, types.length, MOST_CONDITIONS)];
  return types.flatMap((type, index) =>
    invalidEach(`${path}[${index}]`, type, qualifiedNameErrors(type)),
  );
}

function repeated(items: readonly string[], path: string): readonly FieldError[] {
  return items.flatMap((item, index) =>
    items.indexOf(item) < index ? [duplicate(`${path}[${index}]`, item)] : [],
  );
}

/** What may be asked of a capacity: only of devices that several claims share. */
export function capacityErrors(
  { value, requestPolicy }: DeviceCapacity,
  shared: boolean,
  path: string,
): readonly FieldError[] {
  if (requestPolicy === undefined) return [];
  const field = `${path}.requestPolicy`;
  if (!shared) return [forbiddenField(field, "allowMultipleAllocations must be true")];
  return requestPolicyErrors(requestPolicy, String(value), field);
}

function requestPolicyErrors(
  policy: CapacityRequestPolicy,
  capacity: string,
  path: string,
): readonly FieldError[] {
  const { validValues = [], validRange } = policy;
  const usual = policy.default;
  if (validValues.length > 0 && validRange !== undefined) {
    const why =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbiddenField(path, why)];
  }
  const key = validValues.length > 0 ? "validValues" : "validRange";
  if (validValues.length === 0 && validRange === undefined) return [];
  if (usual === undefined) return [required(`${path}.default`, `required when ${key} is defined`)];
  return validRange === undefined
    ? valuesErrors(validValues.map(String), String(usual), capacity, `${path}.${key}`)
    : rangeErrors(validRange, String(usual), capacity, `${path}.${key}`);
}

const nanosOf = (text: string): bigint => parseQuantity(text)?.nanos ?? 0n;

function valuesErrors(
  values: readonly string[],
  usual: string,
  capacity: string,
  path: string,
): readonly FieldError[] {
  const amounts = values.map(nanosOf);
  const unsorted = values.flatMap((value, index) =>
    index > 0 && (amounts[index - 1] ?? 0n) > (amounts[index] ?? 0n)
      ? [invalidValue(`${path}[${index}]`, value, "values must be sorted in ascending order")]
      : [],
  );
  const wrong =
    values.length > MOST_OPTIONS
      ? [tooMany(path, values.length, MOST_OPTIONS)]
      : values.flatMap((value, index) =>
          (amounts[index] ?? 0n) > nanosOf(capacity)
            ? [larger(`${path}[${index}]`, value, "option", capacity)]
            : [],
        );
  const twice = values.flatMap((value, index) =>
    amounts.indexOf(amounts[index] ?? 0n) < index ? [duplicate(`${path}[${index}]`, value)] : [],
  );
  const known = values.length <= MOST_OPTIONS && amounts.includes(nanosOf(usual));
  const why = "default value is not valid according to the requestPolicy";
  return [...unsorted, ...wrong, ...twice, ...(known ? [] : [invalidValue(path, usual, why)])];
}

function larger(field: string, value: string, what: string, capacity: string): FieldError {
  return invalidValue(field, value, `${what} is larger than capacity value: ${capacity}`);
}

function rangeErrors(
  { min, max, step }: CapacityRequestPolicyRange,
  usual: string,
  capacity: string,
  path: string,
): readonly FieldError[] {
  if (min === undefined) return [required(`${path}.min`, "required when validRange is defined")];
  const errors: FieldError[] = [];
  const [least, most] = [
    nanosOf(String(min)),
    max === undefined ? undefined : nanosOf(String(max)),
  ];
  const [whole, standard] = [nanosOf(capacity), nanosOf(usual)];
  if (least > whole) errors.push(larger(`${path}.min`, String(min), "min", capacity));
  if (standard < least)
    errors.push(invalidValue(`${path}.min`, usual, `default is less than min: ${min}`));
  if (most !== undefined) {
    if (least > most)
      errors.push(invalidValue(`${path}.max`, String(min), `min is larger than max: ${max}`));
    if (most > whole) errors.push(larger(`${path}.max`, String(max), "max", capacity));
    if (standard > most)
      errors.push(invalidValue(`${path}.max`, usual, `default is more than max: ${max}`));
  }
  if (step === undefined) return errors;
  const width = nanosOf(String(step));
  const apart = (value: string, amount: bigint): void => {
    if (width !== 0n && (amount - least) % width === 0n) return;
    const why = `value is not a multiple of a given step (${step}) from (${min})`;
    errors.push(invalidValue(`${path}.step`, value, why));
  };
  apart(usual, standard);
  if (max !== undefined && most !== undefined) apart(String(max), most);
  return errors;
}
