import { sameValue } from "../kinds/same-value.ts";
import type { CustomResourceDefinition } from "../types.gen.ts";
import { type FieldError, invalidValue, notSupported, required } from "./field-error.ts";
import { goValue } from "./go-value.ts";
import { IMMUTABLE, invalidEach } from "./meta.ts";
import { dns1035Errors, dnsSubdomainErrors } from "./names.ts";
import { rawInvalid } from "./security.ts";
import { structuralErrors } from "./structural-schema.ts";

/** apiextensions `ValidateCustomResourceDefinition`, without metadata. */
export function definitionErrors(object: CustomResourceDefinition): readonly FieldError[] {
  const { spec, metadata, status } = object;
  const errors: FieldError[] = [];
  const { names, group, scope, versions = [] } = spec;
  const wanted = `${names.plural}.${group}`;
  if (metadata.name !== "" && metadata.name !== wanted) {
    const why = 'must be spec.names.plural+"."+spec.group';
    errors.push(invalidValue("metadata.name", metadata.name, why));
  }
  if (!group) errors.push(required("spec.group", ""));
  else {
    errors.push(...invalidEach("spec.group", group, dnsSubdomainErrors(group)));
    if (!group.includes(".")) {
      errors.push(invalidValue("spec.group", group, "should be a domain with at least one dot"));
    }
  }
  const scopes = ["Cluster", "Namespaced"];
  if (!scope) errors.push(required("spec.scope", ""));
  else if (!scopes.includes(scope)) errors.push(notSupported("spec.scope", scope, scopes));
  errors.push(...versionErrors(object));
  errors.push(...nameErrors(object));
  if (isProtected(group) && metadata.annotations?.["api-approved.kubernetes.io"] === undefined) {
    const why =
      'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111';
    errors.push(required("metadata.annotations[api-approved.kubernetes.io]", why));
  }
  errors.push(...storedErrors(status?.storedVersions ?? [], versions));
  return errors;
}

function isProtected(group: string): boolean {
  return /(^|\.)(k8s\.io|kubernetes\.io)$/.test(group);
}

function versionErrors({ spec }: CustomResourceDefinition): readonly FieldError[] {
  const errors: FieldError[] = [];
  const versions = spec.versions ?? [];
  const seen = new Set<string>();
  let unique = true;
  versions.forEach((version, index) => {
    const at = `spec.versions[${index}]`;
    if (seen.has(version.name)) unique = false;
    seen.add(version.name);
    errors.push(...invalidEach(`${at}.name`, version.name, dns1035Errors(version.name)));
    if (version.schema?.openAPIV3Schema === undefined) {
      errors.push(required(`${at}.schema.openAPIV3Schema`, "schemas are required"));
    }
  });
  const shown = () => goValue("[]CustomResourceDefinitionVersion", versions);
  if (!unique)
    errors.push(rawInvalid("spec.versions", shown(), "must contain unique version names"));
  const stored = versions.filter(({ storage }) => storage).length;
  if (stored !== 1) {
    const why = "must have exactly one version marked as storage version";
    errors.push(rawInvalid("spec.versions", shownWithoutSchemas(versions), why));
  }
  errors.push(...schemaErrors(versions));
  return errors;
}

type Versions = CustomResourceDefinition["spec"]["versions"];

/** Internally equal schemas are kept once for all versions, so they are missing in the print. */
function shownWithoutSchemas(versions: Versions): string {
  const first = versions[0]?.schema;
  const same = versions.every(({ schema }) => sameValue(schema, first));
  const bare = same ? versions.map(({ schema: _, ...rest }) => rest) : versions;
  return goValue("[]CustomResourceDefinitionVersion", bare);
}

/** Schemas that all versions share are reported once, at the place where they are kept internally. */
function schemaErrors(versions: Versions): readonly FieldError[] {
  const first = versions[0]?.schema?.openAPIV3Schema;
  const same = versions.every(({ schema }) => sameValue(schema?.openAPIV3Schema, first));
  if (same) {
    return first === undefined ? [] : structuralErrors(first, "spec.validation.openAPIV3Schema");
  }
  return versions.flatMap(({ schema }, index) => {
    const root = schema?.openAPIV3Schema;
    const at = `spec.versions[${index}].schema.openAPIV3Schema`;
    return root === undefined ? [] : structuralErrors(root, at);
  });
}

function nameErrors({ spec: { names } }: CustomResourceDefinition): readonly FieldError[] {
  const errors: FieldError[] = [];
  const lower = (key: "plural" | "singular", value: string | undefined) => {
    if (!value) {
      if (key === "plural") errors.push(required(`spec.names.${key}`, ""));
    } else errors.push(...invalidEach(`spec.names.${key}`, value, dns1035Errors(value)));
  };
  lower("plural", names.plural);
  lower("singular", names.singular);
  for (const key of ["kind", "listKind"] as const) {
    const value = names[key];
    if (!value) errors.push(required(`spec.names.${key}`, ""));
    else {
      const texts = dns1035Errors(value.toLowerCase()).map(
        (text) => `may have mixed case, but should otherwise match: ${text}`,
      );
      errors.push(...invalidEach(`spec.names.${key}`, value, texts));
    }
  }
  (names.shortNames ?? []).forEach((name, index) => {
    errors.push(...invalidEach(`spec.names.shortNames[${index}]`, name, dns1035Errors(name)));
  });
  (names.categories ?? []).forEach((name, index) => {
    errors.push(...invalidEach(`spec.names.categories[${index}]`, name, dns1035Errors(name)));
  });
  if (names.kind !== "" && names.kind === names.listKind) {
    const why = "kind and listKind may not be the same";
    errors.push(invalidValue("spec.names.listKind", names.listKind, why));
  }
  return errors;
}

function storedErrors(stored: readonly string[], versions: Versions): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (stored.length === 0) {
    errors.push(
      invalidValue("status.storedVersions", stored, "must have at least one stored version"),
    );
  }
  const names = new Set(versions.map(({ name }) => name));
  stored.forEach((name, index) => {
    if (names.has(name)) return;
    const field = `status.storedVersions[${index}]`;
    errors.push(
      invalidValue(
        field,
        name,
        "missing from spec.versions; " +
          name +
          " was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in " +
          name +
          " and removes " +
          name +
          " from status.storedVersions",
      ),
    );
  });
  const last = versions.filter(({ storage }) => storage).at(-1);
  if (last !== undefined && stored.length > 0 && !stored.includes(last.name)) {
    const why = `must have the storage version ${last.name}`;
    errors.push(invalidValue("status.storedVersions", stored, why));
  }
  return errors;
}

/** What may not change once a definition is established. */
export function definitionUpdateErrors(
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
