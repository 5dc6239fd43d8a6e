import { evaluate } from "../../cel/program.ts";
import type { JSONSchemaProps } from "../../types.gen.ts";
import { isSchema } from "../../validation/definition/structural-schema.ts";

/** A JSON value as the rules of its schema see it: typed numbers, times and durations, names that expressions can say. */
export function schemaValue(value: unknown, schema: JSONSchemaProps): unknown {
  if (typeof value === "number") {
    const whole = schema.type === "integer" || schema["x-kubernetes-int-or-string"] === true;
    return whole || (schema.type === undefined && Number.isInteger(value)) ? BigInt(value) : value;
  }
  if (typeof value === "string") return textValue(value, schema);
  if (Array.isArray(value)) {
    const items = isSchema(schema.items) ? schema.items : {};
    return value.map((item) => schemaValue(item, items));
  }
  if (typeof value !== "object" || value === null) return value;
  const members = value as Readonly<Record<string, unknown>>;
  const { properties = {}, additionalProperties } = schema;
  const rest = isSchema(additionalProperties) ? additionalProperties : {};
  return Object.fromEntries(
    Object.keys(members).map((key) => {
      const property = properties[key];
      return property === undefined
        ? [key, schemaValue(members[key], rest)]
        : [escapedName(key), schemaValue(members[key], property)];
    }),
  );
}

const CONVERSIONS: Readonly<Record<string, string>> = {
  "date-time": "timestamp(text)",
  date: "timestamp(text + 'T00:00:00Z')",
  duration: "duration(text)",
  byte: "bytes(text)",
};

function textValue(text: string, { type, format = "" }: JSONSchemaProps): unknown {
  const conversion = type === "string" ? CONVERSIONS[format] : undefined;
  if (conversion === undefined) return text;
  const outcome = evaluate(conversion, { text });
  return "value" in outcome ? outcome.value : text;
}

/** Words that are not names in CEL. */
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** apiserver `cel.Escape`: a field's name as expressions write it. */
function escapedName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replace(/__|[./-]/g, (part) => ESCAPES[part] ?? part);
}

const ESCAPES: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};
