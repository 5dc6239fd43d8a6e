import { PatternError, regexOf } from "../../regex.ts";
import type { JSONSchemaProps } from "../../types.gen.ts";
import { isSchema } from "../../validation/definition/structural-schema.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from "../../validation/field-error.ts";
import { goFloat } from "../../validation/go-text.ts";
import { sameValue } from "../same-value.ts";
import { FORMATS } from "./formats.ts";

/**
 * What is wrong with a value by its schema, in the words and order of kube-openapi's validation. `before` is the value
 * that it replaces: what does not change is not complained of again (ratcheting).
 */
export function schemaErrors(
  value: unknown,
  schema: JSONSchemaProps,
  path: string,
  before?: unknown,
): readonly FieldError[] {
  if (value === null && schema.nullable === true) return [];
  const errors: FieldError[] = [];
  const wrongType = typeError(value, schema, path);
  if (wrongType !== undefined) errors.push(wrongType);
  if (value !== null) errors.push(...combinedErrors(value, schema, path));
  if (typeof value === "string") errors.push(...stringErrors(value, schema, path));
  else if (typeof value === "number") errors.push(...numberErrors(value, schema, path));
  else if (Array.isArray(value)) errors.push(...arrayErrors(value, schema, path, before));
  errors.push(...enumErrors(value, schema, path));
  if (isMembers(value)) errors.push(...objectErrors(value, schema, path, before));
  return errors.length > 0 && before !== undefined && sameValue(value, before) ? [] : errors;
}

type Members = Readonly<Record<string, unknown>>;

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function typeError(value: unknown, schema: JSONSchemaProps, path: string): FieldError | undefined {
  const found = typeOf(value);
  let wanted = schema.type === undefined || schema.type === "" ? [] : [schema.type];
  if (schema["x-kubernetes-int-or-string"] === true) wanted = ["integer", "string"];
  if (wanted.length === 0 || wanted.includes(found)) return undefined;
  if (found === "integer" && wanted.includes("number")) return undefined;
  const list = wanted.join(",");
  const why = `${path} in body must be of type ${list}: ${JSON.stringify(found)}`;
  return typeInvalid(path, found, why);
}

function enumErrors(value: unknown, schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const allowed = schema.enum as readonly unknown[] | undefined;
  if (allowed === undefined || allowed.some((one) => sameValue(one, value))) return [];
  const texts = allowed.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  return [notSupported(path, value, texts)];
}

function stringErrors(value: string, schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const { format } = schema;
  const errors = textErrors(value, schema, path);
  if (format === undefined || FORMATS[format]?.(value) !== false) return errors;
  const why = `${path} in body must be of type ${format}: ${JSON.stringify(value)}`;
  return [...errors, typeInvalid(path, value, why)];
}

/** Upstream's string check stops at the first that fails. */
function textErrors(value: string, schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const { maxLength, minLength, pattern } = schema;
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) return [tooLong(path, maxLength)];
  if (minLength !== undefined && length < minLength) {
    const why = `${path} in body should be at least ${minLength} chars long`;
    return [invalidValue(path, value, why)];
  }
  if (pattern !== undefined && !matches(pattern, value)) {
    return [invalidValue(path, value, `${path} in body should match '${pattern}'`)];
  }
  return [];
}

/** A definition has checked its patterns; what is none lets everything pass. */
function matches(pattern: string, value: string): boolean {
  try {
    return regexOf(pattern).test(value);
  } catch (error) {
    if (error instanceof PatternError) return true;
    throw error;
  }
}

/** Whether a number fits its format. Upstream's answer names the place in its text alone. */
function rangeErrors(value: number, schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const { type, format = "" } = schema;
  const fits =
    type === "integer"
      ? inRange(value, format === "int32" ? 32 : 64)
      : type !== "number" || format !== "float" || Number.isFinite(Math.fround(value));
  if (fits) return [];
  const named = format === "" ? "(default format)" : `with format ${format}`;
  return [invalidValue("<nil>", "", `Checked value must be of type ${type} ${named} in ${path}`)];
}

function inRange(value: number, bits: 32 | 64): boolean {
  const half = 2 ** (bits - 1);
  return value >= -half && (bits === 32 ? value < half : value <= half);
}

function numberErrors(value: number, schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [...rangeErrors(value, schema, path)];
  const { minimum, maximum, multipleOf } = schema;
  const say = (text: string) => errors.push(invalidValue(path, value, `${path} in body ${text}`));
  if (multipleOf !== undefined && value % multipleOf !== 0) {
    say(`should be a multiple of ${goFloat(multipleOf)}`);
  }
  if (maximum !== undefined) {
    if (schema.exclusiveMaximum === true && value >= maximum)
      say(`should be less than ${goFloat(maximum)}`);
    else if (value > maximum) say(`should be less than or equal to ${goFloat(maximum)}`);
  }
  if (minimum !== undefined) {
    if (schema.exclusiveMinimum === true && value <= minimum) {
      say(`should be greater than ${goFloat(minimum)}`);
    } else if (value < minimum) say(`should be greater than or equal to ${goFloat(minimum)}`);
  }
  return errors;
}

