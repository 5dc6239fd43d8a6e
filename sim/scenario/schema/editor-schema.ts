import type { JsonSchema } from "./schema.ts";

const TEMPLATE = { type: "string", pattern: "^\\s*\\$\\{\\{.*\\}\\}\\s*$" } as const;

/**
 * The schema as an editor needs it: where a file may have a template instead of a number or a switch, the editor must
 * let it. `x-expected` is for our own messages and stays out.
 */
export function editorSchema(title: string, schema: JsonSchema): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: `ksim ${title}`,
    ...(widened(schema) as JsonSchema),
  };
}

function widened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(widened);
  if (value === null || typeof value !== "object") return value;
  const schema = Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "x-expected")
      .map(([key, part]) => [key, key === "examples" || key === "enum" ? part : widened(part)]),
  );
  const type = schema["type"];
  const narrow =
    type === "integer" ||
    type === "number" ||
    type === "boolean" ||
    "enum" in schema ||
    "pattern" in schema;
  if (!narrow) return schema;
  const { description, examples, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
    anyOf: [rest, TEMPLATE],
  };
}
