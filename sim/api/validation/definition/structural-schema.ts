import { PatternError, regexOf } from "../../regex.ts";
import type { JSONSchemaProps } from "../../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue, required } from "../field-error.ts";

/** Whether a member that may also be a boolean or a list holds a schema. */
export function isSchema(value: unknown): value is JSONSchemaProps {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Where in a schema a node stands: what must be said of its type depends on it. */
type Level = "root" | "item" | "field";

type Schemas = Readonly<Record<string, JSONSchemaProps>>;

/** What keeps a schema from being structural (apiextensions `ValidateStructural`), sorted by text as upstream sorts it. */
export function structuralErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors = [...nodeErrors(schema, "root", path), ...gapErrors(schema, path)];
  const text = ({ field, message }: FieldError) => `${field}: ${message}`;
  return errors.sort((one, other) => {
    const [left, right] = [text(one), text(other)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

function nodeErrors(schema: JSONSchemaProps, level: Level, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { type, properties = {}, items } = schema;
  if (type === "array" && !isSchema(items)) {
    errors.push(required(`${path}.items`, "must be specified"));
  }
  if (isSchema(items)) errors.push(...nodeErrors(items, "item", `${path}.items`));
  for (const name of Object.keys(properties).sort()) {
    const property = properties[name];
    if (property !== undefined)
      errors.push(...nodeErrors(property, "field", `${path}.properties[${name}]`));
  }
  errors.push(...genericErrors(schema, level, path), ...extensionErrors(schema, path));
  const [skipsAny, skipsAll] = [isEitherIntOrString(schema), isAllIntOrString(schema)];
  errors.push(...logicErrors(schema, level, path, skipsAny, skipsAll));
  errors.push(...typeErrors(schema, level, path), ...metadataErrors(schema, level, path));
  return errors;
}

function genericErrors(
  { additionalProperties }: JSONSchemaProps,
  level: Level,
  path: string,
): readonly FieldError[] {
  if (additionalProperties === undefined) return [];
  const at = `${path}.additionalProperties`;
  if (level === "root") return [forbiddenField(at, "must not be used at the root")];
  return isSchema(additionalProperties) ? nodeErrors(additionalProperties, "field", at) : [];
}

function extensionErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  if (schema["x-kubernetes-int-or-string"] !== true) return [];
  const why = "must be false if x-kubernetes-int-or-string is true";
  return (["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const)
    .filter((key) => schema[key] === true)
    .map((key) => invalidValue(`${path}.${key}`, true, why));
}

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function typeErrors(schema: JSONSchemaProps, level: Level, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { type = "", properties = {} } = schema;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (embedded && type !== "object") {
    const why = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(
      type === "" ? required(`${path}.type`, why) : invalidValue(`${path}.type`, type, why),
    );
  } else if (type === "" && !open && schema["x-kubernetes-int-or-string"] !== true) {
    errors.push(required(`${path}.type`, EMPTY_TYPE[level]));
  }
  if (embedded && schema.additionalProperties !== undefined) {
    const why = "must not be used if x-kubernetes-embedded-resource is set";
    errors.push(forbiddenField(`${path}.additionalProperties`, why));
  }
  if (level === "root" && type !== "" && type !== "object") {
    errors.push(invalidValue(`${path}.type`, type, "must be object at the root"));
  }
  if (embedded && !open && Object.keys(properties).length === 0) {
    const why =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(`${path}.properties`, why));
  }
  return errors;
}

/** What a schema may say of apiVersion, kind and metadata of a whole object. */
function metadataErrors(
  schema: JSONSchemaProps,
  level: Level,
  path: string,
): readonly FieldError[] {
  if (level !== "root" && schema["x-kubernetes-embedded-resource"] !== true) return [];
  const errors: FieldError[] = [];
  for (const [name, wanted] of [
    ["kind", "string"],
    ["apiVersion", "string"],
    ["metadata", "object"],
  ] as const) {
    const property = schema.properties?.[name];
    if (property === undefined || property.type === wanted) continue;
    const field = `${path}.properties[${name}].type`;
    errors.push(invalidValue(field, property.type ?? "", `must be ${wanted}`));
  }
  const metadata = schema.properties?.["metadata"];
  if (level === "root" && metadata !== undefined && restrictsMetadata(metadata)) {
    const why =
      "must not specify anything other than name and generateName, but metadata is implicitly specified";
    errors.push(forbiddenField(`${path}.properties[metadata]`, why));
  }
  return errors;
}

function restrictsMetadata(metadata: JSONSchemaProps): boolean {
  const { type: _, default: __, properties = {}, ...rest } = metadata;
  const names = Object.keys(properties);
  const known = names.every((name) => name === "name" || name === "generateName");
  return !known || Object.values(rest).some((value) => value !== undefined);
}

/** Schemas that restrict values only: what is structural must stand outside of them. */
function logicErrors(
  schema: JSONSchemaProps,
  level: Level,
  path: string,
  skipsAny = false,
  skipsFirstAll = false,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  if (!skipsAny) {
    anyOf.forEach((part, index) => {
      errors.push(...nestedErrors(part, level, `${path}.anyOf[${index}]`));
    });
  }
  allOf.forEach((part, index) => {
    const skips = index === 0 && skipsFirstAll;
    errors.push(...nestedErrors(part, level, `${path}.allOf[${index}]`, skips));
  });
  oneOf.forEach((part, index) => {
    errors.push(...nestedErrors(part, level, `${path}.oneOf[${index}]`));
  });
  if (not !== undefined) errors.push(...nestedErrors(not, level, `${path}.not`));
  const mistake = pattern === undefined ? undefined : patternMistake(pattern);
  if (mistake !== undefined) {
    const why = `must be a valid regular expression, but isn't: ${mistake}`;
    errors.push(invalidValue(`${path}.pattern`, pattern, why));
  }
  return errors;
}

/** What is wrong with a regular expression, in Go's words. */
function patternMistake(pattern: string): string | undefined {
  try {
    regexOf(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

/** Members that only a structural schema may have, with what is said of them elsewhere. */
const STRUCTURAL_ONLY: readonly (readonly [key: keyof JSONSchemaProps, why: string])[] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

function isSaid(value: unknown): boolean {
  if (value === undefined || value === "" || value === false) return false;
  return !Array.isArray(value) || value.length > 0;
}

function nestedErrors(
  schema: JSONSchemaProps,
  level: Level,
  path: string,
  skipsAny = false,
): readonly FieldError[] {
  const errors = [...logicErrors(schema, level, path, skipsAny)];
  const { items, properties = {} } = schema;
  if (isSchema(items)) errors.push(...nestedErrors(items, "item", `${path}.items`));
  for (const name of Object.keys(properties).sort()) {
    const property = properties[name];
    if (property !== undefined)
      errors.push(...nestedErrors(property, "field", `${path}.properties[${name}]`));
  }
  for (const [key, why] of STRUCTURAL_ONLY) {
    if (isSaid(schema[key])) errors.push(forbiddenField(`${path}.${key}`, why));
  }
  if (properties["metadata"] !== undefined) {
    const why = "must not be specified in a nested context";
    errors.push(forbiddenField(`${path}.properties[metadata]`, why));
  }
  return errors;
}

/** Fields that a restriction speaks of, but the structural schema does not. */
function gapErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { properties = {}, items, additionalProperties } = schema;
  for (const [part, at] of partsOf(schema, path)) errors.push(...missingIn(part, schema, path, at));
  if (isSchema(items)) errors.push(...gapErrors(items, `${path}.items`));
  if (isSchema(additionalProperties))
    errors.push(...gapErrors(additionalProperties, `${path}.additionalProperties`));
  for (const [name, property] of Object.entries(properties as Schemas))
    errors.push(...gapErrors(property, `${path}.properties[${name}]`));
  return errors;
}

function partsOf(
  { anyOf = [], allOf = [], oneOf = [], not }: JSONSchemaProps,
  path: string,
): readonly (readonly [JSONSchemaProps, string])[] {
  return [
    ...allOf.map((part, index) => [part, `${path}.allOf[${index}]`] as const),
    ...anyOf.map((part, index) => [part, `${path}.anyOf[${index}]`] as const),
    ...oneOf.map((part, index) => [part, `${path}.oneOf[${index}]`] as const),
    ...(not === undefined ? [] : [[not, `${path}.not`] as const]),
  ];
}

function missingIn(
  part: JSONSchemaProps,
  whole: JSONSchemaProps | undefined,
  path: string,
  at: string,
): readonly FieldError[] {
  if (whole === undefined) return [required(path, `because it is defined in ${at}`)];
  const errors: FieldError[] = [];
  for (const [inner, place] of partsOf(part, at))
    errors.push(...missingIn(inner, whole, path, place));
  if (isSchema(part.items)) {
    const items = isSchema(whole.items) ? whole.items : undefined;
    errors.push(...missingIn(part.items, items, `${path}.items`, `${at}.items`));
  }
  for (const [name, property] of Object.entries((part.properties ?? {}) as Schemas)) {
    const other = whole.properties?.[name];
    const steps = `.properties[${name}]`;
    errors.push(...missingIn(property, other, `${path}${steps}`, `${at}${steps}`));
  }
  return errors;
}

/** `anyOf: [{type: integer}, {type: string}]`, which goes with x-kubernetes-int-or-string. */
function isEitherIntOrString(schema: JSONSchemaProps): boolean {
  if (schema["x-kubernetes-int-or-string"] !== true) return false;
  return isEither(schema.anyOf);
}

function isAllIntOrString(schema: JSONSchemaProps): boolean {
  if (schema["x-kubernetes-int-or-string"] !== true) return false;
  return isEither(schema.allOf?.[0]?.anyOf);
}

function isEither(parts: readonly JSONSchemaProps[] = []): boolean {
  return parts.length === 2 && parts[0]?.type === "integer" && parts[1]?.type === "string";
}
