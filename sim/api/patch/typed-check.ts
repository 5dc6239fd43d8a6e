import { type FieldType, structType, type TypeRef } from "../schema/types.ts";
import { goText, isObject, type JsonObject } from "./json-value.ts";
import { keyDefaults } from "./merge-schema.ts";

/**
 * What keeps an applied configuration from being of its schema, in structured-merge-diff's words: fields that are not
 * declared, values of another shape, list items that repeat a key or have none. Empty when it fits.
 */
export function typedErrors(typeName: string | undefined, value: unknown): readonly string[] {
  const errors: string[] = [];
  if (typeName !== undefined) structErrors(typeName, value, "", errors);
  return errors;
}

/** The same for an object of a definition with this structural schema. */
export function customTypedErrors(openApi: unknown, value: unknown): readonly string[] {
  const errors: string[] = [];
  if (!isObject(openApi) || !isObject(value)) return errors;
  const { metadata, apiVersion: _, kind: __, ...content } = value;
  structErrors("meta.v1.ObjectMeta", metadata, ".metadata", errors);
  openApiErrors(openApi, content, "", errors);
  return errors;
}

/** Several mistakes in one text, as upstream joins them. */
export function typedErrorText(errors: readonly string[]): string {
  if (errors.length === 1) return errors[0] ?? "";
  return ["errors:", ...errors.map((error) => `  ${error}`)].join("\n");
}

