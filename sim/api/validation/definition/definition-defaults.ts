import { schemaErrors } from "../../kinds/custom/schema-errors.ts";
import { prune } from "../../kinds/custom/shape.ts";
import type { JSONSchemaProps } from "../../types.gen.ts";
import { type FieldError, invalidValue } from "../field-error.ts";
import { isSchema } from "./structural-schema.ts";

/** Defaults that do not fit their own schema (apiextensions `ValidateDefaults`). */
export function defaultErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (schema.default !== undefined) errors.push(...valueErrors(schema, `${path}.default`));
  const { items, properties = {} } = schema;
  if (isSchema(items)) errors.push(...defaultErrors(items, `${path}.items`));
  for (const name of Object.keys(properties).sort()) {
    const property = properties[name];
    if (property !== undefined)
      errors.push(...defaultErrors(property, `${path}.properties[${name}]`));
  }
  return errors;
}

function valueErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const value: unknown = schema.default;
  const unknown: string[] = [];
  prune(value, schema, "", unknown, schema["x-kubernetes-embedded-resource"] === true);
  if (unknown.length > 0) errors.push(invalidValue(path, value, "must not have unknown fields"));
  for (const { field, ...error } of schemaErrors(value, schema, "")) {
    const nowhere = field === "" || field === "<nil>";
    errors.push({ ...error, field: nowhere ? path : `${path}.${field}` });
  }
  return errors;
}
