import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../types.gen.ts";
import {
  type FieldError,
  invalidValue,
  notSupported,
  rawInvalid,
  required,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { IMMUTABLE } from "../meta.ts";
import { dns1035Errors, dnsSubdomainErrors } from "../names.ts";
import { conversionErrors } from "./definition-conversion.ts";
import { nameErrors, requiredNameErrors } from "./definition-names.ts";
import { hoisted, partErrors } from "./definition-parts.ts";

/** apiextensions `ValidateCustomResourceDefinition`, without metadata. */
export function definitionErrors(
  object: CustomResourceDefinition,
  before?: CustomResourceDefinition,
): readonly FieldError[] {
  const { spec, metadata, status } = object;
  const errors: FieldError[] = [];
  const { names, group, versions = [] } = spec;
  const wanted = `${names.plural}.${group}`;
  if (before === undefined && metadata.name !== "" && metadata.name !== wanted) {
    const why = 'must be spec.names.plural+"."+spec.group';
    errors.push(invalidValue("metadata.name", metadata.name, why));
  }
  errors.push(...specErrors(object));
  if (before !== undefined) errors.push(...changeErrors(object, before));
  if (status?.acceptedNames !== undefined)
    errors.push(...nameErrors(status.acceptedNames, "status.acceptedNames"));
  errors.push(...storedErrors(status?.storedVersions ?? [], versions));
  errors.push(...approvalErrors(object, before));
  if (spec.preserveUnknownFields === true && before?.spec.preserveUnknownFields !== true) {
    const why =
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    errors.push(invalidValue("spec.preserveUnknownFields", true, why));
  }
  return errors;
}

const SCOPES = ["Cluster", "Namespaced"];

/** apiextensions `validateCustomResourceDefinitionSpec`. */
function specErrors({ spec }: CustomResourceDefinition): readonly FieldError[] {
  const { group, scope, names, versions = [] } = spec;
  const errors = [...groupErrors(group)];
  if (!scope) errors.push(required("spec.scope", ""));
  else if (!SCOPES.includes(scope)) errors.push(notSupported("spec.scope", scope, SCOPES));
  const parts = hoisted(versions);
  parts.versions.forEach((version, index) => {
    if (parts.validation ?? version.schema?.openAPIV3Schema) return;
    const field = `spec.versions[${index}].schema.openAPIV3Schema`;
    errors.push(required(field, ""));
  });
  parts.versions.forEach((version, index) => {
    const at = `spec.versions[${index}]`;
    const texts = dns1035Errors(version.name);
    if (texts.length > 0) errors.push(invalidValue(`${at}.name`, version.name, texts.join(",")));
    errors.push(...deprecationErrors(version, `${at}.deprecationWarning`));
    const hasStatus = (version.subresources ?? parts.subresources)?.status !== undefined;
    errors.push(...partErrors(version, hasStatus, at, `${at}.schema`));
  });
  errors.push(...versionSetErrors(parts.versions));
  const [first] = versions;
  const firstTexts = first === undefined ? [] : dns1035Errors(first.name);
  if (first?.name && firstTexts.length > 0) {
    // The first version stands in the old member for a single one, too.
    errors.push(invalidValue("spec.version", first.name, firstTexts.join(",")));
  }
  errors.push(...requiredNameErrors(names), ...nameErrors(names, "spec.names"));
  const anyStatus =
    parts.subresources?.status !== undefined ||
    parts.versions.some(({ subresources }) => subresources?.status !== undefined);
  const shared = {
    schema: parts.validation === undefined ? undefined : { openAPIV3Schema: parts.validation },
    subresources: parts.subresources,
    additionalPrinterColumns: parts.columns,
    selectableFields: parts.selectableFields,
  };
  errors.push(...partErrors(shared, anyStatus, "spec", "spec.validation"));
  errors.push(...conversionErrors(spec.conversion, spec.preserveUnknownFields === true));
  return errors;
}

function groupErrors(group: string): readonly FieldError[] {
  if (!group) return [required("spec.group", "")];
  const texts = dnsSubdomainErrors(group);
  if (texts.length > 0) return [invalidValue("spec.group", group, texts.join(","))];
  if (group.includes(".")) return [];
  return [invalidValue("spec.group", group, "should be a domain with at least one dot")];
}

function versionSetErrors(versions: readonly CustomResourceDefinitionVersion[]): FieldError[] {
  const errors: FieldError[] = [];
  const say = (why: string) => {
    const shown = goValue("[]CustomResourceDefinitionVersion", versions);
    errors.push(rawInvalid("spec.versions", shown, why));
  };
  const names = new Set(versions.map(({ name }) => name));
  if (names.size < versions.length) say("must contain unique version names");
  if (versions.filter(({ storage }) => storage).length !== 1)
    say("must have exactly one version marked as storage version");
  return errors;
}

function deprecationErrors(
  { deprecated = false, deprecationWarning: text }: CustomResourceDefinitionVersion,
  field: string,
): readonly FieldError[] {
  if (text === undefined) return [];
  const errors: FieldError[] = [];
  if (!deprecated) {
    errors.push(invalidValue(field, text, "can only be set for deprecated versions"));
  }
  if (text.length > 256) {
    errors.push(invalidValue(field, text, "must be <= 256 characters long"));
  }
  if (text === "") errors.push(invalidValue(field, text, "must not be an empty string"));
  const at = [...text].findIndex((character) => character < " " || character === "\u007f");
  if (at >= 0) {
    const why = `must only contain printable UTF-8 characters; non-printable character found at index ${at}`;
    errors.push(invalidValue(field, text, why));
  }
  return errors;
}

const APPROVAL = "api-approved.kubernetes.io";
const APPROVAL_FIELD = `metadata.annotations[${APPROVAL}]`;
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

/** Groups of the Kubernetes project need its approval. A definition that has none may stay so. */
function approvalErrors(
  object: CustomResourceDefinition,
  before: CustomResourceDefinition | undefined,
): readonly FieldError[] {
  if (!/(^|\.)(k8s\.io|kubernetes\.io)$/.test(object.spec.group)) return [];
  const text = object.metadata.annotations?.[APPROVAL] ?? "";
  const state = approvalOf(text);
  if (before !== undefined && approvalOf(before.metadata.annotations?.[APPROVAL] ?? "") === state) {
    return [];
  }
  const start = `protected groups must have approval annotation ${JSON.stringify(APPROVAL)}`;
  if (state === "missing") return [required(APPROVAL_FIELD, `${start}, ${SEE}`)];
  if (state !== "invalid") return [];
  const why = `${start} with either a URL or a reason starting with "unapproved", ${SEE}`;
  return [invalidValue(APPROVAL_FIELD, text, why)];
}

function approvalOf(text: string): "approved" | "bypassed" | "invalid" | "missing" {
  if (text === "") return "missing";
  if (text.startsWith("unapproved")) return "bypassed";
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#\s]+[^\s]*$/.test(text) ? "approved" : "invalid";
}

type Versions = CustomResourceDefinition["spec"]["versions"];

function storedErrors(stored: readonly string[], versions: Versions): readonly FieldError[] {
  const field = "status.storedVersions";
  if (stored.length === 0) {
    return [invalidValue(field, null, "must have at least one stored version")];
  }
  const errors: FieldError[] = [];
  for (const { name, storage } of versions) {
    if (!storage || stored.includes(name)) continue;
    errors.push(invalidValue(field, stored, `must have the storage version ${name}`));
  }
  stored.forEach((name, index) => {
    if (versions.some((version) => version.name === name)) return;
    const why = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(invalidValue(`${field}[${index}]`, name, why));
  });
  return errors;
}

/** What may not change once a definition is established. */
function changeErrors(
  next: CustomResourceDefinition,
  before: CustomResourceDefinition,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const established = (before.status?.conditions ?? []).some(
    ({ type, status }) => type === "Established" && status === "True",
  );
  if (established) {
    if (next.spec.scope !== before.spec.scope) {
      errors.push(invalidValue("spec.scope", next.spec.scope, IMMUTABLE));
    }
    if (next.spec.names.kind !== before.spec.names.kind) {
      errors.push(invalidValue("spec.names.kind", next.spec.names.kind, IMMUTABLE));
    }
  }
  if (next.spec.group !== before.spec.group) {
    errors.push(invalidValue("spec.group", next.spec.group, IMMUTABLE));
  }
  if (next.spec.names.plural !== before.spec.names.plural) {
    errors.push(invalidValue("spec.names.plural", next.spec.names.plural, IMMUTABLE));
  }
  return errors;
}

/** apiextensions `ValidateUpdateCustomResourceDefinitionStatus`. */
export function definitionStatusErrors({
  status,
}: CustomResourceDefinition): readonly FieldError[] {
  const names = status?.acceptedNames;
  return names === undefined ? [] : nameErrors(names, "status.acceptedNames");
}