function say(errors: string[], path: string, why: string): void {
  errors.push(path === "" ? why : `${path}: ${why}`);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function structErrors(name: string, value: unknown, path: string, errors: string[]): void {
  const struct = structType(name);
  if (struct === undefined || struct.fields.size === 0 || isNothing(value)) return;
  if (!isObject(value)) {
    say(errors, path, `expected map, got &{${goText(value)}}`);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const place = `${path}.${key}`;
    const field = struct.fields.get(key);
    if (field === undefined) say(errors, place, "field not declared in schema");
    else typeErrors(field.type, field, member, place, errors);
  }
}

function typeErrors(
  type: TypeRef,
  field: FieldType | undefined,
  value: unknown,
  path: string,
  errors: string[],
): void {
  if (isNothing(value)) return;
  switch (type.tag) {
    case "struct":
      structErrors(type.name, value, path, errors);
      break;
    case "map":
      if (!isObject(value)) {
        say(errors, path, `expected map, got &{${goText(value)}}`);
        return;
      }
      for (const [key, member] of Object.entries(value))
        typeErrors(type.item, undefined, member, `${path}.${key}`, errors);
      break;
    case "list": {
      const keys = (field?.listKeys ?? []).map((name) => ({ name, fallback: keyDefaults[name] }));
      const relation = { type: field?.listType, keys };
      listErrors(value, relation, path, errors, (item, at) => {
        typeErrors(type.item, undefined, item, at, errors);
      });
      break;
    }
    case "scalar":
      scalarErrors(SCALARS[type.code] ?? "any", value, path, errors);
      break;
    default:
  }
}

type Scalar = "any" | "boolean" | "numeric" | "string";

const SCALARS: Readonly<Record<string, Scalar>> = {
  string: "string",
  bool: "boolean",
  int32: "numeric",
  int64: "numeric",
  float64: "numeric",
  time: "string",
  microTime: "string",
  bytes: "string",
};

function scalarErrors(scalar: Scalar, value: unknown, path: string, errors: string[]): void {
  const found = typeof value;
  if (scalar === "numeric" && found !== "number") {
    say(errors, path, `expected numeric (int or float), got ${goType(value)}`);
  } else if (scalar === "string" && found !== "string") {
    say(errors, path, `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
  } else if (scalar === "boolean" && found !== "boolean") {
    say(errors, path, `expected boolean, got &{${goText(value)}}`);
  } else if (scalar === "any" && found === "object") {
    say(errors, path, `expected any scalar, got &{${goText(value)}}`);
  }
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : typeof value === "number" ? "float64" : "string";
}

/** A value as Go's `%#v` prints it. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`);
  return `map[string]interface {}{${members.join(", ")}}`;
}

/** How the items of a list are told apart. */
interface Relation {
  readonly type: unknown;
  readonly keys: readonly { readonly name: string; readonly fallback: unknown }[];
}

function listErrors(
  value: unknown,
  relation: Relation,
  path: string,
  errors: string[],
  inside: (item: unknown, at: string) => void,
): void {
  if (isNothing(value)) return;
  if (!Array.isArray(value)) {
    say(errors, path, `expected list, got &{${goText(value)}}`);
    return;
  }
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const element = elementOf(item, relation, index);
    if (element.mistake !== undefined) {
      say(errors, path, `element ${index}: ${element.mistake}`);
      return;
    }
    if (seen.has(element.text)) say(errors, path, `duplicate entries for key ${element.text}`);
    seen.add(element.text);
    inside(item, `${path}${element.text}`);
  }
}

function elementOf(
  item: unknown,
  { type, keys }: Relation,
  index: number,
): { readonly text: string; readonly mistake?: string } {
  if (type === "set") return setElement(item);
  if (type !== "map") return { text: `[${index}]` };
  const mistaken = (mistake: string) => ({ text: "", mistake });
  if (isNothing(item)) return mistaken("associative list with keys may not have a null element");
  if (!isObject(item)) return mistaken("associative list with keys may not have non-map elements");
  const parts: string[] = [];
  for (const { name, fallback } of keys.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const key = item[name] ?? fallback;
    if (key === undefined)
      return mistaken(
        `associative list with keys has an element that omits key field ${JSON.stringify(name)} (and doesn't have default value)`,
      );
    parts.push(`${name}=${JSON.stringify(key)}`);
  }
  return { text: `[${parts.join(",")}]` };
}

function setElement(item: unknown): { readonly text: string; readonly mistake?: string } {
  const mistaken = (mistake: string) => ({ text: "", mistake });
  if (isNothing(item))
    return mistaken("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item))
    return mistaken("not supported: associative list with lists as elements");
  if (isObject(item))
    return mistaken("associative list without keys has an element that's a map type");
  return { text: `[=${JSON.stringify(item)}]` };
}

const OPEN_API_SCALARS: Readonly<Record<string, Scalar>> = {
  string: "string",
  boolean: "boolean",
  integer: "numeric",
  number: "numeric",
};

function openApiErrors(schema: JsonObject, value: unknown, path: string, errors: string[]): void {
  if (isNothing(value)) return;
  const anyScalar = schema["x-kubernetes-int-or-string"] === true;
  const type = String(schema["type"] ?? "");
  const scalar = anyScalar ? "any" : OPEN_API_SCALARS[type];
  if (scalar !== undefined) scalarErrors(scalar, value, path, errors);
  else if (type === "array") openApiListErrors(schema, value, path, errors);
  else if (type === "object") openApiObjectErrors(schema, value, path, errors);
}

function openApiListErrors(
  schema: JsonObject,
  value: unknown,
  path: string,
  errors: string[],
): void {
  const { items } = schema;
  if (!isObject(items)) return;
  const properties = isObject(items["properties"]) ? items["properties"] : {};
  const names = (schema["x-kubernetes-list-map-keys"] ?? []) as readonly string[];
  const keys = names.map((name) => {
    const property = properties[name];
    return { name, fallback: isObject(property) ? property["default"] : undefined };
  });
  listErrors(value, { type: schema["x-kubernetes-list-type"], keys }, path, errors, (item, at) =>
    openApiErrors(items, item, at, errors),
  );
}

function openApiObjectErrors(
  schema: JsonObject,
  value: unknown,
  path: string,
  errors: string[],
): void {
  if (!isObject(value)) {
    say(errors, path, `expected map, got &{${goText(value)}}`);
    return;
  }
  const { properties, additionalProperties } = schema;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  for (const [key, member] of Object.entries(value)) {
    const place = `${path}.${key}`;
    const property =
      isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (isObject(property)) openApiErrors(property, member, place, errors);
    else if (isObject(additionalProperties)) {
      openApiErrors(additionalProperties, member, place, errors);
    } else if (!open && !embedded && additionalProperties !== true && properties !== undefined) {
      say(errors, place, "field not declared in schema");
    }
  }
}
