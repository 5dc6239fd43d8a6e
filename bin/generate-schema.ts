/**
 * Writes the compact tables of Kubernetes' API types from the OpenAPI v2 document of a v1.36 API server
 * (`../shared/golden/api/openapi-v2.json.gz`, or the file named as the first argument):
 * - `sim/api/types.gen.ts`: one readonly TypeScript interface a type (field names and types only, no prose);
 * - `sim/api/schema/table.gen.ts`: the same facts as data, for decoding, patching and defaulting.
 * Run it with `npm run generate`; both outputs are committed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
  readonly "x-kubernetes-group-version-kind"?: readonly {
    group: string;
    version: string;
    kind: string;
  }[];
}

/** Go packages that become types, with the prefix that keeps colliding names apart. */
const packages: Readonly<Record<string, string>> = {
  "io.k8s.api.resource.v1": "resource.v1",
  "io.k8s.api.core.v1": "core.v1",
  "io.k8s.api.apps.v1": "apps.v1",
  "io.k8s.api.batch.v1": "batch.v1",
  "io.k8s.api.autoscaling.v2": "autoscaling.v2",
  "io.k8s.api.autoscaling.v1": "autoscaling.v1",
  "io.k8s.api.policy.v1": "policy.v1",
  "io.k8s.api.scheduling.v1": "scheduling.v1",
  "io.k8s.api.storage.v1": "storage.v1",
  "io.k8s.api.networking.v1": "networking.v1",
  "io.k8s.api.discovery.v1": "discovery.v1",
  "io.k8s.api.coordination.v1": "coordination.v1",
  "io.k8s.api.events.v1": "events.v1",
  "io.k8s.api.rbac.v1": "rbac.v1",
  "io.k8s.api.node.v1": "node.v1",
  "io.k8s.api.admissionregistration.v1": "admissionregistration.v1",
  "io.k8s.api.authentication.v1": "authentication.v1",
  "io.k8s.api.authorization.v1": "authorization.v1",
  "io.k8s.api.certificates.v1": "certificates.v1",
  "io.k8s.api.flowcontrol.v1": "flowcontrol.v1",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1": "apiextensions.v1",
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1": "apiregistration.v1",
  "io.k8s.apimachinery.pkg.apis.meta.v1": "meta.v1",
};
/** Names that two packages share get the group in front in TypeScript; the first package listed keeps the bare name. */
const scalars: Readonly<Record<string, { readonly type: string; readonly code: string }>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: "Quantity", code: "quantity" },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: "IntOrString", code: "intOrString" },
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": { type: "Time", code: "time" },
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": { type: "MicroTime", code: "microTime" },
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": { type: "Json", code: "raw" },
  "io.k8s.apimachinery.pkg.runtime.RawExtension": { type: "Json", code: "raw" },
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": { type: "Json", code: "raw" },
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": {
    type: "Json",
    code: "raw",
  },
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": {
    type: "Json",
    code: "raw",
  },
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": {
    type: "Json",
    code: "raw",
  },
};

/** Kinds that validation never lets in without a spec. */
const alwaysSpecified: ReadonlySet<string> = new Set([
  "CronJob",
  "CSIDriver",
  "CSINode",
  "CustomResourceDefinition",
  "DaemonSet",
  "Deployment",
  "HorizontalPodAutoscaler",
  "Job",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Pod",
  "ReplicaSet",
  "ReplicationController",
  "Service",
  "StatefulSet",
]);
/** What every stored object's metadata has; manifests and templates use `Partial<ObjectMeta>`. */
const alwaysStored: readonly string[] = ["name", "uid", "resourceVersion", "creationTimestamp"];

const source = process.argv[2] ?? "../shared/golden/api/openapi-v2.json.gz";
const document = JSON.parse(gunzipSync(readFileSync(source)).toString("utf8")) as {
  definitions: Record<string, Schema>;
};

const tsNames = new Map<string, string>();
const taken = new Set<string>(["Quantity", "IntOrString", "Time", "MicroTime", "Json"]);
const included: string[] = [];
for (const [goPackage, short] of Object.entries(packages)) {
  for (const name of Object.keys(document.definitions).sort()) {
    const dot = name.lastIndexOf(".");
    if (name.slice(0, dot) !== goPackage || name in scalars) continue;
    const bare = name.slice(dot + 1);
    const [group = "", version = ""] = short.split(".");
    const prefix = group.charAt(0).toUpperCase() + group.slice(1) + version.toUpperCase();
    const ts = taken.has(bare) ? `${prefix}${bare}` : bare;
    taken.add(ts);
    tsNames.set(name, ts);
    included.push(name);
  }
}

function refName(ref: string): string {
  return ref.replace("#/definitions/", "");
}

