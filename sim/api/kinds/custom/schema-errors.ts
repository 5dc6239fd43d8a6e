import { parseTimestamp } from "../../meta/time.ts";
import type { JSONSchemaProps } from "../../types.gen.ts";
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
import { isIpv4, isIpv6 } from "../../validation/ip.ts";
import { isSchema } from "../../validation/structural-schema.ts";
import { byteLength } from "../base64.ts";
import { sameValue } from "../same-value.ts";

/** What is wrong with a value by its schema, in the words of kube-openapi's validation. */
export function schemaErrors(
  value: unknown,
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  if (value === null && schema.nullable === true) return [];
  const wrongType = typeError(value, schema, path);
  if (wrongType !== undefined) return [wrongType];
  const errors: FieldError[] = [];
  errors.push(...enumErrors(value, schema, path));
  if (typeof value === "string") errors.push(...stringErrors(value, schema, path));
  else if (typeof value === "number") errors.push(...numberErrors(value, schema, path));
  else if (Array.isArray(value)) errors.push(...arrayErrors(value, schema, path));
  else if (typeof value === "object" && value !== null) {
    errors.push(...objectErrors(value as Readonly<Record<string, unknown>>, schema, path));
  }
  errors.push(...combinedErrors(value, schema, path));
  return errors;
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

/** Upstream's string check stops at the first that fails. */
function stringErrors(value: string, schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const { maxLength, minLength, pattern, format } = schema;
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) return [tooLong(path, maxLength)];
  if (minLength !== undefined && length < minLength) {
    const why = `${path} in body should be at least ${minLength} chars long`;
    return [invalidValue(path, value, why)];
  }
  if (pattern !== undefined && !matches(pattern, value)) {
    return [invalidValue(path, value, `${path} in body should match '${pattern}'`)];
  }
  if (format !== undefined && FORMATS[format]?.(value) === false) {
    const why = `${path} in body must be of type ${format}: ${JSON.stringify(value)}`;
    return [typeInvalid(path, value, why)];
  }
  return [];
}

const patterns = new Map<string, RegExp | undefined>();

function matches(pattern: string, value: string): boolean {
  if (!patterns.has(pattern)) {
    let compiled: RegExp | undefined;
    try {
      compiled = new RegExp(pattern, "u");
    } catch {
      compiled = undefined;
    }
    patterns.set(pattern, compiled);
  }
  return patterns.get(pattern)?.test(value) ?? true;
}

const FORMATS: Readonly<Record<string, (value: string) => boolean>> = {
  "date-time": (value) => parseTimestamp(value) !== undefined,
  date: (value) => /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(value),
  ipv4: isIpv4,
  ipv6: isIpv6,
  uuid: (value) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(value),
  email: (value) => /^[^\s@]+@[^\s@]+$/.test(value),
  byte: (value) => byteLength(value) % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
};

function numberErrors(value: number, schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { minimum, maximum, multipleOf } = schema;
  const say = (text: string) => errors.push(invalidValue(path, value, `${path} in body ${text}`));
  if (multipleOf !== undefined && value % multipleOf !== 0) {
    say(`should be a multiple of ${multipleOf}`);
  }
  if (maximum !== undefined) {
    if (schema.exclusiveMaximum === true && value >= maximum) say(`should be less than ${maximum}`);
    else if (value > maximum) say(`should be less than or equal to ${maximum}`);
  }
  if (minimum !== undefined) {
    if (schema.exclusiveMinimum === true && value <= minimum) {
      say(`should be greater than ${minimum}`);
    } else if (value < minimum) say(`should be greater than or equal to ${minimum}`);
  }
  return errors;
}

function arrayErrors(
  value: readonly unknown[],
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { items, minItems, maxItems } = schema;
  if (isSchema(items)) {
    value.forEach((item, index) => {
      errors.push(...schemaErrors(item, items, `${path}[${index}]`));
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

function objectErrors(
  value: Readonly<Record<string, unknown>>,
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { properties = {}, additionalProperties, minProperties, maxProperties } = schema;
  const count = Object.keys(value).length;
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  if (minProperties !== undefined && count < minProperties) {
    const why = `${path} in body should have at least ${minProperties} properties`;
    errors.push(invalidValue(path, value, why));
  }
  if (maxProperties !== undefined && count > maxProperties) {
    errors.push(tooMany(path, count, maxProperties));
  }
  for (const key of [...(schema.required ?? [])].sort()) {
    if (value[key] === undefined) errors.push(required(at(key), ""));
  }
  for (const key of Object.keys(value).sort()) {
    const property =
      properties[key] ?? (isSchema(additionalProperties) ? additionalProperties : undefined);
    if (property !== undefined) errors.push(...schemaErrors(value[key], property, at(key)));
  }
  return errors;
}

function combinedErrors(
  value: unknown,
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const passes = (part: JSONSchemaProps) => schemaErrors(value, part, path).length === 0;
  const say = (text: string) => {
    errors.push(invalidValue(path, value, `${JSON.stringify(path)} ${text}`));
  };
  if (schema.anyOf !== undefined && !schema.anyOf.some(passes)) {
    say("must validate at least one schema (anyOf)");
  }
  if (schema.oneOf !== undefined) {
    const count = schema.oneOf.filter(passes).length;
    if (count !== 1) {
      const found = count === 0 ? "Found none valid" : `Found ${count} valid alternatives`;
      say(`must validate one and only one schema (oneOf). ${found}`);
    }
  }
  if (schema.allOf !== undefined && !schema.allOf.every(passes)) {
    say("must validate all the schemas (allOf)");
  }
  if (schema.not !== undefined && passes(schema.not)) say("must not validate the schema (not)");
  return errors;
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
