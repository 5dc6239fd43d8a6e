import { isObject } from "../patch/json-value.ts";
import { message, type WireWriter } from "../protobuf/wire.ts";
import type { Schema } from "./open-api.ts";

/** Media type in which kubectl asks for the OpenAPI v2 document. */
export const OPEN_API_V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/** Media type that the answer carries: the one asked for is not a valid header value. */
export const OPEN_API_V2_ANSWER = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

function text(writer: WireWriter, number: number, value: unknown): void {
  if (typeof value === "string") writer.text(number, value);
}

/** Field numbers of gnostic's `openapi.v2` messages (OpenAPIv2.proto). */
const schemaTexts: Readonly<Record<string, number>> = {
  $ref: 1,
  format: 2,
  title: 3,
  description: 4,
  pattern: 13,
};
const schemaNumbers: Readonly<Record<string, number>> = { multipleOf: 6, maximum: 7, minimum: 9 };
const schemaCounts: Readonly<Record<string, number>> = {
  maxLength: 11,
  minLength: 12,
  maxItems: 14,
  minItems: 15,
  maxProperties: 17,
  minProperties: 18,
};
const schemaFlags: Readonly<Record<string, number>> = {
  exclusiveMaximum: 8,
  exclusiveMinimum: 10,
  uniqueItems: 16,
};
const methods: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

/** A value as gnostic's `Any`: its YAML, which JSON is. */
function any(value: unknown): Uint8Array {
  return message((writer) => text(writer, 2, JSON.stringify(value)));
}

function named(name: string, value: Uint8Array): Uint8Array {
  return message((writer) => {
    text(writer, 1, name);
    writer.bytes(2, value);
  });
}

function extensions(writer: WireWriter, number: number, holder: Schema): void {
  for (const [key, value] of Object.entries(holder))
    if (key.startsWith("x-")) writer.bytes(number, named(key, any(value)));
}

function schemaBytes(schema: Schema): Uint8Array {
  return message((writer) => {
    for (const [key, value] of Object.entries(schema)) schemaMember(writer, key, value);
    extensions(writer, 31, schema);
  });
}

function schemaMember(writer: WireWriter, key: string, value: unknown): void {
  const [texts, numbers] = [schemaTexts[key], schemaNumbers[key]];
  const [counts, flags] = [schemaCounts[key], schemaFlags[key]];
  if (texts !== undefined) text(writer, texts, value);
  else if (numbers !== undefined) writer.double(numbers, Number(value));
  else if (counts !== undefined) writer.varint(counts, Number(value));
  else if (flags !== undefined) writer.varint(flags, value === true ? 1 : 0);
  else if (key === "default") writer.bytes(5, any(value));
  else if (key === "type")
    writer.bytes(
      22,
      message((inner) => text(inner, 1, value)),
    );
  else if (Array.isArray(value)) {
    if (key === "required") for (const name of value) text(writer, 19, name);
    if (key === "enum") for (const one of value) writer.bytes(20, any(one));
  } else if (isObject(value)) schemaPart(writer, key, value);
}

function schemaPart(writer: WireWriter, key: string, value: Schema): void {
  const inner = (): Uint8Array => message((part) => part.bytes(1, schemaBytes(value)));
  if (key === "additionalProperties") writer.bytes(21, inner());
  else if (key === "items") writer.bytes(23, inner());
  else if (key === "properties") writer.bytes(25, namedSchemas(value));
}

/** Properties and definitions alike: names with their schemas. */
function namedSchemas(schemas: Schema): Uint8Array {
  return message((writer) => {
    for (const [name, schema] of Object.entries(schemas))
      if (isObject(schema)) writer.bytes(1, named(name, schemaBytes(schema)));
  });
}

function queryParameter(parameter: Schema): Uint8Array {
  const query = message((writer) => {
    text(writer, 2, parameter["in"]);
    text(writer, 4, parameter["name"]);
    text(writer, 6, parameter["type"]);
    writer.varint(20, parameter["uniqueItems"] === true ? 1 : 0);
  });
  const sub = message((writer) => writer.bytes(3, query));
  const whole = message((writer) => writer.bytes(2, sub));
  return message((writer) => writer.bytes(1, whole));
}

function operation(value: Schema): Uint8Array {
  return message((writer) => {
    for (const parameter of (value["parameters"] ?? []) as readonly Schema[])
      writer.bytes(8, queryParameter(parameter));
    writer.text(9, "");
    extensions(writer, 13, value);
  });
}

function pathItem(item: Schema): Uint8Array {
  return message((writer) => {
    for (const [method, value] of Object.entries(item)) {
      const number = methods[method];
      if (number !== undefined && isObject(value)) writer.bytes(number, operation(value));
    }
  });
}

/** An OpenAPI v2 document (as `openApiV2` makes it) in the protobuf form that kubectl reads. */
export function openApiV2Bytes(document: Schema): Uint8Array {
  const info = (document["info"] ?? {}) as Schema;
  return message((writer) => {
    text(writer, 1, document["swagger"]);
    writer.bytes(
      2,
      message((inner) => {
        text(inner, 1, info["title"]);
        text(inner, 2, info["version"]);
      }),
    );
    const paths = Object.entries((document["paths"] ?? {}) as Schema);
    writer.bytes(
      8,
      message((inner) => {
        for (const [path, item] of paths) inner.bytes(2, named(path, pathItem(item as Schema)));
      }),
    );
    writer.bytes(9, namedSchemas((document["definitions"] ?? {}) as Schema));
  });
}
