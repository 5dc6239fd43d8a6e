import fc from "fast-check";
import { expect } from "vitest";
import { evaluate } from "../../sim/api/cel/program.ts";
import { celValue, plainValue } from "../../sim/api/cel/values.ts";

const EXPRESSION_WORDS = [
  ..."object oldObject request params variables authorizer self has ( ) [ ] { } . , : ? + - * / % == != < >= && || ! in".split(
    " ",
  ),
  ..."'a' \"b\" 1 2u 3.5 true null b'x' r'\\d' .all( .map( .filter( .exists( x, size( .spec .metadata .?name [?0] [0]".split(
    " ",
  ),
  ..."quantity( cidr( ip( url( semver( optional.none() .orValue( Object{ JSONPatch{op: format.uri() .validate( timestamp( duration( `a-b`".split(
    " ",
  ),
];

/** Words of CEL in any order: most make no sense, and none may break anything. */
const expression = fc
  .array(fc.constantFrom(...EXPRESSION_WORDS), { minLength: 1, maxLength: 12 })
  .map((words) => words.join(" "));

/** Policies whose expressions make no sense; the first two concern every later request. */
export const policies = fc
  .tuple(fc.constantFrom("Validating", "Mutating"), expression, fc.boolean())
  .map(([type, text, fails]) => ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${type}AdmissionPolicy`,
    metadata: { name: "any" },
    spec: {
      failurePolicy: fails ? "Fail" : "Ignore",
      reinvocationPolicy: "IfNeeded",
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ["*"],
            apiVersions: ["*"],
            operations: ["*"],
            resources: ["configmaps", "services"],
          },
        ],
      },
      variables: [{ name: "v", expression: text }],
      ...(type === "Validating"
        ? { validations: [{ expression: text, messageExpression: text }] }
        : { mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: text } }] }),
    },
  }));

/** Definitions of custom resources with such rules. */
export const definitions = expression.map((rule) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.x.y" },
  spec: {
    group: "x.y",
    scope: "Namespaced",
    names: { plural: "things", kind: "Thing" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
            "x-kubernetes-validations": [{ rule }],
          },
        },
      },
    ],
  },
}));

/** Evaluates expressions that make no sense; answers how many. */
export function fuzzExpressions(count: number, seed: number): number {
  const outcomes = new Map<string, number>();
  const variables = {
    object: celValue({ spec: { n: 1 }, metadata: { name: "a" }, list: [1, "b"] }),
  };
  fc.assert(
    fc.property(expression, (text) => {
      const outcome = evaluate(text, variables);
      const kind = "value" in outcome ? "value" : "error";
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
      if ("error" in outcome) expect(outcome.error).not.toBe("");
      else JSON.stringify(plainValue(outcome.value));
      expect(outcome.cost).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: count, seed, endOnFailure: true },
  );
  console.log(`fuzz of expressions: ${[...outcomes]}`);
  return count;
}
