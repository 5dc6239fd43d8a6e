import type { EnvFromSource, EnvVar, EnvVarSource, ResourceFieldSelector } from "../types.gen.ts";
import { type FieldError, invalidValue, notSupported, required } from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import {
  configKeyErrors,
  dnsSubdomainErrors,
  envNameErrors,
  qualifiedNameErrors,
} from "./names.ts";
import { nanosOf } from "./resources.ts";

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
    errors.push(...resourceFieldErrors(source.resourceFieldRef, `${path}.resourceFieldRef`));
  }
  for (const kind of ["configMapKeyRef", "secretKeyRef"] as const) {
    const selector = source[kind];
    if (selector === undefined) continue;
    count++;
    const { name = "" } = selector;
    errors.push(...invalidEach(`${path}.${kind}.name`, name, dnsSubdomainErrors(name)));
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
  if (ref.apiVersion !== "v1") {
    const why = `error converting fieldPath: unsupported pod version: ${ref.apiVersion}`;
    return [invalidValue(`${path}.fieldPath`, fieldPath, why)];
  }
  const subscript = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) {
    const [, part = "", key = ""] = subscript;
    const name = part === "metadata.annotations" ? key.toLowerCase() : key;
    return invalidEach(path, name, qualifiedNameErrors(name));
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
  { resource = "", divisor }: Pick<ResourceFieldSelector, "divisor"> & { resource?: string },
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const huge = /^(limits|requests)\.hugepages-/.test(resource);
  if (resource === "") errors.push(required(`${path}.resource`, ""));
  else if (!huge && !RESOURCE_FIELDS.includes(resource)) {
    errors.push(notSupported(`${path}.resource`, resource, RESOURCE_FIELDS));
  }
  return [...errors, ...divisorErrors(resource, divisor, `${path}.divisor`)];
}

const BYTE_DIVISORS = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

function divisorErrors(
  resource: string,
  divisor: string | undefined,
  field: string,
): readonly FieldError[] {
  if (divisor === undefined || nanosOf(divisor) === 0n) return [];
  if (/^(limits|requests)\.cpu$/.test(resource)) {
    if (divisor === "1" || divisor === "1m") return [];
    const why = "only divisor's values 1m and 1 are supported with the cpu resource";
    return [invalidValue(field, resource, why)];
  }
  const name = /\.memory$/.test(resource)
    ? "memory"
    : /\.ephemeral-storage$/.test(resource)
      ? "local ephemeral storage"
      : resource.includes(".hugepages-")
        ? "hugepages"
        : undefined;
  if (name === undefined || BYTE_DIVISORS.split(", ").includes(divisor)) return [];
  const why = `only divisor's values ${BYTE_DIVISORS} are supported with the ${name} resource`;
  return [invalidValue(field, resource, why)];
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
    for (const [key, ref] of Object.entries({ configMapRef, secretRef })) {
      if (ref === undefined) continue;
      if (!ref.name) errors.push(required(`${at}.${key}.name`, ""));
      else {
        const texts = dnsSubdomainErrors(ref.name.replace(/-$/, "a"));
        errors.push(...invalidEach(`${at}.${key}.name`, ref.name, texts));
      }
    }
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(invalidValue(path, "", "must specify one of: `configMapRef` or `secretRef`"));
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      errors.push(invalidValue(path, "", "may not have more than one field specified at a time"));
    }
    return errors;
  });
}
