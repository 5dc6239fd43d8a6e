import { compile } from "../cel/program.ts";
import type { JSONSchemaProps, ValidationRule } from "../types.gen.ts";
import { type FieldError, invalidValue } from "./field-error.ts";
import { goValue } from "./go-value.ts";
import { rawInvalid } from "./security.ts";
import { isSchema } from "./structural-schema.ts";

/** Rules in a structural schema that cannot be compiled, in cel-go's words, or may not be where they are. */
export function ruleCompileErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  walk(schema, path, { root: true, uncorrelatable: undefined }, errors);
  return errors;
}

interface Place {
  readonly root: boolean;
  /** Path of the list or map whose parts have no old values. */
  readonly uncorrelatable: string | undefined;
}

function walk(schema: JSONSchemaProps, path: string, place: Place, errors: FieldError[]): void {
  const { properties = {}, additionalProperties, items } = schema;
  const inner = { root: false, uncorrelatable: place.uncorrelatable };
  const atomic = schema["x-kubernetes-map-type"] === "atomic" ? path : undefined;
  const below = { ...inner, uncorrelatable: inner.uncorrelatable ?? atomic };
  if (isSchema(additionalProperties))
    walk(additionalProperties, `${path}.additionalProperties`, below, errors);
  for (const name of Object.keys(properties).sort()) {
    const property = properties[name];
    if (property !== undefined) walk(property, `${path}.properties[${name}]`, below, errors);
  }
  if (isSchema(items)) {
    const keyed = schema["x-kubernetes-list-type"] === "map";
    const uncorrelatable = inner.uncorrelatable ?? (keyed ? undefined : path);
    walk(items, `${path}.items`, { root: false, uncorrelatable }, errors);
  }
  (schema["x-kubernetes-validations"] ?? []).forEach((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    errors.push(...ruleErrors(rule, schema, at, place));
  });
}

function ruleErrors(
  rule: ValidationRule,
  schema: JSONSchemaProps,
  path: string,
  { root, uncorrelatable }: Place,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const shown = () => goValue("ValidationRule", rule);
  const program = compile(rule.rule);
  const problem = program.problem ?? mistakeIn(rule.rule, schema, root);
  if (problem !== undefined) {
    errors.push(rawInvalid(`${path}.rule`, shown(), `compilation failed: ${problem}`));
  }
  const { messageExpression } = rule;
  const message =
    messageExpression === undefined
      ? undefined
      : (compile(messageExpression).problem ?? mistakeIn(messageExpression, schema, root));
  if (message !== undefined) {
    const why = `messageExpression compilation failed: ${message}`;
    errors.push(rawInvalid(`${path}.messageExpression`, shown(), why));
  }
  if (program.reads("oldSelf")) {
    if (uncorrelatable !== undefined) {
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      errors.push(invalidValue(`${path}.rule`, rule.rule, why));
    }
  } else if (rule.optionalOldSelf !== undefined) {
    const why = "may not be set if oldSelf is not used in rule";
    errors.push(invalidValue(`${path}.optionalOldSelf`, rule.optionalOldSelf, why));
  }
  return errors;
}

const TEXTS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*/g;

/** Names that every expression knows. */
const KNOWN_NAMES = new Set(
  "self oldSelf true false null in int uint double bool string bytes list map type dyn duration timestamp null_type math base64 sets optional quantity url cidr ip format semver isIP isURL isCIDR cel google k8s strings".split(
    " ",
  ),
);
const BOUND = /\(\s*([A-Za-z_]\w*)\s*,(?:\s*([A-Za-z_]\w*)\s*,)?/g;

/** What cel-go's checker would find: names that nothing stands behind, and fields that the schema does not have. */
function mistakeIn(expression: string, schema: JSONSchemaProps, root: boolean): string | undefined {
  const bare = expression.replace(TEXTS, (text) => " ".repeat(text.length));
  const known = new Set(KNOWN_NAMES);
  for (const [, one = "", other = ""] of bare.matchAll(BOUND)) known.add(one).add(other);
  for (const { 0: name, index } of bare.matchAll(/(?<![\w.?`])[A-Za-z_]\w*(?!\w|\s*[({:`])/g)) {
    if (known.has(name)) continue;
    return located(expression, index, `undeclared reference to '${name}' (in container '')`);
  }
  return undefinedField(expression, bare, schema, root);
}

/** The first field that an expression reads of `self` or `oldSelf` though the schema has none such. */
function undefinedField(
  expression: string,
  bare: string,
  schema: JSONSchemaProps,
  root: boolean,
): string | undefined {
  for (const match of bare.matchAll(/(?<![\w.])(?:self|oldSelf)((?:\.[A-Za-z_]\w*)+)(\s*\()?/g)) {
    const names = (match[1] ?? "").slice(1).split(".");
    if (match[2] !== undefined) names.pop();
    let offset = match.index + match[0].indexOf(".");
    let node: JSONSchemaProps | undefined = schema;
    for (const [index, name] of names.entries()) {
      const known: Known = index === 0 && root ? rootField(node, name) : fieldOf(node, name);
      if (known === "any") break;
      if (known === undefined) return located(expression, offset, `undefined field '${name}'`);
      node = known;
      offset += name.length + 1;
    }
  }
  return undefined;
}

/** A field's schema, `any` where nothing is known of it, undefined where it is known not to be. */
type Known = JSONSchemaProps | "any" | undefined;

const TYPE_META: Readonly<Record<string, JSONSchemaProps>> = {
  apiVersion: { type: "string" },
  kind: { type: "string" },
  metadata: {
    type: "object",
    properties: { name: { type: "string" }, generateName: { type: "string" } },
  },
};

function rootField(schema: JSONSchemaProps | undefined, name: string): Known {
  return TYPE_META[name] ?? fieldOf(schema, name);
}

const ESCAPED: readonly (readonly [RegExp, string])[] = [
  [/__dot__/g, "."],
  [/__dash__/g, "-"],
  [/__slash__/g, "/"],
  [/__underscores__/g, "__"],
  [/^__([a-z]+)__$/, "$1"],
];

function fieldOf(schema: JSONSchemaProps | undefined, name: string): Known {
  if (schema === undefined || schema.type !== "object") return "any";
  const { properties, additionalProperties } = schema;
  const plain = ESCAPED.reduce((text, [pattern, by]) => text.replace(pattern, by), name);
  const found = properties?.[plain] ?? properties?.[name];
  if (found !== undefined) return found;
  if (schema["x-kubernetes-embedded-resource"] === true) return TYPE_META[name] ?? "any";
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (isSchema(additionalProperties)) return additionalProperties;
  return open && properties === undefined ? "any" : undefined;
}

/** A mistake as cel-go shows it: place, reason, line and a mark under it. */
function located(expression: string, offset: number, why: string): string {
  const before = expression.slice(0, offset).split("\n");
  const column = before.at(-1)?.length ?? 0;
  const line = expression.split("\n")[before.length - 1] ?? "";
  const place = `ERROR: <input>:${before.length}:${column + 1}`;
  return `${place}: ${why}\n | ${line}\n | ${".".repeat(column)}^`;
}
