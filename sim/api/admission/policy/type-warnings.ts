import { checkTypes } from "../../cel/program.ts";
import { type CelType, DYN, listOf, simple, UNKNOWN } from "../../cel/typed/types.ts";
import type { KindDescriptor } from "../../kinds/descriptor.ts";
import type { KindRegistry } from "../../kinds/kind-registry.ts";
import { structType, type TypeRef } from "../../schema/types.ts";
import type {
  CustomResourceDefinition,
  ExpressionWarning,
  NamedRuleWithOperations,
  ParamKind,
  ValidatingAdmissionPolicy,
} from "../../types.gen.ts";
import { policyNames } from "../../validation/admission/admission-expressions.ts";
import { declaredType } from "../../validation/definition/definition-types.ts";

/** Kinds of objects that a policy is checked against at most (`maxTypesToCheck`). */
const MOST_TYPES = 10;

/** Where kinds and the definitions behind them are found. */
export interface TypeSource {
  readonly kinds: KindRegistry;
  readonly definition: (name: string) => CustomResourceDefinition | undefined;
}

interface Checkable {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly type: CelType;
}

/**
 * What is wrong with a policy's expressions for the kinds of objects that its rules name (apiserver
 * `validating/typechecking.go`); rules with wildcards name none.
 */
export function typeWarnings(
  { spec = {} }: ValidatingAdmissionPolicy,
  source: TypeSource,
): readonly ExpressionWarning[] {
  const objects = typesToCheck(spec.matchConstraints?.resourceRules ?? [], source);
  const params = spec.paramKind === undefined ? undefined : paramsType(spec.paramKind, source);
  const warnings: ExpressionWarning[] = [];
  const look = (expression: string, fieldRef: string): void => {
    const texts = objects.flatMap(({ group, version, kind, type }) => {
      const names = policyNames({ object: type, params }, spec.variables ?? []);
      const problem = checkTypes(expression, names)?.problem;
      const place = `${group}/${version}, Kind=${kind}`;
      return problem === undefined ? [] : [`${place}: ${problem}\n`];
    });
    if (texts.length > 0) warnings.push({ fieldRef, warning: texts.join("\n") });
  };
  for (const [index, validation] of (spec.validations ?? []).entries()) {
    const { expression = "", messageExpression = "" } = validation;
    look(expression, `spec.validations[${index}].expression`);
    if (messageExpression !== "")
      look(messageExpression, `spec.validations[${index}].messageExpression`);
  }
  return warnings;
}

function typesToCheck(
  rules: readonly NamedRuleWithOperations[],
  source: TypeSource,
): readonly Checkable[] {
  const found = new Map<string, Checkable>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some((one) => one.includes("*"))) continue;
    const plain = resources.filter((one) => !/[*/]/.test(one)).sort();
    for (const group of apiGroups.toSorted())
      for (const version of apiVersions.toSorted())
        for (const plural of plain) {
          if (found.size === MOST_TYPES) break;
          const descriptor = source.kinds.byResource(group, version, plural);
          const type = descriptor && typeOf(descriptor, group, version, source);
          if (descriptor === undefined || type === undefined) continue;
          const { kind } = descriptor;
          found.set(`${group}/${version}/${kind}`, { group, version, kind, type });
        }
  }
  return [...found.values()].sort(
    (a, b) => order(a.group, b.group) || order(a.version, b.version) || order(a.kind, b.kind),
  );
}

const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function paramsType({ apiVersion = "", kind = "" }: ParamKind, source: TypeSource) {
  const slash = apiVersion.indexOf("/");
  const [group, version] = [apiVersion.slice(0, Math.max(0, slash)), apiVersion.slice(slash + 1)];
  const descriptor = source.kinds.byKind(group, version, kind);
  return descriptor && typeOf(descriptor, group, version, source);
}

/** The type of a kind's objects in one of its versions. */
function typeOf(
  descriptor: KindDescriptor,
  group: string,
  version: string,
  { definition }: TypeSource,
): CelType | undefined {
  const other = descriptor.otherVersions.find(
    (one) => one.group === group && one.version === version,
  );
  const own = descriptor.group === group && descriptor.version === version;
  const name = own ? descriptor.type : other?.type;
  if (name !== undefined && name !== "") return structTypeOf(name);
  const schema = definition(`${descriptor.plural}.${group}`)?.spec.versions.find(
    (one) => one.name === version,
  )?.schema?.openAPIV3Schema;
  return schema && declaredType(schema, true)?.type;
}

const structs = new Map<string, CelType>();

function structTypeOf(name: string): CelType {
  const known = structs.get(name);
  if (known !== undefined) return known;
  const struct = structType(name);
  if (struct === undefined || struct.fields.size === 0) return UNKNOWN;
  const made: CelType = {
    kind: "object",
    name: struct.bareName,
    field: (field) => {
      const found = struct.fields.get(field);
      return found === undefined ? undefined : fieldType(found.type);
    },
  };
  structs.set(name, made);
  return made;
}

function fieldType(ref: TypeRef): CelType {
  switch (ref.tag) {
    case "list":
      return listOf(fieldType(ref.item));
    case "map":
      return { kind: "map", key: simple("string"), value: fieldType(ref.item) };
    case "struct":
      return structTypeOf(ref.name);
    case "raw":
      return UNKNOWN;
    default:
      return SCALARS[ref.code] ?? UNKNOWN;
  }
}

/** Quantities have no type in upstream's schema; nothing is said of them. */
const SCALARS: Readonly<Record<string, CelType>> = {
  string: simple("string"),
  bool: simple("bool"),
  int32: simple("int"),
  int64: simple("int"),
  float64: simple("double"),
  intOrString: DYN,
  time: simple("timestamp"),
  microTime: simple("timestamp"),
  bytes: simple("bytes"),
};
