import { Environment } from "@marcbachmann/cel-js";
import type { JSONSchemaProps, ValidationRule } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from "../../validation/field-error.ts";
import { isSchema } from "../../validation/structural-schema.ts";

type Evaluate = (variables: Record<string, unknown>) => unknown;

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
});
const compiled = new Map<string, Evaluate | undefined>();

/** An expression, parsed once; undefined when it cannot be read. */
function compileRule(expression: string): Evaluate | undefined {
  if (!compiled.has(expression)) {
    let parsed: Evaluate | undefined;
    try {
      parsed = environment.parse(expression) as Evaluate;
    } catch {
      parsed = undefined;
    }
    compiled.set(expression, parsed);
  }
  return compiled.get(expression);
}

/** What the rules in a schema say against a value. `before` is the value it replaces; rules about change need one. */
export function ruleErrors(
  value: unknown,
  before: unknown,
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  if (value === undefined || value === null) return [];
  const errors: FieldError[] = [];
  for (const rule of schema["x-kubernetes-validations"] ?? []) {
    const error = broken(rule, value, before, schema, path);
    if (error !== undefined) errors.push(error);
  }
  errors.push(...innerErrors(value, before, schema, path));
  return errors;
}

function innerErrors(
  value: unknown,
  before: unknown,
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!isSchema(items)) return [];
    const keys = schema["x-kubernetes-list-map-keys"];
    const old = Array.isArray(before) ? (before as readonly unknown[]) : [];
    return value.flatMap((item, index) =>
      ruleErrors(item, correlated(item, old, keys), items, `${path}[${index}]`),
    );
  }
  if (typeof value !== "object" || value === null) return [];
  const members = value as Readonly<Record<string, unknown>>;
  const old = (typeof before === "object" ? before : undefined) as
    | Readonly<Record<string, unknown>>
    | undefined;
  const { properties = {}, additionalProperties } = schema;
  return Object.keys(members)
    .sort()
    .flatMap((key) => {
      const property =
        properties[key] ?? (isSchema(additionalProperties) ? additionalProperties : undefined);
      if (property === undefined) return [];
      const place = path === "" ? key : `${path}.${key}`;
      return ruleErrors(members[key], old?.[key], property, place);
    });
}

/** The old item with the same keys; items of other lists have no past. */
function correlated(
  item: unknown,
  old: readonly unknown[],
  keys: readonly string[] | undefined,
): unknown {
  if (keys === undefined) return undefined;
  const read = (of: unknown, key: string) => (of as Readonly<Record<string, unknown>>)?.[key];
  return old.find((other) => keys.every((key) => read(other, key) === read(item, key)));
}

function broken(
  rule: ValidationRule,
  value: unknown,
  before: unknown,
  schema: JSONSchemaProps,
  path: string,
): FieldError | undefined {
  const aboutChange = /\boldSelf\b/.test(rule.rule);
  if (aboutChange && before === undefined && rule.optionalOldSelf !== true) return undefined;
  const evaluate = compileRule(rule.rule);
  if (evaluate === undefined) return undefined;
  const variables = {
    self: celValue(value, schema),
    ...(before === undefined ? {} : { oldSelf: celValue(before, schema) }),
  };
  const at = `${path}${rule.fieldPath ?? ""}`;
  try {
    if (evaluate(variables) === true) return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return invalidValue(at, value, `rule evaluation error: ${why}`);
  }
  return refusal(rule, value, at, messageOf(rule, variables));
}

function messageOf(rule: ValidationRule, variables: Record<string, unknown>): string {
  if (rule.messageExpression !== undefined) {
    try {
      const text = compileRule(rule.messageExpression)?.(variables);
      if (typeof text === "string" && text.trim() !== "") return text;
    } catch {
      // Upstream falls back to the plain message when the expression fails.
    }
  }
  return rule.message ?? `failed rule: ${rule.rule}`;
}

function refusal(rule: ValidationRule, value: unknown, at: string, text: string): FieldError {
  switch (rule.reason) {
    case "FieldValueForbidden":
      return forbiddenField(at, text);
    case "FieldValueRequired":
      return required(at, text);
    case "FieldValueDuplicate":
      return duplicate(at, value);
    default:
      return invalidValue(at, value, text);
  }
}

/** A JSON value as CEL sees it: whole numbers where the schema says integer. */
function celValue(value: unknown, schema: JSONSchemaProps): unknown {
  if (typeof value === "number") {
    const whole = schema.type === "integer" || schema["x-kubernetes-int-or-string"] === true;
    return whole || (schema.type === undefined && Number.isInteger(value)) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    const items = isSchema(schema.items) ? schema.items : {};
    return value.map((item) => celValue(item, items));
  }
  if (typeof value !== "object" || value === null) return value;
  const members = value as Readonly<Record<string, unknown>>;
  const { properties = {}, additionalProperties } = schema;
  const rest = isSchema(additionalProperties) ? additionalProperties : {};
  return Object.fromEntries(
    Object.keys(members).map((key) => [key, celValue(members[key], properties[key] ?? rest)]),
  );
}
