import { type FieldType, structType, type TypeRef } from "../schema/types.ts";
import { enumTable } from "./enums.gen.ts";
import type { ServedGroup, ServedResource } from "./served-resource.ts";
import { groupsOf } from "./served-resource.ts";

/** A JSON schema or a part of a document. */
export type Schema = Readonly<Record<string, unknown>>;

/** Go packages of types outside `io.k8s.api`. */
const packages: Readonly<Record<string, string>> = {
  "meta.v1": "io.k8s.apimachinery.pkg.apis.meta.v1",
  "apiextensions.v1": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
  "apiregistration.v1": "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1",
  "metrics.v1beta1": "io.k8s.metrics.pkg.apis.metrics.v1beta1",
};

const scalars: Readonly<Record<string, Schema>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  float64: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
};

/** A type of Go that is written as a scalar and has a definition of its own. */
interface NamedScalar {
  readonly name: string;
  readonly schema: Schema;
  /** Types that version 3 of the documents offers in the place of the schema's one. */
  readonly oneOf?: readonly string[];
}

const machinery = "io.k8s.apimachinery.pkg";
const moment = { type: "string", format: "date-time" };
const namedScalars: Readonly<Record<string, NamedScalar>> = {
  quantity: {
    name: `${machinery}.api.resource.Quantity`,
    schema: { type: "string" },
    oneOf: ["string", "number"],
  },
  intOrString: {
    name: `${machinery}.util.intstr.IntOrString`,
    schema: { type: "string", format: "int-or-string" },
    oneOf: ["integer", "string"],
  },
  time: { name: `${machinery}.apis.meta.v1.Time`, schema: moment },
  microTime: { name: `${machinery}.apis.meta.v1.MicroTime`, schema: moment },
};
const rawObject = { name: `${machinery}.runtime.RawExtension`, schema: { type: "object" } };
const rawFields = { name: `${machinery}.apis.meta.v1.FieldsV1`, schema: { type: "object" } };
/** Fields of a definition's schema that hold one thing or another, and what upstream calls that; others hold any JSON. */
const eitherNames: Readonly<Record<string, string>> = {
  additionalItems: "JSONSchemaPropsOrBool",
  additionalProperties: "JSONSchemaPropsOrBool",
  dependencies: "JSONSchemaPropsOrStringArray",
  items: "JSONSchemaPropsOrArray",
};

function rawJson(field: string): NamedScalar {
  const name = eitherNames[field] ?? "JSON";
  return {
    name: `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${name}`,
    schema: {},
  };
}

/** Name of a table type in a document: `core.v1.Pod` → `io.k8s.api.core.v1.Pod`. */
export function definitionName(type: string): string {
  const dot = type.lastIndexOf(".");
  const home = type.slice(0, dot);
  return `${packages[home] ?? `io.k8s.api.${home}`}.${type.slice(dot + 1)}`;
}

const V2_PREFIX = "#/definitions/";

/** Collects the schemas of types, with all they refer to. */
class Definitions {
  readonly schemas = new Map<string, Schema>();
  /** Where references point: `#/components/schemas/` or `#/definitions/`. */
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Reference to a type of the table, whose schema is collected. */
  reference(type: string): Schema {
    this.addType(type, []);
    return { $ref: `${this.prefix}${definitionName(type)}` };
  }

  addType(type: string, kinds: readonly Schema[]): void {
    const name = definitionName(type);
    const struct = structType(type);
    if (this.schemas.has(name) && kinds.length === 0) return;
    this.schemas.set(name, {});
    const required = [...(struct?.fields.values() ?? [])].filter((field) => field.required);
    const properties: Record<string, Schema> = {};
    for (const field of struct?.fields.values() ?? [])
      properties[field.name] = this.field(type, field);
    this.schemas.set(name, {
      type: "object",
      ...(struct === undefined || struct.fields.size === 0 ? {} : { properties }),
      ...(required.length === 0 ? {} : { required: required.map((field) => field.name).sort() }),
      ...(struct?.atomic === true ? { "x-kubernetes-map-type": "atomic" } : {}),
      ...(kinds.length === 0 ? {} : { "x-kubernetes-group-version-kind": kinds }),
    });
  }

