import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ResourceFieldSelector,
} from "../../types.gen.ts";
import { type FieldError, invalidValue, notSupported, required, tooLong } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import {
  asPrefix,
  configKeyErrors,
  dnsSubdomainErrors,
  envNameErrors,
  qualifiedNameErrors,
} from "../names.ts";
import { freePathErrors } from "../paths.ts";
import { nanosOf } from "../resources.ts";

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
  if (source.fileKeyRef !== undefined) {
    count++;
    errors.push(...fileKeyErrors(source.fileKeyRef, `${path}.fileKeyRef`));
  }
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

/** The longest key in a file of variables. */
const FILE_KEY_LIMIT = 128;

/** core `validateFileKeySelector`. */
function fileKeyErrors(
  { key = "", path: file = "", volumeName = "" }: Partial<FileKeySelector>,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (key === "") errors.push(required(`${path}.key`, ""));
  else {
    errors.push(...invalidEach(`${path}.key`, key, envNameErrors(key)));
    if (key.length > FILE_KEY_LIMIT) errors.push(tooLong(`${path}.key`, FILE_KEY_LIMIT));
  }
  if (volumeName === "") errors.push(required(`${path}.volumeName`, ""));
  if (file === "") errors.push(required(`${path}.path`, ""));
  else errors.push(...freePathErrors(file, `${path}.path`));
  return errors;
}

/** Fields that upstream can read from a pod (core/pods `ConvertDownwardAPIFieldLabel`). */
const CONVERTIBLE = new Set([
  ...ENV_FIELDS,
  "metadata.annotations",
  "metadata.labels",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);
const SUBSCRIPT = /^(.+?)\['(.*)'\]$/s;

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
  const subscript = SUBSCRIPT.exec(fieldPath);
  const part = subscript?.[1] ?? fieldPath;
  const labelled = part === "metadata.annotations" || part === "metadata.labels";
  if (subscript !== null && labelled) {
    const key = subscript[2] ?? "";
    const name = part === "metadata.annotations" ? key.toLowerCase() : key;
    return invalidEach(path, name, qualifiedNameErrors(name));
  }
  if (subscript !== null || (!CONVERTIBLE.has(fieldPath) && fieldPath !== "spec.host")) {
    const what = subscript === null ? "not supported" : "does not support subscript";
    const why = `error converting fieldPath: field label ${what}: ${fieldPath}`;
    return [invalidValue(`${path}.fieldPath`, fieldPath, why)];
  }
  // Old clients say spec.host.
  if (fieldPath === "spec.host") {
    return allowed.includes("spec.nodeName")
      ? []
      : [notSupported(`${path}.fieldPath`, "spec.nodeName", [...allowed].sort())];
  }
  if (allowed.includes(fieldPath)) return [];
  return [notSupported(`${path}.fieldPath`, fieldPath, [...allowed].sort())];
}

/** A reference to a container's resource; in a volume it has to name the container. */
export function resourceFieldErrors(
  { containerName, resource = "", divisor }: Partial<ResourceFieldSelector>,
  path: string,
  inVolume = false,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const huge = /^(limits|requests)\.hugepages-/.test(resource);
  if (inVolume && !containerName) errors.push(required(`${path}.containerName`, ""));
  else if (resource === "") errors.push(required(`${path}.resource`, ""));
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
        const texts = dnsSubdomainErrors(asPrefix(ref.name));
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
