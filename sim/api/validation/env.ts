import type { EnvFromSource, EnvVar, EnvVarSource } from "../types.gen.ts";
import { type FieldError, invalidValue, notSupported, required } from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { configKeyErrors, envNameErrors } from "./names.ts";

/** Environment variables. */
export function envErrors(env: readonly EnvVar[], path: string): readonly FieldError[] {
  return env.flatMap((variable, index) => {
    const at = `${path}[${index}]`;
    const { name, value = "", valueFrom } = variable;
    const named = !name
      ? [required(`${at}.name`, "")]
      : invalidEach(`${at}.name`, name, envNameErrors(name));
    if (valueFrom === undefined) return [...named];
    return [...named, ...envSourceErrors(valueFrom, value, `${at}.valueFrom`)];
  });
}

const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const RESOURCE_FIELDS = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

function envSourceErrors(source: EnvVarSource, value: string, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  if (source.fieldRef !== undefined) {
    count++;
    errors.push(...fieldRefErrors(source.fieldRef, `${path}.fieldRef`, ENV_FIELDS));
  }
  if (source.resourceFieldRef !== undefined) {
    count++;
    const { resource } = source.resourceFieldRef;
    errors.push(...resourceFieldErrors(resource, `${path}.resourceFieldRef`));
  }
  for (const kind of ["configMapKeyRef", "secretKeyRef"] as const) {
    const selector = source[kind];
    if (selector === undefined) continue;
    count++;
    if (!selector.name) errors.push(required(`${path}.${kind}.name`, ""));
    if (!selector.key) errors.push(required(`${path}.${kind}.key`, ""));
    else {
      const texts = configKeyErrors(selector.key);
      errors.push(...invalidEach(`${path}.${kind}.key`, selector.key, texts));
    }
  }
  if (source.fileKeyRef !== undefined) count++;
  if (count === 0) {
    const why =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    errors.push(invalidValue(path, "", why));
  } else if (value !== "") {
    errors.push(invalidValue(path, "", "may not be specified when `value` is not empty"));
  } else if (count > 1) {
    errors.push(invalidValue(path, "", "may not have more than one field specified at a time"));
  }
  return errors;
}

const CONVERTIBLE = new Set([
  ...ENV_FIELDS,
  "metadata.annotations",
  "metadata.labels",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
  "spec.hostNetwork",
  "status.nominatedNodeName",
]);

/** A reference to a field of the pod, for environment variables and downward files. */
export function fieldRefErrors(
  ref: { readonly apiVersion?: string; readonly fieldPath?: string },
  path: string,
  allowed: readonly string[],
): readonly FieldError[] {
  if (!ref.apiVersion) return [required(`${path}.apiVersion`, "")];
  const { fieldPath } = ref;
  if (!fieldPath) return [required(`${path}.fieldPath`, "")];
  const subscript = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) {
    return allowed.includes("metadata.annotations") || allowed === ENV_FIELDS
      ? []
      : [invalidValue(`${path}.fieldPath`, fieldPath, "does not support subscript")];
  }
  if (!CONVERTIBLE.has(fieldPath)) {
    const why = `error converting fieldPath: field label not supported: ${fieldPath}`;
    return [invalidValue(`${path}.fieldPath`, fieldPath, why)];
  }
  if (allowed.includes(fieldPath)) return [];
  return [notSupported(`${path}.fieldPath`, fieldPath, [...allowed].sort())];
}

/** A reference to a container's resource. */
export function resourceFieldErrors(
  resource: string | undefined,
  path: string,
): readonly FieldError[] {
  if (!resource) return [required(`${path}.resource`, "")];
  const huge = /^(limits|requests)\.hugepages-/.test(resource);
  if (huge || RESOURCE_FIELDS.includes(resource)) return [];
  return [notSupported(`${path}.resource`, resource, RESOURCE_FIELDS)];
}

/** Sources of many variables. */
export function envFromErrors(
  sources: readonly EnvFromSource[],
  path: string,
): readonly FieldError[] {
  return sources.flatMap((source, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    const { prefix = "", configMapRef, secretRef } = source;
    if (prefix !== "") errors.push(...invalidEach(`${at}.prefix`, prefix, envNameErrors(prefix)));
    if (configMapRef !== undefined && !configMapRef.name) {
      errors.push(required(`${at}.configMapRef.name`, ""));
    }
    if (secretRef !== undefined && !secretRef.name) {
      errors.push(required(`${at}.secretRef.name`, ""));
    }
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(invalidValue(at, "", "must specify one of: `configMapRef` or `secretRef`"));
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      errors.push(invalidValue(at, "", "may not have more than one field specified at a time"));
    }
    return errors;
  });
}
