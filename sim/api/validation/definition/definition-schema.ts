import type { JSONSchemaProps, ValidationRule } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { isSchema } from "./structural-schema.ts";

/*
 * apiextensions `ValidateCustomResourceDefinitionOpenAPISchema`: what a schema may not say, structural or not. Upstream
 * goes through properties in Go's map order; here they go by name.
 */

/** Where defaults are not allowed, and why. */
interface Place {
  readonly insideMeta: boolean;
  readonly noDefaults: string | undefined;
}

/** What may not stand in a schema. */
export function openApiSchemaErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  return nodeErrors(schema, path, { insideMeta: false, noDefaults: undefined }, true);
}

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const META_FIELDS = new Set(["metadata", "kind", "apiVersion"]);

/** JSON schema's keywords that structural schemas cannot express. */
export const UNSUPPORTED_KEYWORDS = [
  "id",
  "additionalItems",
  "patternProperties",
  "definitions",
  "dependencies",
  "$ref",
] as const;

function isUsed(value: unknown): boolean {
  if (value === undefined || value === "" || value === null) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

function keywordErrors(
  schema: JSONSchemaProps,
  path: string,
  { noDefaults }: Place,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (schema.default !== undefined && noDefaults !== undefined) {
    errors.push(forbiddenField(`${path}.default`, `must not be set ${noDefaults}`));
  }
  for (const key of UNSUPPORTED_KEYWORDS) {
    if (isUsed(schema[key]))
      errors.push(forbiddenField(`${path}.${key}`, `${key} is not supported`));
  }
  const { type = "" } = schema;
  if (type === "null") {
    const why = "type cannot be set to null, use nullable as an alternative";
    errors.push(forbiddenField(`${path}.type`, why));
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    errors.push(forbiddenField(`${path}.items`, "items must be a schema object and not an array"));
  }
  if (type !== "" && !TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES));
  if (schema["x-kubernetes-int-or-string"] === true && type !== "") {
    const why = "must be empty if x-kubernetes-int-or-string is true";
    errors.push(forbiddenField(`${path}.type`, why));
  }
  if (schema.uniqueItems === true) {
    const why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbiddenField(`${path}.uniqueItems`, why));
  }
  return errors;
}