  private field(owner: string, field: FieldType): Schema {
    const schema = withValues(
      this.type(owner, field.name, field.type),
      enumTable[`${owner}.${field.name}`],
    );
    const marks = fieldMarks(field);
    if (Object.keys(marks).length === 0) return schema;
    const wrapped = "$ref" in schema && this.prefix !== V2_PREFIX;
    return wrapped ? { allOf: [schema], ...marks } : { ...schema, ...marks };
  }

  private type(owner: string, name: string, type: TypeRef): Schema {
    switch (type.tag) {
      case "scalar":
        return this.scalar(type.code);
      case "list":
        return { type: "array", items: this.type(owner, name, type.item) };
      case "map":
        return { type: "object", additionalProperties: this.type(owner, name, type.item) };
      case "struct":
        return this.reference(type.name);
      default:
        if (owner.startsWith("apiextensions.")) return this.named(rawJson(name));
        return this.named(owner === "meta.v1.ManagedFieldsEntry" ? rawFields : rawObject);
    }
  }

  private scalar(code: string): Schema {
    const named = namedScalars[code];
    return named === undefined ? (scalars[code] ?? {}) : this.named(named);
  }

  private named({ name, schema, oneOf }: NamedScalar): Schema {
    const { type: _, ...rest } = schema;
    const choice = oneOf !== undefined && this.prefix !== V2_PREFIX;
    this.schemas.set(name, choice ? { ...rest, oneOf: oneOf.map((type) => ({ type })) } : schema);
    return { $ref: `${this.prefix}${name}` };
  }
}

/** A scalar or a list of scalars with the values it may take. */
function withValues(schema: Schema, values: string | undefined): Schema {
  if (values === undefined) return schema;
  const { items } = schema;
  if (items !== undefined) return { ...schema, items: withValues(items as Schema, values) };
  return { ...schema, enum: values.split("|") };
}

/** How server-side apply and strategic merge see a field, as extensions. */
function fieldMarks({ type, listType, listKeys, patchStrategy, patchMergeKey }: FieldType): Schema {
  const kind = type.tag === "list" ? "list" : "map";
  return {
    ...(listType === undefined ? {} : { [`x-kubernetes-${kind}-type`]: listType }),
    ...(listKeys.length === 0 ? {} : { "x-kubernetes-list-map-keys": listKeys }),
    ...(patchStrategy.length === 0
      ? {}
      : { "x-kubernetes-patch-strategy": patchStrategy.join(",") }),
    ...(patchMergeKey === undefined ? {} : { "x-kubernetes-patch-merge-key": patchMergeKey }),
  };
}

function kindOf({ group, version, kind }: ServedResource): Schema {
  return { group, kind, version };
}

/** `com.example.v1.Widget`: the name of a custom resource's schema. */
function customName({ group, version, kind }: ServedResource): string {
  return [...group.split(".").reverse(), version, kind].join(".");
}

function addResource(definitions: Definitions, resource: ServedResource): void {
  if (resource.type !== undefined) {
    definitions.addType(resource.type, [kindOf(resource)]);
    const list = `${resource.type}List`;
    if (structType(list) !== undefined)
      definitions.addType(list, [{ ...kindOf(resource), kind: `${resource.kind}List` }]);
    return;
  }
  const own = (resource.openApi ?? { type: "object" }) as Schema;
  const properties = {
    ...(own["properties"] as Schema | undefined),
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: definitions.reference("meta.v1.ObjectMeta"),
  };
  definitions.schemas.set(customName(resource), {
    ...own,
    type: "object",
    properties,
    "x-kubernetes-group-version-kind": [kindOf(resource)],
  });
}

function query(name: string): Schema {
  return { name, in: "query", schema: { type: "string", uniqueItems: true } };
}

/** Query parameters that kubectl looks for before it uses them. */
const writeParameters: readonly Schema[] = ["dryRun", "fieldManager", "fieldValidation"].map(query);

/** Forms of patch that a resource takes; kubectl looks here before it sends a strategic merge. */
function patchTypes({ custom }: ServedResource): readonly string[] {
  const strategic = custom ? [] : ["application/strategic-merge-patch+json"];
  const others = ["application/json-patch+json", "application/merge-patch+json"];
  return ["application/apply-patch+yaml", ...others, ...strategic];
}

