import { describe, expect, it } from "vitest";
import { ruleErrors } from "../../../sim/api/kinds/custom/rules.ts";
import type { JSONSchemaProps, ValidationRule } from "../../../sim/api/types.gen.ts";

const text = { type: "string" } as const;
const list = { type: "array", items: { type: "integer" } } as const;

function errorsOf(
  rules: readonly ValidationRule[],
  value: unknown,
  before?: unknown,
  properties: Readonly<Record<string, JSONSchemaProps>> = {},
): readonly string[] {
  const spec = { type: "object", properties, "x-kubernetes-validations": rules };
  const schema = { type: "object", properties: { spec } } as unknown as JSONSchemaProps;
  const old = before === undefined ? undefined : { spec: before };
  return ruleErrors({ spec: value }, old, schema, "").map(
    ({ field, message }) =>
      `${field}: ${message.replace(/^(Invalid value: .*?|Forbidden): (?=[^ ])/, "")}`,
  );
}

describe("the rules of a custom resource", () => {
  it.each<[string, ValidationRule, readonly string[]]>([
    [
      "an unmet rule without a message",
      { rule: " self.n > 1 " },
      ["spec: failed rule: self.n > 1"],
    ],
    ["its message", { rule: "self.n > 1", message: " small " }, ["spec: small"]],
    [
      "its message expression",
      { rule: "self.n > 1", messageExpression: "'%d is small'.format([self.n])" },
      ["spec: 1 is small"],
    ],
    [
      "a message expression of several lines",
      { rule: "self.n > 1", messageExpression: "'a\\nb'", message: "m" },
      ["spec: m"],
    ],
    [
      "the place it names",
      { rule: "self.n > 1", fieldPath: ".n", reason: "FieldValueForbidden" },
      ["spec.n: failed rule: self.n > 1"],
    ],
    [
      "a missing key",
      { rule: "self.zz > 1" },
      ["spec: no such key: zz evaluating rule: self.zz > 1"],
    ],
    [
      "an overload that is not there",
      { rule: "self.any > 1" },
      [
        "spec: 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.any > 1",
      ],
    ],
    ["names that had to be escaped", { rule: "self.a__dash__b == 'x' && self.__in__ == 2" }, []],
    ["times", { rule: "self.at < timestamp('2024-01-02T00:00:00Z')" }, []],
    ["durations", { rule: "self.wait == duration('1m')" }, []],
    ["a rule about change, on creation", { rule: "self.n == oldSelf.n" }, []],
    [
      "an optional old self, on creation",
      { rule: "oldSelf.hasValue() || self.n == 1", optionalOldSelf: true },
      [],
    ],
  ])("%s", (_, rule, expected) => {
    const properties: Readonly<Record<string, JSONSchemaProps>> = {
      n: { type: "integer" },
      any: { "x-kubernetes-preserve-unknown-fields": true },
      "a-b": text,
      in: { type: "integer" },
      at: { ...text, format: "date-time" },
      wait: { ...text, format: "duration" },
    };
    const value = { n: 1, any: "x", "a-b": "x", in: 2, at: "2024-01-01T00:00:00Z", wait: "60s" };
    expect(errorsOf([rule], value, undefined, properties)).toEqual(expected);
  });

  it("let stay what was broken before, unless they are about change", () => {
    const rules = [{ rule: "self.n > 1" }, { rule: "self.n > oldSelf.n" }];
    expect(errorsOf(rules, { n: 1 }, { n: 1 })).toEqual(["spec: failed rule: self.n > oldSelf.n"]);
    expect(errorsOf(rules, { n: 1 }, { n: 0 })).toEqual(["spec: failed rule: self.n > 1"]);
  });

  it("end when one of them costs too much", () => {
    const l = Array.from({ length: 120 }, (_, at) => at);
    const deep = "self.l.all(a, self.l.all(b, self.l.all(c, true)))";
    expect(errorsOf([{ rule: deep }, { rule: "false" }], { l }, undefined, { l: list })).toEqual([
      `spec: 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${deep}`,
    ]);
  });

  it("end when all together have spent the object's budget", () => {
    const l = Array.from({ length: 300 }, (_, at) => at);
    const square = { rule: "self.l.all(a, self.l.all(b, true))" };
    const errors = errorsOf(Array(40).fill(square), { l }, undefined, { l: list });
    expect(errors).toEqual([
      "spec: validation failed due to running out of cost budget, no further validation rules will be run",
    ]);
  });
});