function nodeErrors(
  schema: JSONSchemaProps,
  path: string,
  place: Place,
  root = false,
): readonly FieldError[] {
  const errors = [...keywordErrors(schema, path, place)];
  const { properties = {}, additionalProperties, items } = schema;
  const inside = (what: string): Place =>
    place.insideMeta
      ? { insideMeta: true, noDefaults: `inside ${what} applying to object metadata` }
      : place;
  if (additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`;
    if (Object.keys(properties).length > 0 && additionalProperties !== true) {
      const why = "additionalProperties and properties are mutual exclusive";
      errors.push(forbiddenField(at, why));
    }
    if (isSchema(additionalProperties))
      errors.push(...nodeErrors(additionalProperties, at, inside("additionalProperties")));
  }
  const whole = root || schema["x-kubernetes-embedded-resource"] === true;
  for (const name of Object.keys(properties).sort()) {
    const property = properties[name];
    if (property === undefined) continue;
    const meta = whole && META_FIELDS.has(name);
    const below: Place = meta
      ? { insideMeta: true, noDefaults: root ? "in top-level metadata" : place.noDefaults }
      : place;
    errors.push(...nodeErrors(property, `${path}.properties[${name}]`, below));
  }
  if (schema.not !== undefined) errors.push(...nodeErrors(schema.not, `${path}.not`, place));
  for (const key of ["allOf", "oneOf", "anyOf"] as const) {
    (schema[key] ?? []).forEach((part, index) => {
      errors.push(...nodeErrors(part, `${path}.${key}[${index}]`, place));
    });
  }
  if (isSchema(items)) errors.push(...nodeErrors(items, `${path}.items`, inside("array items")));
  errors.push(...extensionErrors(schema, path), ...listErrors(schema, path));
  (schema["x-kubernetes-validations"] ?? []).forEach((rule, index) => {
    errors.push(...ruleErrors(rule, schema, `${path}.x-kubernetes-validations[${index}]`));
  });
  return errors;
}

function typedError(
  schema: JSONSchemaProps,
  wanted: string,
  path: string,
  extension: string,
): readonly FieldError[] {
  const { type = "" } = schema;
  if (type === wanted) return [];
  const why = `must be ${wanted} if ${extension} is specified`;
  return [type === "" ? required(`${path}.type`, why) : invalidValue(`${path}.type`, type, why)];
}

function extensionErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const open = "x-kubernetes-preserve-unknown-fields";
  if (schema[open] === false) {
    errors.push(invalidValue(`${path}.${open}`, false, "must be true or undefined"));
  }
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType !== undefined) {
    const key = "x-kubernetes-map-type";
    errors.push(...typedError(schema, "object", path, key));
    const types = ["atomic", "granular"];
    if (!types.includes(mapType)) errors.push(notSupported(`${path}.${key}`, mapType, types));
  }
  const listType = schema["x-kubernetes-list-type"];
  if (listType === undefined) return errors;
  const key = "x-kubernetes-list-type";
  if (schema.type !== "array") errors.push(...typedError(schema, "array", path, key));
  else if (listType === "set" && isSchema(schema.items)) {
    errors.push(...setItemErrors(schema.items, `${path}.items`));
  }
  const types = ["atomic", "set", "map"];
  if (!types.includes(listType)) errors.push(notSupported(`${path}.${key}`, listType, types));
  return errors;
}

function setItemErrors(items: JSONSchemaProps, path: string): readonly FieldError[] {
  const why = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items["x-kubernetes-list-type"];
  const mapType = items["x-kubernetes-map-type"];
  if (items.type === "array" && listType !== undefined && listType !== "atomic") {
    return [invalidValue(`${path}.x-kubernetes-list-type`, listType, why)];
  }
  if (items.type !== "object" || mapType === "atomic") return [];
  return [invalidValue(`${path}.x-kubernetes-map-type`, mapType ?? null, why)];
}

/** Rules of lists whose items are told apart by keys. */
function listErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const typeField = `${path}.x-kubernetes-list-type`;
  const keysField = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length > 0 && type !== "map") {
    const why = "must be map if x-kubernetes-list-map-keys is non-empty";
    errors.push(type === undefined ? required(typeField, why) : invalidValue(typeField, type, why));
  }
  const { items } = schema;
  if (type === "map") {
    if (keys.length === 0) {
      errors.push(required(keysField, "must not be empty if x-kubernetes-list-type is map"));
    }
    if (items === undefined) {
      const why = "must have a schema if x-kubernetes-list-type is map";
      errors.push(required(`${path}.items`, why));
    } else if (isSchema(items)) errors.push(...keyErrors(items, keys, path));
  }
  if (isSchema(items) && (type === "map" || type === "set"))
    errors.push(...itemErrors(items, type, keys, `${path}.items`));
  return errors;
}

function keyErrors(
  items: JSONSchemaProps,
  keys: readonly string[],
  path: string,
): readonly FieldError[] {
  const { type = "", properties = {} } = items;
  if (type !== "object") {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    return [invalidValue(`${path}.items.type`, type, why)];
  }
  const errors: FieldError[] = [];
  const field = `${path}.x-kubernetes-list-map-keys`;
  const seen = new Set<string>();
  for (const key of keys) {
    const property = properties[key];
    if (property === undefined) {
      errors.push(invalidValue(field, keys, "entries must all be names of item properties"));
    } else if (property.type === "array" || property.type === "object") {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalidValue(`${path}.items.properties[${key}].type`, type, why));
    }
    if (seen.has(key)) errors.push(invalidValue(field, keys, "must not contain duplicate entries"));
    seen.add(key);
  }
  return errors;
}

function itemErrors(
  items: JSONSchemaProps,
  type: string,
  keys: readonly string[],
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (items.nullable === true) {
    const why = `cannot be nullable when x-kubernetes-list-type is ${type}`;
    errors.push(forbiddenField(`${path}.nullable`, why));
  }
  if (type !== "map") return errors;
  const needed = new Set(items.required ?? []);
  for (const key of keys) {
    const property = items.properties?.[key];
    if (property === undefined) continue;
    const at = `${path}.properties[${key}]`;
    const start = "this property is in x-kubernetes-list-map-keys, so it";
    if (!needed.has(key) && property.default === undefined) {
      const why = `${start} must have a default or be a required property`;
      errors.push(required(`${at}.default`, why));
    }
    if (property.nullable === true) {
      errors.push(forbiddenField(`${at}.nullable`, `${start} cannot be nullable`));
    }
  }
  return errors;
}

const REASONS = [
  "FieldValueRequired",
  "FieldValueForbidden",
  "FieldValueInvalid",
  "FieldValueDuplicate",
];

function ruleErrors(
  rule: ValidationRule,
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { message = "", messageExpression = "", reason, fieldPath = "" } = rule;
  const text = (rule.rule ?? "").trim();
  const say = (key: string, value: unknown, why: string) => {
    errors.push(invalidValue(`${path}.${key}`, value, why));
  };
  if (text === "") errors.push(required(`${path}.rule`, "rule is not specified"));
  else if (message !== "" && message.trim() === "") {
    say("message", message, "message must be non-empty if specified");
  } else if (hasNewlines(message.trim())) {
    say("message", message, "message must not contain line breaks");
  } else if (hasNewlines(text) && message.trim() === "") {
    const why = "message must be specified if rule contains line breaks";
    errors.push(required(`${path}.message`, why));
  }
  if (messageExpression !== "" && messageExpression.trim() === "") {
    const why = "messageExpression must be non-empty if specified";
    errors.push(required(`${path}.messageExpression`, why));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(`${path}.reason`, reason, REASONS));
  }
  if (fieldPath !== "" && fieldPath.trim() === "") {
    say("fieldPath", fieldPath, "fieldPath must be non-empty if specified");
  }
  if (hasNewlines(fieldPath)) {
    say("fieldPath", fieldPath, "fieldPath must not contain line breaks");
  }
  if (fieldPath !== "" && schemaAt(schema, fieldPath) === undefined) {
    say("fieldPath", fieldPath, "fieldPath must be a valid path");
  }
  return errors;
}

function hasNewlines(text: string): boolean {
  return /[\r\n]/.test(text);
}

/** The schema that a path like `.spec.a['b-c']` leads to; undefined when it leads nowhere. Lists are no way. */
export function schemaAt(schema: JSONSchemaProps, path: string): JSONSchemaProps | undefined {
  let node: JSONSchemaProps | undefined = schema;
  let rest = path;
  while (rest !== "" && node !== undefined) {
    const step: RegExpExecArray | null = /^(?:\.([^.[\]']+)|\['((?:[^'\\]|\\.)*)'\])/.exec(rest);
    if (step === null) return undefined;
    const name = (step[1] ?? step[2] ?? "").replace(/\\(.)/g, "$1");
    const { additionalProperties }: JSONSchemaProps = node;
    node =
      node.properties?.[name] ??
      (isSchema(additionalProperties) ? additionalProperties : undefined);
    rest = rest.slice(step[0].length);
  }
  return node;
}
