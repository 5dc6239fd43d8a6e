import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { Path, Problem } from "../problem.ts";
import type { SourceDocument } from "../source-file.ts";
import { nearest } from "./distance.ts";
import { meantValue } from "./meant-value.ts";
import type { JsonSchema } from "./schema.ts";

const compiled = new WeakMap<JsonSchema, ValidateFunction>();

function compile(schema: JsonSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    unicodeRegExp: true,
    discriminator: true,
  });
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** Checks a value against a schema; problems carry the place in the document that the value came from. */
export function checkSchema(
  schema: JsonSchema,
  value: unknown,
  document: SourceDocument,
  at: Path = [],
): readonly Problem[] {
  const validate = compile(schema);
  if (validate(value)) return [];
  return worst(validate.errors ?? []).map((error) => toProblem(error, value, document, at));
}

/**
 * An alternative that fails reports every alternative's errors: the deepest ones say most, and where none is deeper
 * than the alternative itself, what it expected says it best.
 */
function worst(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter(({ keyword }) => keyword === "anyOf");
  const dropped = new Set<ErrorObject>();
  for (const union of unions) {
    const prefix = `${union.schemaPath}/`;
    const own = errors.filter((error) => error.schemaPath.startsWith(prefix));
    const deepest = Math.max(0, ...own.map(depth));
    if (deepest > union.instancePath.split("/").length) {
      dropped.add(union);
      for (const error of own) if (depth(error) < deepest) dropped.add(error);
      continue;
    }
    // Errors of the wrong alternatives at the same place: the union's own words replace them.
    for (const error of own) dropped.add(error);
  }
  const seen = new Set<string>();
  return errors.filter((error) => {
    const id = `${error.instancePath}|${error.keyword}|${JSON.stringify(error.params)}`;
    if (dropped.has(error) || seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

/** How deep in the value an error is; a key that is wrong or missing is below the object that it belongs to. */
function depth({ instancePath, keyword, schemaPath }: ErrorObject): number {
  const ofKey =
    keyword === "additionalProperties" ||
    keyword === "discriminator" ||
    (keyword === "required" && schemaPath.includes("/oneOf/"));
  return instancePath.split("/").length + (ofKey ? 1 : 0);
}

function toProblem(error: ErrorObject, root: unknown, document: SourceDocument, at: Path): Problem {
  const inside = pathOf(error.instancePath, root);
  const path: Path = [...at, ...inside];
  if (error.keyword === "additionalProperties") {
    const key = String(error.params["additionalProperty"]);
    const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {});
    const place: Path = [...path, key];
    return document.source.problem(
      document.locate(place, true),
      place,
      `unknown key ${JSON.stringify(key)}`,
      suggestion(key, known),
    );
  }
  if (error.keyword === "discriminator") return untagged(error, [...path], document);
  const [message, hint] = describe(error);
  return document.source.problem(document.locate(path), path, message, hint);
}

/** An object of which nothing, or nothing known, says what it is. */
function untagged(error: ErrorObject, path: Path, document: SourceDocument): Problem {
  const { tag, tagValue } = error.params as { tag: string; tagValue: unknown };
  const { oneOf } = error.parentSchema as { oneOf: JsonSchema[] };
  const known = oneOf.flatMap(
    (one) => (one["properties"] as Record<string, { enum?: string[] }>)[tag]?.enum ?? [],
  );
  const place = [...path, tag];
  return document.source.problem(
    document.locate(place),
    place,
    `expected one of ${known.join(", ")}, got ${shown(tagValue)}`,
    typeof tagValue === "string" ? nearHint(tagValue, known) : undefined,
  );
}

function nearHint(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  return near === undefined ? undefined : `Did you mean ${JSON.stringify(near)}?`;
}

/** What was probably meant, or what there is to choose from. */
export function suggestion(name: string, known: readonly string[]): string | undefined {
  const near = nearHint(name, known);
  if (near !== undefined) return near;
  if (known.length === 0 || known.length > 40) return undefined;
  return `Expected one of: ${known.join(", ")}.`;
}

function describe(error: ErrorObject): readonly [message: string, suggestion?: string | undefined] {
  const schema = error.parentSchema as Record<string, unknown> | undefined;
  const got = shown(error.data);
  const expected = schema?.["x-expected"];
  switch (error.keyword) {
    case "required":
      return [
        `expected the key ${JSON.stringify(error.params["missingProperty"])}, which is missing`,
      ];
    case "enum": {
      const values = (error.params["allowedValues"] as unknown[]).map(String);
      return [
        `expected ${values.length === 1 ? "" : "one of "}${values.join(", ")}, got ${got}`,
        typeof error.data === "string" ? nearHint(error.data, values) : undefined,
      ];
    }
    case "type":
      return [
        `expected ${typeof expected === "string" ? expected : article(String(error.params["type"]))}, got ${got}`,
      ];
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return [
        `expected a number ${error.params["comparison"]} ${error.params["limit"]}, got ${got}`,
      ];
    default:
      return [
        typeof expected === "string"
          ? `expected ${expected}, got ${got}`
          : `${error.message ?? "is not valid"}, got ${got}`,
        typeof expected === "string" ? meantValue(expected, error.data) : undefined,
      ];
  }
}

function article(type: string): string {
  if (type === "object") return "a mapping";
  if (type === "array") return "a list";
  if (type === "string") return "a text";
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

/** A value as messages show it: short. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function pathOf(pointer: string, root: unknown): Path {
  const path: (string | number)[] = [];
  let value = root;
  for (const raw of pointer.split("/").slice(1)) {
    const part = raw.replace(/~1/g, "/").replace(/~0/g, "~");
    path.push(Array.isArray(value) ? Number(part) : part);
    value = (value as Record<string, unknown> | undefined)?.[part];
  }
  return path;
}

/** Places of problems, in the order of the file. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