/** Paths of a resource, as far as clients read them: methods, kinds and parameters. */
function resourcePaths(
  root: string,
  resource: ServedResource,
): readonly (readonly [string, Schema])[] {
  const kind = { "x-kubernetes-group-version-kind": kindOf(resource) };
  const has = (verb: string): boolean => resource.verbs.some((one) => one === verb);
  const read = { ...kind, responses: {} };
  const write = { ...kind, parameters: writeParameters, responses: {} };
  const patch = {
    ...write,
    parameters: [...writeParameters, query("force")],
    requestBody: { content: Object.fromEntries(patchTypes(resource).map((type) => [type, {}])) },
  };
  const base = `${root}/${resource.namespaced ? "namespaces/{namespace}/" : ""}${resource.plural}`;
  const many = {
    ...(has("list") ? { get: { ...read, "x-kubernetes-action": "list" } } : {}),
    ...(has("create") ? { post: { ...write, "x-kubernetes-action": "post" } } : {}),
  };
  const one = {
    ...(has("get") ? { get: { ...read, "x-kubernetes-action": "get" } } : {}),
    ...(has("update") ? { put: { ...write, "x-kubernetes-action": "put" } } : {}),
    ...(has("patch") ? { patch: { ...patch, "x-kubernetes-action": "patch" } } : {}),
    ...(has("delete") ? { delete: { ...write, "x-kubernetes-action": "delete" } } : {}),
  };
  const paths: (readonly [string, Schema])[] = [[base, many]];
  if (Object.keys(one).length > 0) paths.push([`${base}/{name}`, one]);
  return paths;
}

function sortedObject(entries: Iterable<readonly [string, unknown]>): Schema {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

const info = { title: "ksim, a simulated Kubernetes", version: "v1.36.2" };

function rootOf(group: string, version: string): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function versionsOf(groups: readonly ServedGroup[]): readonly {
  readonly root: string;
  readonly resources: readonly ServedResource[];
}[] {
  return groups.flatMap(({ name, versions }) =>
    versions.map(({ version, resources }) => ({ root: rootOf(name, version), resources })),
  );
}

/** `GET /openapi/v3`: the documents there are. `hash` changes whenever the resources do. */
export function openApiIndex(resources: readonly ServedResource[], hash: string): Schema {
  const entries = versionsOf(groupsOf(resources)).map(({ root }) => {
    return [root, { serverRelativeURL: `/openapi/v3/${root}?hash=${hash}` }] as const;
  });
  return { paths: sortedObject(entries) };
}

/** `GET /openapi/v3/ROOT` (`api/v1`, `apis/apps/v1`); undefined for a version that is not served. */
export function openApiV3(resources: readonly ServedResource[], root: string): Schema | undefined {
  const served = versionsOf(groupsOf(resources)).find((one) => one.root === root);
  if (served === undefined) return undefined;
  const definitions = new Definitions("#/components/schemas/");
  for (const resource of served.resources) addResource(definitions, resource);
  return {
    openapi: "3.0.0",
    info,
    paths: sortedObject(served.resources.flatMap((one) => resourcePaths(`/${root}`, one))),
    components: { schemas: sortedObject(definitions.schemas) },
  };
}

/** `GET /openapi/v2` as JSON: all resources in one document. */
export function openApiV2(resources: readonly ServedResource[]): Schema {
  const definitions = new Definitions(V2_PREFIX);
  for (const resource of resources) addResource(definitions, resource);
  const paths = versionsOf(groupsOf(resources)).flatMap(({ root, resources: list }) =>
    list.flatMap((resource) => resourcePaths(`/${root}`, resource)),
  );
  return {
    swagger: "2.0",
    info,
    paths: sortedObject(paths.map(([path, item]) => [path, flatParameters(item)])),
    definitions: sortedObject(definitions.schemas),
  };
}

/** Swagger 2 writes a parameter's type beside its name. */
function flatParameters(item: Schema): Schema {
  const methods = Object.entries(item).map(([method, value]) => {
    const { parameters, requestBody: _, ...rest } = value as Schema;
    if (parameters === undefined) return [method, rest] as const;
    const flat = (parameters as readonly Schema[]).map(({ schema, ...parameter }) => ({
      ...parameter,
      ...(schema as Schema),
    }));
    return [method, { ...rest, parameters: flat }] as const;
  });
  return Object.fromEntries(methods);
}