function tsType(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = refName(schema.$ref);
    return scalars[name]?.type ?? tsNames.get(name) ?? "Json";
  }
  if (schema.type === "array") return `readonly ${wrap(tsType(schema.items ?? {}))}[]`;
  if (schema.type === "object") {
    return schema.additionalProperties === undefined
      ? "Json"
      : `Readonly<Record<string, ${tsType(schema.additionalProperties)}>>`;
  }
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "boolean") return "boolean";
  return schema.type === "string" ? "string" : "Json";
}

function wrap(type: string): string {
  return type.startsWith("readonly ") ? `(${type})` : type;
}

/** Code of a type in the table: Go's scalar names, `[]T`, `{}T` (map), `raw`, or a type's `group.version.Name`. */
function code(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = refName(schema.$ref);
    return scalars[name]?.code ?? shortName(name);
  }
  if (schema.type === "array") return `[]${code(schema.items ?? {})}`;
  if (schema.type === "object") {
    return schema.additionalProperties === undefined
      ? "raw"
      : `{}${code(schema.additionalProperties)}`;
  }
  if (schema.type === "integer") return schema.format === "int64" ? "int64" : "int32";
  if (schema.type === "number") return "float64";
  if (schema.type === "boolean") return "bool";
  if (schema.type === "string") return schema.format === "byte" ? "bytes" : "string";
  return "raw";
}

function shortName(name: string): string {
  const dot = name.lastIndexOf(".");
  const short = packages[name.slice(0, dot)];
  return short === undefined ? "raw" : `${short}.${name.slice(dot + 1)}`;
}

/** `name:type` and, behind bars, list and map types and the strategic-merge keys. */
function field(name: string, schema: Schema, required: boolean): string {
  const marks: string[] = [];
  if (required) marks.push("req");
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "map")
    marks.push(`map=${schema["x-kubernetes-list-map-keys"]?.join("+") ?? ""}`);
  else if (listType !== undefined) marks.push(listType);
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === "atomic") marks.push("atomic");
  const strategy = schema["x-kubernetes-patch-strategy"];
  if (strategy !== undefined) {
    const key = schema["x-kubernetes-patch-merge-key"];
    marks.push(`patch=${strategy.replace(",", "+")}${key === undefined ? "" : `@${key}`}`);
  }
  return [`${name}:${code(schema)}`, ...marks].join("|");
}

const header =
  "// Generated by `npm run generate` from Kubernetes v1.36's OpenAPI document: field names and types. Do not edit.\n";
const types: string[] = [
  header,
  "/** A decimal or binary quantity as text, like `100m` or `2Gi`. */\nexport type Quantity = string;",
  "/** A number, or a name or percentage as text. */\nexport type IntOrString = number | string;",
  "/** RFC 3339 in whole seconds, UTC. */\nexport type Time = string;",
  "/** RFC 3339 with six fractional digits, UTC. */\nexport type MicroTime = string;",
  "/** Any JSON value. */\nexport type Json = unknown;",
];
const rows: string[] = [];
for (const name of included) {
  const schema = document.definitions[name];
  if (schema === undefined) continue;
  const ts = tsNames.get(name) ?? "";
  const properties = Object.entries(schema.properties ?? {});
  const kinds = schema["x-kubernetes-group-version-kind"] ?? [];
  const isObject = kinds.length === 1 && schema.properties?.["metadata"] !== undefined;
  if (properties.length === 0) {
    types.push(`export interface ${ts} {}`);
  } else {
    const lines = properties.map(([key, value]) => {
      const stored = name.endsWith(".meta.v1.ObjectMeta") && alwaysStored.includes(key);
      const must =
        stored ||
        (key === "spec" && isObject && alwaysSpecified.has(ts)) ||
        (schema.required?.includes(key) ?? false) ||
        (isObject && ["apiVersion", "kind", "metadata"].includes(key));
      const own = isObject && key === "kind" ? JSON.stringify(kinds[0]?.kind) : tsType(value);
      const literal = !isObject && own === "ObjectMeta" ? "Partial<ObjectMeta>" : own;
      const property = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
      return `  readonly ${property}${must ? "" : "?"}: ${literal};`;
    });
    types.push(`export interface ${ts} {\n${lines.join("\n")}\n}`);
  }
  const atomic = schema["x-kubernetes-map-type"] === "atomic" ? "|atomic" : "";
  const fields = properties.map(([key, value]) =>
    field(key, value, schema.required?.includes(key) ?? false),
  );
  rows.push(`  "${shortName(name)}${atomic}": "${fields.join(" ")}",`);
}
writeFileSync("sim/api/types.gen.ts", `${types.join("\n\n")}\n`);
writeFileSync(
  "sim/api/schema/table.gen.ts",
  `${header}\n/** Type name (\`group.version.Name\`, \`|atomic\` behind it for atomic structs) → fields as \`name:type|mark|…\`, parted by blanks. */\nexport const typeTable: Readonly<Record<string, string>> = {\n${rows.join("\n")}\n};\n`,
);
