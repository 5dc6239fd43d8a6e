import { sameValue } from "../../kinds/same-value.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
  JSONSchemaProps,
  SelectableField,
} from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooMany,
} from "../field-error.ts";
import { defaultErrors } from "./definition-defaults.ts";
import { ruleCompileErrors } from "./definition-rules.ts";
import { openApiSchemaErrors, schemaAt, UNSUPPORTED_KEYWORDS } from "./definition-schema.ts";
import { isSchema, structuralErrors } from "./structural-schema.ts";

/** Members that are the same in all versions are kept once internally, beside the versions: so they are named and printed. */
export interface Hoisted {
  readonly versions: readonly CustomResourceDefinitionVersion[];
  readonly validation: JSONSchemaProps | undefined;
  readonly subresources: CustomResourceSubresources | undefined;
  readonly columns: readonly CustomResourceColumnDefinition[] | undefined;
  readonly selectableFields: readonly SelectableField[] | undefined;
}

const SHARED = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;

/** The internal form of a definition's versions. */
export function hoisted(versions: readonly CustomResourceDefinitionVersion[]): Hoisted {
  const first: Partial<CustomResourceDefinitionVersion> = versions[0] ?? {};
  const same = SHARED.filter((key) =>
    versions.every((version) => sameValue(version[key], first[key])),
  );
  const of = <K extends (typeof SHARED)[number]>(key: K) =>
    same.includes(key) ? first[key] : undefined;
  const bare = versions.map((version) => {
    const kept: Record<string, unknown> = { ...version };
    for (const key of same) delete kept[key];
    return kept as unknown as CustomResourceDefinitionVersion;
  });
  return {
    versions: bare,
    validation: of("schema")?.openAPIV3Schema,
    subresources: of("subresources"),
    columns: of("additionalPrinterColumns"),
    selectableFields: of("selectableFields"),
  };
}

/** What a version, or all versions together, say of their objects. */
export interface Parts {
  readonly schema?: CustomResourceValidation | undefined;
  readonly subresources?: CustomResourceSubresources | undefined;
  readonly additionalPrinterColumns?: readonly CustomResourceColumnDefinition[] | undefined;
  readonly selectableFields?: readonly SelectableField[] | undefined;
}

/** Rules of a schema, its subresources, columns and selectable fields. */
export function partErrors(
  parts: Parts,
  hasStatus: boolean,
  path: string,
  schemaPath: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const schema = parts.schema?.openAPIV3Schema;
  if (schema !== undefined) {
    errors.push(...schemaErrors(schema, hasStatus, `${schemaPath}.openAPIV3Schema`));
  }
  errors.push(...subresourceErrors(parts.subresources, `${path}.subresources`));
  (parts.additionalPrinterColumns ?? []).forEach((column, index) => {
    errors.push(...columnErrors(column, `${path}.additionalPrinterColumns[${index}]`));
  });
  const fields = parts.selectableFields ?? [];
  if (fields.length === 0) return errors;
  if (schema === undefined) {
    const field = `${schemaPath}.openAPIV3Schema`;
    errors.push(required(field, "must be set when selectableFields is set"));
  } else errors.push(...selectableErrors(fields, schema, `${path}.selectableFields`));
  return errors;
}

function schemaErrors(
  schema: JSONSchemaProps,
  hasStatus: boolean,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (hasStatus && schema.type !== undefined && schema.type !== "object") {
    const why =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    errors.push(invalidValue(`${path}.type`, schema.type, why));
  }
  if (schema.nullable === true) {
    errors.push(forbiddenField(`${path}.nullable`, "nullable cannot be true at the root"));
  }
  const structured: FieldError[] = [];
  if (!hasUnsupported(schema)) {
    const structural = structuralErrors(schema, path);
    structured.push(...(structural.length > 0 ? structural : defaultErrors(schema, path)));
  }
  const stated = openApiSchemaErrors(schema, path);
  const sound = structured.length === 0 && stated.length === 0 && !hasUnsupported(schema);
  return [...errors, ...structured, ...stated, ...(sound ? ruleCompileErrors(schema, path) : [])];
}

