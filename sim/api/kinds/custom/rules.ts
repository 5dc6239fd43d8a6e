import { Optional } from "@marcbachmann/cel-js";
import { compile, type Outcome } from "../../cel/program.ts";
import { deepEqual } from "../../meta/equal.ts";
import type { JSONSchemaProps, ValidationRule } from "../../types.gen.ts";
import { isSchema } from "../../validation/definition/structural-schema.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from "../../validation/field-error.ts";
import { schemaValue } from "./rule-value.ts";
import { correlated } from "./schema-errors.ts";

/** What all the rules of one object may cost together (`RuntimeCELCostBudget`). */
const OBJECT_BUDGET = 10_000_000;
const LONGEST_MESSAGE = 5 * 1024;

/** What the rules in a schema say against a value. `before` is the value it replaces; rules about change need one. */
export function ruleErrors(
  value: unknown,
  before: unknown,
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  const walk = new RuleWalk();
  walk.look(value, before, schema, path);
  return walk.errors;
}

/** One pass over an object; when the budget is spent no further rule is run. */
class RuleWalk {
  readonly errors: FieldError[] = [];
  #budget = OBJECT_BUDGET;

  look(value: unknown, before: unknown, schema: JSONSchemaProps, path: string): void {
    if (value === undefined || value === null) return;
    this.#judge(value, before, schema, path);
    if (Array.isArray(value)) this.#items(value, before, schema, path);
    else if (typeof value === "object")
      this.#members(value as Readonly<Record<string, unknown>>, before, schema, path);
  }

  #items(value: readonly unknown[], before: unknown, schema: JSONSchemaProps, path: string): void {
    const { items } = schema;
    if (!isSchema(items)) return;
    const keys = schema["x-kubernetes-list-map-keys"];
    const old = Array.isArray(before) ? (before as readonly unknown[]) : [];
    for (const [index, item] of value.entries())
      this.look(item, correlated(item, old, keys), items, `${path}[${index}]`);
  }

  #members(
    members: Readonly<Record<string, unknown>>,
    before: unknown,
    schema: JSONSchemaProps,
    path: string,
  ): void {
    const old = (typeof before === "object" ? before : undefined) as
      | Readonly<Record<string, unknown>>
      | undefined;
    const { properties = {}, additionalProperties } = schema;
    for (const key of Object.keys(members).sort()) {
      const property =
        properties[key] ?? (isSchema(additionalProperties) ? additionalProperties : undefined);
      if (property === undefined) continue;
      this.look(members[key], old?.[key], property, path === "" ? key : `${path}.${key}`);
    }
  }

  #judge(value: unknown, before: unknown, schema: JSONSchemaProps, path: string): void {
    const rules = schema["x-kubernetes-validations"] ?? [];
    if (rules.length === 0 || this.#budget < 0) return;
    const self = schemaValue(value, schema);
    const oldSelf =
      before === undefined || before === null ? undefined : schemaValue(before, schema);
    for (const rule of rules) {
      if (!this.#rule(rule, { value, before, self, oldSelf, path })) return;
    }
  }

  /** Holds a value against a rule. False when no further rules are to be run. */
  #rule(rule: ValidationRule, { value, before, self, oldSelf, path }: RuleCase): boolean {
    const program = compile(rule.rule);
    const aboutChange = program.reads("oldSelf");
    if (aboutChange && oldSelf === undefined && rule.optionalOldSelf !== true) return true;
    const variables = {
      self,
      ...(rule.optionalOldSelf === true
        ? { oldSelf: Optional.of(oldSelf) }
        : oldSelf === undefined
          ? {}
          : { oldSelf }),
    };
    const say = (text: string) => this.errors.push(invalidValue(path, value, text));
    if (program.problem !== undefined) {
      say(`rule compile error: compilation failed: ${program.problem}`);
      return true;
    }
    const outcome = program.evaluate(variables);
    if (!this.#pays(outcome, say)) return false;
    if ("error" in outcome) {
      say(evaluationText(outcome.error, rule));
      return this.#stays(outcome);
    }
    // What was so already may stay so (CRDValidationRatcheting).
    if (outcome.value === true || (!aboutChange && unchanged(value, before))) return true;
    const at = rule.fieldPath === undefined ? path : childPath(path, rule.fieldPath);
    const text = this.#messageOf(rule, variables, say);
    if (text === undefined) return false;
    this.errors.push(refusal(rule, value, at, text));
    return true;
  }

  #pays({ cost }: Outcome, say: (text: string) => void): boolean {
    this.#budget -= cost;
    if (this.#budget >= 0) return true;
    say(
      "validation failed due to running out of cost budget, no further validation rules will be run",
    );
    return false;
  }

  #stays(outcome: Outcome): boolean {
    if (!("exceeded" in outcome)) return true;
    this.#budget = -1;
    return false;
  }

  /** What is said about a broken rule; undefined when its expression cost too much. */
  #messageOf(
    rule: ValidationRule,
    variables: Readonly<Record<string, unknown>>,
    say: (text: string) => void,
  ): string | undefined {
    const plain = rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
    const { messageExpression } = rule;
    if (messageExpression === undefined) return plain;
    const outcome = compile(messageExpression).evaluate(variables);
    this.#budget -= outcome.cost;
    if (this.#budget < 0) {
      say(
        "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run",
      );
      return undefined;
    }
    if ("exceeded" in outcome) {
      const quoted = JSON.stringify(messageExpression);
      say(
        `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${quoted}`,
      );
      this.#budget = -1;
      return undefined;
    }
    const text =
      "value" in outcome && typeof outcome.value === "string" ? outcome.value.trim() : "";
    return text === "" || text.includes("\n") || text.length > LONGEST_MESSAGE ? plain : text;
  }
}

interface RuleCase {
  readonly value: unknown;
  readonly before: unknown;
  readonly self: unknown;
  readonly oldSelf: unknown;
  readonly path: string;
}

const unchanged = (value: unknown, before: unknown): boolean =>
  before !== undefined && deepEqual(value, before);

/** `.spec['a.b']` after a path. */
function childPath(path: string, fieldPath: string): string {
  const named = fieldPath.replace(/\['((?:[^'\\]|\\.)*)'\]/g, ".$1").replace(/^\./, "");
  return path === "" ? named : `${path}.${named}`;
}

function evaluationText(error: string, rule: ValidationRule): string {
  const name = rule.message?.trim() || rule.rule.trim();
  if (error.startsWith("no such overload")) {
    return `'${error}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`;
  }
  if (error.startsWith("operation cancelled: actual cost limit exceeded")) {
    return `'${error}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`;
  }
  return `${error} evaluating rule: ${name}`;
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
