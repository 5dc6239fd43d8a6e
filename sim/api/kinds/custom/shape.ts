import type { JSONSchemaProps } from "../../types.gen.ts";
import { isSchema } from "../../validation/definition/structural-schema.ts";

type Members = Readonly<Record<string, unknown>>;

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Members of every object, which no schema has to name. */
const IMPLICIT = new Set(["apiVersion", "kind", "metadata"]);

/**
 * A value without what its schema does not know. What is dropped is reported in `unknown` by its path.
 * `implicit` says that the value is a whole object, with apiVersion, kind and metadata.
 */
export function prune(
  value: unknown,
  schema: JSONSchemaProps,
  path: string,
  unknown: string[],
  implicit: boolean,
): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!isSchema(items)) return value;
    return value.map((item, index) =>
      prune(item, items, `${path}[${index}]`, unknown, isEmbedded(items)),
    );
  }
  if (!isMembers(value)) return value;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const place = path === "" ? key : `${path}.${key}`;
    const property = schema.properties?.[key];
    const { additionalProperties: rest } = schema;
    if (property !== undefined) {
      result[key] = prune(value[key], property, place, unknown, isEmbedded(property));
    } else if (isSchema(rest)) {
      result[key] = prune(value[key], rest, place, unknown, isEmbedded(rest));
    } else if (open || rest === true || (implicit && IMPLICIT.has(key))) result[key] = value[key];
    else unknown.push(place);
  }
  return result;
}

function isEmbedded(schema: JSONSchemaProps): boolean {
  return schema["x-kubernetes-embedded-resource"] === true;
}

/** A value with its schema's defaults, without nulls that the schema does not allow. The same value when nothing changes. */
export function withDefaults(value: unknown, schema: JSONSchemaProps): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!isSchema(items)) return value;
    const done = value.map((item) =>
      item === null && items.default !== undefined && items.nullable !== true
        ? items.default
        : withDefaults(item, items),
    );
    return done.every((item, index) => item === value[index]) ? value : done;
  }
  if (!isMembers(value)) return value;
  let result: Record<string, unknown> | undefined;
  const set = (key: string, next: unknown) => {
    result ??= { ...value };
    if (next === undefined) delete result[key];
    else result[key] = next;
  };
  const { properties = {}, additionalProperties } = schema;
  for (const key of Object.keys(properties)) {
    const property = properties[key];
    if (property === undefined) continue;
    const before = value[key];
    const missing = before === undefined || (before === null && property.nullable !== true);
    const base = missing ? property.default : before;
    const after = base === undefined ? undefined : withDefaults(base, property);
    if (after !== before) set(key, after);
  }
  if (isSchema(additionalProperties)) {
    for (const key of Object.keys(value)) {
      if (properties[key] !== undefined) continue;
      const after = withDefaults(value[key], additionalProperties);
      if (after !== value[key]) set(key, after);
    }
  }
  return result ?? value;
}
