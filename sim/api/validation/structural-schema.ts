import type { JSONSchemaProps } from "../types.gen.ts";
import { type FieldError, forbiddenField, notSupported, required } from "./field-error.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

/** What keeps a schema from being structural (apiextensions `validateCustomResourceDefinitionOpenAPISchema`). */
export function structuralErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  return [...nodeErrors(schema, path, false), ...rootErrors(schema, path)];
}

function rootErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const { type } = schema;
  if (!type) return [required(`${path}.type`, "must not be empty at the root")];
  if (type === "object") return [];
  const message = `Invalid value: ${JSON.stringify(type)}: must be object at the root`;
  return [{ type: "FieldValueInvalid", field: `${path}.type`, message }];
}

function isOpen(schema: JSONSchemaProps): boolean {
  return (
    schema["x-kubernetes-int-or-string"] === true ||
    schema["x-kubernetes-preserve-unknown-fields"] === true
  );
}

function nodeErrors(schema: JSONSchemaProps, path: string, inner: boolean): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { type, properties, additionalProperties, items } = schema;
  if (type && !TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES));
  if (inner && !type && !isOpen(schema)) {
    const place = path.endsWith(".items") ? "array items" : "object fields";
    errors.push(required(`${path}.type`, `must not be empty for specified ${place}`));
  }
  if (schema.uniqueItems === true) {
    const why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbiddenField(`${path}.uniqueItems`, why));
  }
  if (schema.$ref !== undefined)
    errors.push(forbiddenField(`${path}.$ref`, "$ref is not supported"));
  if (properties !== undefined && isSchema(additionalProperties)) {
    const why = "additionalProperties and properties are mutual exclusive";
    errors.push(forbiddenField(`${path}.additionalProperties`, why));
  }
  for (const name of Object.keys(properties ?? {}).sort()) {
    const property = properties?.[name];
    if (property !== undefined) {
      errors.push(...nodeErrors(property, `${path}.properties[${name}]`, true));
    }
  }
  if (isSchema(additionalProperties)) {
    errors.push(...nodeErrors(additionalProperties, `${path}.additionalProperties`, true));
  }
  if (isSchema(items)) errors.push(...nodeErrors(items, `${path}.items`, true));
  else if (type === "array") errors.push(required(`${path}.items`, "must be specified"));
  return errors;
}

/** Whether a member that may also be a boolean or a list holds a schema. */
export function isSchema(value: unknown): value is JSONSchemaProps {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