/** Whether a schema says something that keeps upstream from even reading it as a structural one. */
function hasUnsupported(schema: JSONSchemaProps): boolean {
  if (UNSUPPORTED_KEYWORDS.some((key) => schema[key] !== undefined)) return true;
  if (Array.isArray(schema.items)) return true;
  const { items, additionalProperties, properties = {} } = schema;
  return [items, additionalProperties, ...Object.values(properties)].some(
    (part) => isSchema(part) && hasUnsupported(part),
  );
}

function simplePathErrors(path: string, field: string): readonly FieldError[] {
  if (path.startsWith(".")) return [];
  return [invalidValue(field, path, "must be a simple json path starting with .")];
}

/** apiextensions `ValidateCustomResourceDefinitionSubresources`. */
function subresourceErrors(
  subresources: CustomResourceSubresources | undefined,
  path: string,
): readonly FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  const errors: FieldError[] = [];
  const check = (key: "specReplicasPath" | "statusReplicasPath", root: string) => {
    const field = `${path}.scale.${key}`;
    const value = scale[key];
    if (!value) {
      errors.push(required(field, ""));
      return;
    }
    const simple = simplePathErrors(value, field);
    errors.push(...simple);
    if (simple.length === 0 && !value.startsWith(`${root}.`)) {
      errors.push(invalidValue(field, value, `should be a json path under ${root}`));
    }
  };
  check("specReplicasPath", ".spec");
  check("statusReplicasPath", ".status");
  const selector = scale.labelSelectorPath ?? "";
  if (selector === "") return errors;
  const field = `${path}.scale.labelSelectorPath`;
  const simple = simplePathErrors(selector, field);
  errors.push(...simple);
  if (simple.length === 0 && !/^\.(spec|status)\./.test(selector)) {
    const why = "should be a json path under either .spec or .status";
    errors.push(invalidValue(field, selector, why));
  }
  return errors;
}

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = [
  "byte",
  "date",
  "date-time",
  "double",
  "float",
  "int32",
  "int64",
  "password",
];

/** apiextensions `ValidateCustomResourceColumnDefinition`. */
function columnErrors(column: CustomResourceColumnDefinition, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { name = "", type = "", format = "", jsonPath = "" } = column;
  if (name === "") errors.push(required(`${path}.name`, ""));
  const oneOf = `must be one of ${COLUMN_TYPES.join(",")}`;
  if (type === "") errors.push(required(`${path}.type`, oneOf));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalidValue(`${path}.type`, type, oneOf));
  if (format !== "" && !COLUMN_FORMATS.includes(format)) {
    const why = `must be one of ${COLUMN_FORMATS.join(",")}`;
    errors.push(invalidValue(`${path}.format`, format, why));
  }
  if (jsonPath === "") errors.push(required(`${path}.JSONPath`, ""));
  else errors.push(...simplePathErrors(jsonPath, `${path}.JSONPath`));
  return errors;
}

const MAX_SELECTABLE = 8;

/** apiextensions `ValidateCustomResourceSelectableFields`. */
function selectableErrors(
  fields: readonly SelectableField[],
  schema: JSONSchemaProps,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  fields.forEach(({ jsonPath }, index) => {
    const field = `${path}[${index}].jsonPath`;
    if (!jsonPath) {
      errors.push(required(field, ""));
      return;
    }
    const found = schemaAt(schema, jsonPath);
    if (found === undefined) {
      const why = "is an invalid path: does not refer to a valid field";
      errors.push(invalidValue(field, jsonPath, why));
      return;
    }
    if (/^\.metadata(\.|\[|$)/.test(jsonPath)) {
      errors.push(invalidValue(field, jsonPath, "must not point to fields in metadata"));
    }
    if (!["string", "boolean", "integer"].includes(found.type ?? "")) {
      const why =
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
      errors.push(invalidValue(field, jsonPath, why));
    }
    if (seen.has(jsonPath)) errors.push(duplicate(field, jsonPath));
    seen.add(jsonPath);
  });
  if (seen.size > MAX_SELECTABLE) errors.push(tooMany(path, seen.size, MAX_SELECTABLE));
  return errors;
}
