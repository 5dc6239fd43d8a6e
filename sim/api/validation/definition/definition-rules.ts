import { checkTypes, compile } from "../../cel/program.ts";
import { givesOther, type Names } from "../../cel/typed/check.ts";
import { type CelType, UNKNOWN } from "../../cel/typed/types.ts";
import type { JSONSchemaProps, ValidationRule } from "../../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue, rawInvalid } from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { type Declared, declaredType, mostTimes } from "./definition-types.ts";
import { isSchema } from "./structural-schema.ts";

/** Units that one rule may cost by estimate, and all rules of a schema (`StaticEstimatedCostLimit`, `…CRDCostLimit`). */
const RULE_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
/** How many of the costliest rules are named when all together cost too much. */
const MOST_NAMED = 4;

/**
 * Rules in a structural schema that cannot be compiled, in cel-go's words, may not be where they are, or would cost too much
 * for the largest objects that the schema allows.
 */
export function ruleCompileErrors(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const walk = new RuleCheck();
  walk.look(schema, path, { root: true, uncorrelatable: undefined, times: 1 });
  return [...walk.errors, ...walk.totalErrors(path)];
}

interface Place {
  readonly root: boolean;
  /** Path of the list or map whose parts have no old values. */
  readonly uncorrelatable: string | undefined;
  /** How often values of the place may stand in one object; undefined when only its size limits that. */
  readonly times: number | undefined;
}

/** Factor by which values below a schema may be more than those of the schema. */
function factorOf({
  type,
  additionalProperties,
  maxProperties,
  maxItems,
}: JSONSchemaProps): number | undefined {
  if (type === "array") return maxItems === undefined ? undefined : Math.max(0, maxItems);
  if (type !== "object" || additionalProperties === undefined) return 1;
  return maxProperties === undefined ? undefined : Math.max(0, maxProperties);
}

/** One pass over a schema: what is wrong with its rules, and what they cost. */
class RuleCheck {
  readonly errors: FieldError[] = [];
  readonly #costs: { readonly path: string; readonly cost: number }[] = [];

  look(schema: JSONSchemaProps, path: string, place: Place): void {
    const { properties = {}, additionalProperties, items } = schema;
    const factor = factorOf(schema);
    const times =
      place.times === undefined || factor === undefined ? undefined : place.times * factor;
    const inner = { root: false, uncorrelatable: place.uncorrelatable, times };
    const atomic = schema["x-kubernetes-map-type"] === "atomic" ? path : undefined;
    const below = { ...inner, uncorrelatable: inner.uncorrelatable ?? atomic };
    if (isSchema(additionalProperties))
      this.look(additionalProperties, `${path}.additionalProperties`, below);
    for (const name of Object.keys(properties).sort()) {
      const property = properties[name];
      if (property !== undefined) this.look(property, `${path}.properties[${name}]`, below);
    }
    if (isSchema(items)) {
      const keyed = schema["x-kubernetes-list-type"] === "map";
      const uncorrelatable = inner.uncorrelatable ?? (keyed ? undefined : path);
      this.look(items, `${path}.items`, { ...inner, uncorrelatable });
    }
    const rules = schema["x-kubernetes-validations"] ?? [];
    if (rules.length === 0) return;
    const embedded = schema["x-kubernetes-embedded-resource"] === true;
    const declared = declaredType(schema, place.root || embedded);
    rules.forEach((rule, index) => {
      const at = `${path}.x-kubernetes-validations[${index}]`;
      this.#rule(rule, declared, at, place);
    });
  }

  /** What all rules together cost too much, and which of them most. */
  totalErrors(path: string): readonly FieldError[] {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total <= SCHEMA_LIMIT) return [];
    const named = this.#costs
      .filter(({ cost }) => cost >= SCHEMA_LIMIT / 100)
      .sort((a, b) => b.cost - a.cost)
      .slice(0, MOST_NAMED);
    const why =
      "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    const all = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [
      ...named.map((one) => forbiddenField(one.path, why)),
      forbiddenField(path, costText(all, total, SCHEMA_LIMIT)),
    ];
  }

  #rule(
    rule: ValidationRule,
    declared: Declared | undefined,
    path: string,
    { uncorrelatable, times }: Place,
  ): void {
    const { errors } = this;
    const shown = () => goValue("ValidationRule", rule);
    const program = compile(rule.rule);
    const names = namesOf(declared, rule);
    const checked = checkTypes(rule.rule, names);
    const problem = checked?.problem ?? program.problem;
    if (problem !== undefined) {
      errors.push(rawInvalid(`${path}.rule`, shown(), `compilation failed: ${problem}`));
    } else if (checked !== undefined && givesOther(checked, ["bool"])) {
      errors.push(rawInvalid(`${path}.rule`, shown(), "cel expression must evaluate to a bool"));
    } else {
      const most = times ?? mostTimes(declared?.bytes ?? 0);
      this.#pay("rule", (checked?.cost ?? 0) * most, `${path}.rule`);
    }
    if (rule.messageExpression !== undefined)
      this.#message(rule, rule.messageExpression, names, path);
    if (program.reads("oldSelf")) {
      if (uncorrelatable !== undefined) {
        const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
        errors.push(invalidValue(`${path}.rule`, rule.rule, why));
      }
    } else if (rule.optionalOldSelf !== undefined) {
      const why = "may not be set if oldSelf is not used in rule";
      errors.push(invalidValue(`${path}.optionalOldSelf`, rule.optionalOldSelf, why));
    }
  }

  #message(rule: ValidationRule, expression: string, names: Names, path: string): void {
    const checked = checkTypes(expression, names);
    const problem = checked?.problem ?? compile(expression).problem;
    const why =
      problem !== undefined
        ? `messageExpression compilation failed: ${problem}`
        : checked !== undefined && givesOther(checked, ["string"])
          ? "messageExpression must evaluate to a string"
          : undefined;
    const field = `${path}.messageExpression`;
    if (why === undefined) this.#pay("messageExpression", checked?.cost ?? 0, field);
    else this.errors.push(rawInvalid(field, goValue("ValidationRule", rule), why));
  }

  #pay(what: string, cost: number, path: string): void {
    this.#costs.push({ path, cost });
    if (cost <= RULE_LIMIT) return;
    this.errors.push(forbiddenField(path, costText(`estimated ${what} cost`, cost, RULE_LIMIT)));
  }
}

function namesOf(declared: Declared | undefined, rule: ValidationRule): Names {
  const self = declared?.type ?? UNKNOWN;
  const oldSelf: CelType = rule.optionalOldSelf === true ? { kind: "optional", of: self } : self;
  return new Map([
    ["self", self],
    ["oldSelf", oldSelf],
  ]);
}

/** By how much a cost is too high, as precisely as that helps. */
function costText(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown =
    factor > 100 ? "more than 100x" : `${factor < 1.5 ? factor.toFixed(6) : factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
