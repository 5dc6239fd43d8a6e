import { type CelType, DYN, listOf, type Size, simple, sized } from "../../cel/typed/types.ts";
import type { JSONSchemaProps } from "../../types.gen.ts";
import { isSchema } from "./structural-schema.ts";

/*
 * Types of a schema's values as rules see them (apiserver cel/common `SchemaDeclType`), with what of them fits into one request
 * at most, and with the fewest bytes that they take.
 */

/** A schema's type, and how many bytes of JSON its smallest value takes. */
export interface Declared {
  readonly type: CelType;
  readonly bytes: number;
}

/** Bytes of the largest request (`DefaultMaxRequestSizeBytes`). */
const LARGEST_REQUEST = 3 * 1024 * 1024;
/** What a value takes at least in JSON. */
const [NUMBER, BOOL, TEXT, PAIR_OF_BRACKETS, DURATION, DATE, TIME] = [1, 4, 2, 2, 3, 12, 21];
/** Letters of the longest durations and times. */
const LONGEST_TIME = 32;

const upTo = (max: number): Size => ({ min: 0, max });
const NOTHING = upTo(0);

/** How often a value can stand in one object at most. */
export const mostTimes = (bytes: number): number => Math.floor(LARGEST_REQUEST / (bytes + 1));

/** The type of a schema's values; undefined where rules cannot see them. `root`: of an object with a name. */
export function declaredType(schema: JSONSchemaProps, root: boolean): Declared | undefined {
  if (schema["x-kubernetes-int-or-string"] === true)
    return { type: sized(DYN, upTo(longestText(schema))), bytes: NUMBER };
  switch (schema.type) {
    case "array":
      return arrayType(schema);
    case "object":
      return isSchema(schema.additionalProperties)
        ? mapType(schema, schema.additionalProperties)
        : objectType(root ? withIdentity(schema) : schema);
    case "string":
      return textType(schema);
    case "boolean":
      return { type: sized(simple("bool"), NOTHING), bytes: BOOL };
    case "number":
      return { type: sized(simple("double"), NOTHING), bytes: NUMBER };
    case "integer":
      return { type: sized(simple("int"), NOTHING), bytes: NUMBER };
    default:
      return undefined;
  }
}

const isEmbedded = (schema: JSONSchemaProps): boolean =>
  schema["x-kubernetes-embedded-resource"] === true;

function arrayType({ items, maxItems }: JSONSchemaProps): Declared | undefined {
  const element = isSchema(items) ? declaredType(items, isEmbedded(items)) : undefined;
  if (element === undefined) return undefined;
  const most = maxItems ?? Math.floor((LARGEST_REQUEST - 2) / (element.bytes + 1));
  return { type: listOf(element.type, upTo(Math.max(0, most))), bytes: PAIR_OF_BRACKETS };
}

function mapType(
  { maxProperties }: JSONSchemaProps,
  values: JSONSchemaProps,
): Declared | undefined {
  const value = declaredType(values, isEmbedded(values));
  if (value === undefined) return undefined;
  const most = maxProperties ?? Math.floor((LARGEST_REQUEST - 2) / (value.bytes + 6));
  const key = sized(simple("string"), NOTHING);
  const size = upTo(Math.max(0, most));
  return { type: { kind: "map", key, value: value.type, size }, bytes: PAIR_OF_BRACKETS };
}

function objectType({ properties = {}, required = [] }: JSONSchemaProps): Declared {
  const fields = new Map<string, CelType>();
  let bytes = PAIR_OF_BRACKETS;
  for (const [name, property] of Object.entries(properties)) {
    const declared = declaredType(property, isEmbedded(property));
    if (declared === undefined) continue;
    fields.set(name, declared.type);
    if (required.includes(name) && property.default === undefined)
      bytes += name.length + declared.bytes + 4;
  }
  const field = (name: string) => fields.get(unescaped(name)) ?? fields.get(name);
  return { type: { kind: "object", name: "object", field, size: NOTHING }, bytes };
}

function textType(schema: JSONSchemaProps): Declared {
  const size = upTo(longestText(schema));
  switch (schema.format) {
    case "byte": {
      const most = schema.maxLength ?? LARGEST_REQUEST - 2;
      return { type: sized(simple("bytes"), upTo(Math.max(0, most))), bytes: TEXT };
    }
    case "duration":
      return { type: sized(simple("duration"), upTo(LONGEST_TIME)), bytes: DURATION };
    case "date":
      return { type: sized(simple("timestamp"), upTo(DATE)), bytes: DATE };
    case "date-time":
      return { type: sized(simple("timestamp"), upTo(LONGEST_TIME)), bytes: TIME };
    default:
      return { type: sized(simple("string"), size), bytes: TEXT };
  }
}

/** A letter may take four bytes. */
function longestText(schema: JSONSchemaProps): number {
  const { maxLength, enum: values = [] } = schema;
  if (maxLength !== undefined) return Math.max(0, maxLength) * 4;
  if (values.length === 0 || schema["x-kubernetes-int-or-string"] === true)
    return LARGEST_REQUEST - 2;
  return Math.max(...values.map((one) => (typeof one === "string" ? one.length : 0)));
}

const text: JSONSchemaProps = { type: "string" };

/** What every object with a name has, whatever its schema says. */
function withIdentity(schema: JSONSchemaProps): JSONSchemaProps {
  const { properties = {} } = schema;
  const metadata = { type: "object", properties: { name: text, generateName: text } };
  return { ...schema, properties: { ...properties, kind: text, apiVersion: text, metadata } };
}

const ESCAPED: readonly (readonly [RegExp, string])[] = [
  [/__dot__/g, "."],
  [/__dash__/g, "-"],
  [/__slash__/g, "/"],
  [/__underscores__/g, "__"],
  [/^__([a-z]+)__$/, "$1"],
];

/** A field's name as it is in JSON. */
function unescaped(name: string): string {
  return ESCAPED.reduce((plain, [pattern, by]) => plain.replace(pattern, by), name);
}
