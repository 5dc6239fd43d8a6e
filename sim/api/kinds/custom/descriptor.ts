import { ApiError } from "../../api-error.ts";
import type { KubeObject } from "../../object.ts";
import { cannotHandle, type Decoded, decodePart } from "../../schema/decode.ts";
import { structType } from "../../schema/types.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "../../types.gen.ts";
import { type FieldError, invalidValue } from "../../validation/field-error.ts";
import { withChecks } from "../checks.ts";
import {
  describeKind,
  type KindBehaviour,
  type KindDescriptor,
  type Subresource,
} from "../descriptor.ts";
import { readField } from "../fields.ts";
import { ruleErrors } from "./rules.ts";
import { scaleErrors } from "./scale-errors.ts";
import { listErrors, schemaErrors } from "./schema-errors.ts";
import { prune, withDefaults } from "./shape.ts";

/** Descriptor of the kind that a definition adds: structural schema, defaults, pruning, rules and all served versions. */
export function customDescriptor(definition: CustomResourceDefinition): KindDescriptor {
  const { group, names, scope, versions } = definition.spec;
  const stored = versions.find(({ storage }) => storage) ?? versions[0];
  const version = stored?.name ?? "v1";
  const hasStatus = stored?.subresources?.status !== undefined;
  const subresources: Subresource[] = [];
  if (stored?.subresources?.scale !== undefined) subresources.push("scale");
  if (hasStatus) subresources.push("status");
  const { type: _none, ...descriptor } = describeKind({
    kind: names.kind,
    group,
    version,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    short: names.shortNames ?? [],
    categories: names.categories ?? [],
    clusterScoped: scope === "Cluster",
    subresources,
    hasStatus,
    hasGeneration: true,
    unconditionalUpdate: false,
    otherVersions: otherVersions(definition, version),
    selectableFields: Object.fromEntries(
      (stored?.selectableFields ?? []).map(({ jsonPath }) => {
        const path = jsonPath.replace(/^\./, "");
        return [path, readField(path)];
      }),
    ),
    ...behaviour(definition, version, hasStatus),
  });
  return withChecks({ ...descriptor, type: undefined });
}

function otherVersions(definition: CustomResourceDefinition, stored: string) {
  const { group, versions } = definition.spec;
  return versions
    .filter(({ name, served }) => served && name !== stored)
    .map(({ name }) => ({
      group,
      version: name,
      type: "",
      toStored: (object: KubeObject) => inVersion(object, group, stored),
      fromStored: (object: KubeObject) => inVersion(object, group, name),
    }));
}

function inVersion(object: KubeObject, group: string, version: string): KubeObject {
  const apiVersion = `${group}/${version}`;
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/** What a version accepts: anything under a schema that is left out. */
function schemaOf(
  versions: readonly CustomResourceDefinitionVersion[],
  version: string,
): JSONSchemaProps {
  const found = versions.find(({ name }) => name === version);
  return found?.schema?.openAPIV3Schema ?? { "x-kubernetes-preserve-unknown-fields": true };
}

function behaviour(
  definition: CustomResourceDefinition,
  stored: string,
  hasStatus: boolean,
): KindBehaviour {
  const { group, versions } = definition.spec;
  const schema = schemaOf(versions, stored);
  const scale = versions.find(({ name }) => name === stored)?.subresources?.scale;
  const ruled = JSON.stringify(schema).includes('"x-kubernetes-validations"');
  const check = (object: KubeObject, before?: KubeObject): readonly FieldError[] => {
    const errors = [
      ...schemaErrors(object, schema, "", before),
      ...(scale === undefined ? [] : scaleErrors(object, scale)),
    ];
    // Lists that repeated their items before may go on doing so.
    if (before === undefined || listErrors(before, schema, "").length === 0)
      errors.push(...listErrors(object, schema, ""));
    if (!ruled) return errors;
    if (errors.some(({ type }) => BLOCKING.has(type))) return [...errors, UNCHECKED];
    return [...errors, ...ruleErrors(object, before, schema, "")];
  };
  return {
    decode: (version, json) =>
      decodeCustom(schemaOf(versions, version), { group, version, stored }, json),
    print: (version, object) => inVersion(object, group, version),
    defaults: (object) => withDefaults(object, schema) as KubeObject,
    generationOf: ({ metadata: _, status, ...content }) =>
      hasStatus ? content : { ...content, status },
    validateCreate: (object) => check(object),
    validateUpdate: (next, before) => check(next, before),
    validateStatusUpdate: (next, before) => check(next, before),
    warnings: () => {
      const version = versions.find(({ name }) => name === stored);
      return version?.deprecated === true ? [deprecation(definition, version)] : [];
    },
  };
}

/** Errors that keep the rules from being looked at. */
const BLOCKING = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);
const UNCHECKED = invalidValue(
  "<nil>",
  null,
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
);

/** What is said to users of a deprecated version. */
function deprecation(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): string {
  const { group, names } = definition.spec;
  return version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated`;
}

/** Metadata as Go reads it. Throws `ApiError` 400. */
function decodeMeta(sent: unknown, kind: string, version: string): KubeObject["metadata"] {
  try {
    return decodePart("meta.v1.ObjectMeta", sent) as KubeObject["metadata"];
  } catch (error) {
    throw error instanceof ApiError ? cannotHandle({ kind, version }, error.message) : error;
  }
}

function decodeCustom(
  schema: JSONSchemaProps,
  { group, version, stored }: { group: string; version: string; stored: string },
  json: unknown,
): Decoded {
  const unknown: string[] = [];
  const pruned = prune(json, schema, "", unknown, true) as KubeObject;
  const meta = structType("meta.v1.ObjectMeta");
  const sent = (pruned.metadata ?? {}) as unknown as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(sent)) {
    if (meta?.fields.has(key) === false) unknown.push(`metadata.${key}`);
  }
  const metadata = decodeMeta(sent, pruned.kind, version);
  return {
    object: inVersion({ ...pruned, metadata }, group, stored),
    strictErrors: unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
  };
}