function arrayErrors(
  value: readonly unknown[],
  schema: JSONSchemaProps,
  path: string,
  before: unknown,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { items, minItems, maxItems } = schema;
  if (isSchema(items)) {
    const keys = schema["x-kubernetes-list-map-keys"];
    const old = Array.isArray(before) ? (before as readonly unknown[]) : [];
    value.forEach((item, index) => {
      const past = old.length === 0 ? undefined : correlated(item, old, keys);
      errors.push(...schemaErrors(item, items, `${path}[${index}]`, past));
    });
  }
  if (minItems !== undefined && value.length < minItems) {
    const why = `${path} in body should have at least ${minItems} items`;
    errors.push(invalidValue(path, value.length, why));
  }
  if (maxItems !== undefined && value.length > maxItems) {
    errors.push(tooMany(path, value.length, maxItems));
  }
  return errors;
}

/** The old item with the same keys; items of other lists have no past. */
export function correlated(
  item: unknown,
  old: readonly unknown[],
  keys: readonly string[] | undefined,
): unknown {
  if (keys === undefined || keys.length === 0) return undefined;
  const read = (of: unknown, key: string) => (of as Members | undefined)?.[key];
  return old.find((other) => keys.every((key) => read(other, key) === read(item, key)));
}

function objectErrors(
  value: Members,
  schema: JSONSchemaProps,
  path: string,
  before: unknown,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { properties = {}, additionalProperties, minProperties, maxProperties } = schema;
  const count = Object.keys(value).length;
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  if (minProperties !== undefined && count < minProperties) {
    const why = `${path} in body should have at least ${minProperties} properties`;
    return [invalidValue(path, count, why)];
  }
  if (maxProperties !== undefined && count > maxProperties) {
    return [tooMany(path, count, maxProperties)];
  }
  const old = isMembers(before) ? before : undefined;
  for (const key of Object.keys(value).sort()) {
    if (!Object.hasOwn(properties, key) && additionalProperties === false) {
      const why = `${path}.${key} in body is a forbidden property`;
      errors.push(invalidValue(path, "", why));
    }
    const property =
      properties[key] ?? (isSchema(additionalProperties) ? additionalProperties : undefined);
    if (property !== undefined)
      errors.push(...schemaErrors(value[key], property, at(key), old?.[key]));
  }
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) errors.push(required(at(key), ""));
  }
  return errors;
}

function combinedErrors(
  value: unknown,
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const check = (part: JSONSchemaProps) => schemaErrors(value, part, path);
  const say = (text: string) => errors.push(unplaced(`${JSON.stringify(path)} ${text}`));
  if (schema.anyOf !== undefined) {
    const failures = schema.anyOf.map(check);
    if (!failures.some(({ length }) => length === 0)) {
      say("must validate at least one schema (anyOf)");
      errors.push(...bestOf(failures));
    }
  }
  if (schema.oneOf !== undefined) {
    const failures = schema.oneOf.map(check);
    const count = failures.filter(({ length }) => length === 0).length;
    if (count !== 1) {
      const found = count === 0 ? "Found none valid" : `Found ${count} valid alternatives`;
      say(`must validate one and only one schema (oneOf). ${found}`);
      if (count === 0) errors.push(...bestOf(failures));
    }
  }
  if (schema.allOf !== undefined) {
    const failures = schema.allOf.map(check);
    errors.push(...failures.flat());
    const count = failures.filter(({ length }) => length === 0).length;
    if (count < failures.length) {
      say(`must validate all the schemas (allOf)${count === 0 ? ". None validated" : ""}`);
    }
  }
  if (schema.not !== undefined && check(schema.not).length === 0) {
    say("must not validate the schema (not)");
  }
  return errors;
}

/** The failure that comes closest: the first with the fewest errors. */
function bestOf(failures: readonly (readonly FieldError[])[]): readonly FieldError[] {
  let best: readonly FieldError[] | undefined;
  for (const errors of failures)
    if (best === undefined || errors.length < best.length) best = errors;
  return best ?? [];
}

/** An error of a combination of schemas: upstream gives it neither a place nor a value. */
function unplaced(text: string): FieldError {
  return invalidValue("<nil>", "", text);
}

/** Repeated items of lists that are sets or maps. */
export function listErrors(
  value: unknown,
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    const type = schema["x-kubernetes-list-type"];
    const keys = schema["x-kubernetes-list-map-keys"] ?? [];
    const seen: unknown[] = [];
    return value.flatMap((item: unknown, index) => {
      const at = `${path}[${index}]`;
      const errors = isSchema(items) ? [...listErrors(item, items, at)] : [];
      if (type !== "set" && type !== "map") return errors;
      const key = type === "set" ? item : keyOf(item, keys);
      if (seen.some((other) => sameValue(other, key))) errors.push(duplicate(at, key));
      seen.push(key);
      return errors;
    });
  }
  if (typeof value !== "object" || value === null) return [];
  const members = value as Readonly<Record<string, unknown>>;
  return Object.keys(schema.properties ?? {}).flatMap((key) => {
    const property = schema.properties?.[key];
    const place = path === "" ? key : `${path}.${key}`;
    return property === undefined || members[key] === undefined
      ? []
      : listErrors(members[key], property, place);
  });
}

function keyOf(item: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const members = (item ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(keys.map((key) => [key, members[key]]));
}
