import { checkTypes, compile } from "../cel/program.ts";
import { givesOther, type Names } from "../cel/typed/check.ts";
import { type CelType, DYN, listOf, simple, UNKNOWN } from "../cel/typed/types.ts";
import { type FieldError, invalidValue } from "./field-error.ts";

/* What expressions of admission know, and what keeps them from being compiled (apiserver admission/plugin/cel `compile.go`). */

const TEXT = simple("string");
const BOOL = simple("bool");

function object(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  return {
    kind: "object",
    name,
    field: (field) => (Object.hasOwn(fields, field) ? fields[field] : undefined),
  };
}

const KIND = object("kubernetes.GroupVersionKind", { group: TEXT, version: TEXT, kind: TEXT });
const RESOURCE = object("kubernetes.GroupVersionResource", {
  group: TEXT,
  version: TEXT,
  resource: TEXT,
});
const USER = object("kubernetes.UserInfo", {
  username: TEXT,
  uid: TEXT,
  groups: listOf(TEXT),
  extra: { kind: "map", key: TEXT, value: listOf(TEXT) },
});
const REQUEST = object("kubernetes.AdmissionRequest", {
  kind: KIND,
  resource: RESOURCE,
  subResource: TEXT,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: TEXT,
  name: TEXT,
  namespace: TEXT,
  operation: TEXT,
  userInfo: USER,
  dryRun: BOOL,
  options: DYN,
});

/** Names of every expression of admission. */
export const admissionNames: Names = new Map<string, CelType>([
  ["object", DYN],
  ["oldObject", DYN],
  ["request", REQUEST],
  ["authorizer", UNKNOWN],
]);

/** Names of a policy's expressions: `variables` are those that are declared before. */
export function policyNames(hasParams: boolean, variables: readonly string[]): Names {
  const names = new Map(admissionNames);
  names.set("namespaceObject", UNKNOWN);
  if (hasParams) names.set("params", DYN);
  const declared = new Set(variables);
  names.set("variables", {
    kind: "object",
    name: "kubernetes.variables",
    field: (name) => (declared.has(name) ? UNKNOWN : undefined),
  });
  return names;
}

/** What keeps an expression from being compiled, or from giving what it should. */
export function expressionErrors(
  expression: string,
  field: string,
  names: Names,
  wanted?: "bool" | "string",
): readonly FieldError[] {
  const checked = checkTypes(expression, names);
  const problem = checked?.problem ?? compile(expression).problem;
  if (problem !== undefined)
    return [invalidValue(field, expression, `compilation failed: ${problem}`)];
  if (wanted === undefined || checked === undefined || !givesOther(checked, wanted)) return [];
  return [invalidValue(field, expression, `must evaluate to ${wanted}`)];
}
