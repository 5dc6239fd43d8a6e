import { checkTypes, compile } from "../../cel/program.ts";
import { givesOther, type Names } from "../../cel/typed/check.ts";
import { type CelType, DYN, listOf, simple, UNKNOWN } from "../../cel/typed/types.ts";
import { type FieldError, invalidValue } from "../field-error.ts";

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

const LABELS: CelType = { kind: "map", key: TEXT, value: TEXT };
const NAMESPACE = object("kubernetes.Namespace", {
  metadata: object("kubernetes.NamespaceMetadata", {
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    labels: LABELS,
    annotations: LABELS,
    UID: TEXT,
    creationTimestamp: simple("timestamp"),
    deletionGracePeriodSeconds: simple("int"),
    deletionTimestamp: simple("timestamp"),
    generation: simple("int"),
    resourceVersion: TEXT,
    finalizers: listOf(TEXT),
  }),
  spec: object("kubernetes.NamespaceSpec", { finalizers: listOf(TEXT) }),
  status: object("kubernetes.NamespaceStatus", { phase: TEXT }),
});

/** What is known of a policy's objects and parameters. */
export interface PolicyTypes {
  readonly object?: CelType;
  /** Undefined where a policy has no parameters. */
  readonly params: CelType | undefined;
}

/** Names of a policy's expressions: `variables` are those that are declared before, each of the type of what it is made of. */
export function policyNames(
  { object: objects = DYN, params }: PolicyTypes,
  variables: readonly { readonly name?: string; readonly expression?: string }[],
): Names {
  const names = new Map(admissionNames);
  names.set("object", objects).set("oldObject", objects).set("namespaceObject", NAMESPACE);
  if (params !== undefined) names.set("params", params);
  const declared = new Map<string, CelType>();
  names.set("variables", {
    kind: "object",
    name: "kubernetes.variables",
    field: (name) => declared.get(name),
  });
  for (const { name = "", expression = "" } of variables) {
    const checked = checkTypes(expression, names);
    declared.set(name, checked?.problem === undefined ? (checked?.type ?? DYN) : DYN);
  }
  return names;
}

/** What an expression is to give. */
export type Wanted = readonly ("bool" | "null_type" | "string")[];

/** What keeps an expression from being compiled, or from giving what it should. */
export function expressionErrors(
  expression: string,
  field: string,
  names: Names,
  wanted: Wanted = [],
): readonly FieldError[] {
  const checked = checkTypes(expression, names);
  const problem = checked?.problem ?? compile(expression).problem;
  if (problem !== undefined)
    return [invalidValue(field, expression, `compilation failed: ${problem}`)];
  if (wanted.length === 0 || checked === undefined || !givesOther(checked, wanted)) return [];
  const what = wanted.length === 1 ? wanted.join() : `one of [${wanted.join(" ")}]`;
  return [invalidValue(field, expression, `must evaluate to ${what}`)];
}
