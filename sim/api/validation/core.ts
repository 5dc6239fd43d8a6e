import { byteLength, decodeBase64Text } from "../kinds/base64.ts";
import { sameValue } from "../kinds/same-value.ts";
import type {
  ConfigMap,
  Endpoints,
  LimitRange,
  LimitRangeItem,
  Node,
  ResourceQuota,
  Secret,
} from "../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from "./field-error.ts";
import { goValue } from "./go-value.ts";
import { IMMUTABLE, invalidEach } from "./meta.ts";
import {
  configKeyErrors,
  labelValueErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from "./names.ts";
import { ipErrors } from "./pod-spec.ts";
import { protocolErrors } from "./ports.ts";
import { nanosOf, quantityErrors, resourceNameErrors } from "./resources.ts";
import { effectErrors } from "./scheduling.ts";

/** A mebibyte: the most that a ConfigMap or Secret may hold. */
const DATA_LIMIT = 1_048_576;

/** core `ValidateConfigMap`, without metadata. */
export function configMapErrors({ data = {}, binaryData = {} }: ConfigMap): readonly FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const key of Object.keys(data).sort()) {
    errors.push(...invalidEach(`data[${key}]`, key, configKeyErrors(key)));
    if (binaryData[key] !== undefined) {
      errors.push(invalidValue(`data[${key}]`, key, `duplicate of key present in binaryData`));
    }
    size += byteLength(data[key] ?? "");
  }
  for (const key of Object.keys(binaryData).sort()) {
    errors.push(...invalidEach(`binaryData[${key}]`, key, configKeyErrors(key)));
    size += Math.floor(((binaryData[key] ?? "").replaceAll("=", "").length * 3) / 4);
  }
  if (size > DATA_LIMIT) errors.push(tooLong("", DATA_LIMIT));
  return errors;
}

/** Immutable ConfigMaps and Secrets stay as they are. */
export function frozenDataErrors(
  next: ConfigMap | Secret,
  before: ConfigMap | Secret,
): readonly FieldError[] {
  if (before.immutable !== true) return [];
  const errors: FieldError[] = [];
  const why = "field is immutable when `immutable` is set";
  if (next.immutable !== true) errors.push(forbiddenField("immutable", why));
  if (!sameValue(next.data, before.data)) errors.push(forbiddenField("data", why));
  const [left, right] = [next as ConfigMap, before as ConfigMap];
  if (!sameValue(left.binaryData, right.binaryData)) {
    errors.push(forbiddenField("binaryData", why));
  }
  return errors;
}

/** Keys that secrets of a type must have. */
const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

/** core `ValidateSecret`, without metadata. */
export function secretErrors(secret: Secret): readonly FieldError[] {
  const { data = {}, type = "", metadata } = secret;
  const errors: FieldError[] = [];
  let size = 0;
  for (const key of Object.keys(data).sort()) {
    errors.push(...invalidEach(`data[${key}]`, key, configKeyErrors(key)));
    size += Math.floor(((data[key] ?? "").replaceAll("=", "").length * 3) / 4);
  }
  if (size > DATA_LIMIT) errors.push(tooLong("data", DATA_LIMIT));
  if (type === "kubernetes.io/service-account-token") {
    const name = metadata.annotations?.["kubernetes.io/service-account.name"] ?? "";
    const field = "metadata.annotations[kubernetes.io/service-account.name]";
    if (name === "") errors.push(required(field, ""));
  } else if (type === "kubernetes.io/basic-auth") {
    if (data["username"] === undefined && data["password"] === undefined) {
      errors.push(required("data[username]", ""), required("data[password]", ""));
    }
  }
  for (const key of SECRET_KEYS[type] ?? []) {
    const value = data[key];
    if (value === undefined) errors.push(required(`data[${key}]`, ""));
    else if (type.startsWith("kubernetes.io/docker")) {
      const why = jsonError(decodeBase64Text(value));
      if (why !== undefined)
        errors.push(invalidValue(`data[${key}]`, "<secret contents redacted>", why));
    }
  }
  return errors;
}

/** Why a text is no JSON, in Go's words as far as they are short. */
function jsonError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const first = text.trimStart().charAt(0);
    if (first === "") return "unexpected end of JSON input";
    return /[[{"\d\-tfn]/.test(first)
      ? "unexpected end of JSON input"
      : `invalid character '${first}' looking for beginning of value`;
  }
}

/** A secret's type never changes. */
export function secretUpdateErrors(next: Secret, before: Secret): readonly FieldError[] {
  const type = next.type ?? "";
  const changed = type !== (before.type ?? "");
  return [
    ...(changed ? [invalidValue("type", type, IMMUTABLE)] : []),
    ...frozenDataErrors(next, before),
  ];
}

/** core `ValidateNode`: taints. */
export function nodeErrors({ spec }: Node): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  (spec?.taints ?? []).forEach((taint, index) => {
    const at = `metadata.taints[${index}]`;
    const { key, value = "", effect = "" } = taint;
    errors.push(...invalidEach(`${at}.key`, key, qualifiedNameErrors(key)));
    errors.push(...invalidEach(`${at}.value`, value, labelValueErrors(value)));
    errors.push(...effectErrors(effect, `${at}.effect`));
    const pair = `${key}:${effect}`;
    if (seen.has(pair)) {
      const shown = goValue("Taint", taint);
      const message = `Duplicate value: ${shown}: taints must be unique by key and effect pair`;
      errors.push({ type: "FieldValueDuplicate", field: at, message });
    }
    seen.add(pair);
  });
  return errors;
}

/** core `ValidateNodeUpdate`: what a node is once it has said so. */
export function nodeUpdateErrors(next: Node, before: Node): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { podCIDR, providerID } = before.spec ?? {};
  if (podCIDR && next.spec?.podCIDR !== podCIDR) {
    errors.push(
      forbiddenField(
        "spec.podCIDRs",
        'node updates may not change podCIDR except from "" to valid',
      ),
    );
  }
  if (providerID && next.spec?.providerID !== providerID) {
    const why = 'node updates may not change providerID except from "" to valid';
    errors.push(forbiddenField("spec.providerID", why));
  }
  return errors;
}

const LIMIT_TYPES = ["Container", "PersistentVolumeClaim", "Pod"];

/** core `ValidateLimitRange`, without metadata. */
export function limitRangeErrors({ spec }: LimitRange): readonly FieldError[] {
  const types = new Set<string>();
  return (spec?.limits ?? []).flatMap((item, index) => {
    const at = `spec.limits[${index}]`;
    const errors: FieldError[] = [];
    if (!LIMIT_TYPES.includes(item.type)) {
      const texts = qualifiedNameErrors(item.type);
      errors.push(...invalidEach(`${at}.type`, item.type, texts));
      if (texts.length === 0 && !item.type.includes("/")) {
        const why = "must be a standard limit type or fully qualified";
        errors.push(invalidValue(`${at}.type`, item.type, why));
      }
    }
    if (types.has(item.type)) errors.push(duplicate(`${at}.type`, item.type));
    types.add(item.type);
    errors.push(...limitItemErrors(item, at));
    return errors;
  });
}

function limitItemErrors(item: LimitRangeItem, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const key of ["max", "min"] as const) {
    for (const name of Object.keys(item[key] ?? {}).sort()) {
      errors.push(...resourceNameErrors(name, `${at}.${key}[${name}]`));
      names.add(name);
    }
  }
  for (const key of ["default", "defaultRequest"] as const) {
    const values = item[key];
    if (item.type === "Pod") {
      if (values !== undefined && Object.keys(values).length > 0) {
        const why = "may not be specified when `type` is 'Pod'";
        errors.push(forbiddenField(`${at}.${key}`, why));
      }
      continue;
    }
    for (const name of Object.keys(values ?? {}).sort()) {
      errors.push(...resourceNameErrors(name, `${at}.${key}[${name}]`));
      names.add(name);
    }
  }
  if (item.type === "PersistentVolumeClaim") {
    const minimum = item.min?.["storage"] !== undefined;
    if (!minimum && item.max?.["storage"] === undefined) {
      errors.push(
        required(
          `${at}.limits`,
          "either minimum or maximum storage value is required, but neither was provided",
        ),
      );
    }
  }
  for (const name of Object.keys(item.maxLimitRequestRatio ?? {}).sort()) names.add(name);
  for (const name of [...names].sort()) errors.push(...orderErrors(item, name, at));
  return errors;
}

/** min ≤ defaultRequest ≤ default ≤ max, and a ratio of at least one. */
function orderErrors(item: LimitRangeItem, name: string, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const max = item.max?.[name];
  const min = item.min?.[name];
  const limit = item.default?.[name];
  const request = item.defaultRequest?.[name];
  const above = (one: string | undefined, other: string | undefined) =>
    one !== undefined && other !== undefined && nanosOf(one) > nanosOf(other);
  const say = (key: string, value: string | undefined, text: string) =>
    errors.push(invalidValue(`${at}.${key}[${name}]`, value, text));
  if (above(min, max)) say("min", min, `min value ${min} is greater than max value ${max}`);
  if (above(min, request)) {
    say(
      "defaultRequest",
      request,
      `min value ${min} is greater than default request value ${request}`,
    );
  }
  if (above(request, max)) {
    say(
      "defaultRequest",
      request,
      `default request value ${request} is greater than max value ${max}`,
    );
  }
  if (above(request, limit)) {
    say(
      "defaultRequest",
      request,
      `default request value ${request} is greater than default limit value ${limit}`,
    );
  }
  if (above(min, limit)) {
    say("default", min, `min value ${min} is greater than default value ${limit}`);
  }
  if (above(limit, max)) {
    say("default", max, `default value ${limit} is greater than max value ${max}`);
  }
  const ratio = item.maxLimitRequestRatio?.[name];
  if (ratio !== undefined && nanosOf(ratio) < 1_000_000_000n) {
    say("maxLimitRequestRatio", ratio, `ratio ${ratio} is less than 1`);
  }
  if (ratio !== undefined && min !== undefined && max !== undefined && nanosOf(min) > 0n) {
    const most = Number(nanosOf(max)) / Number(nanosOf(min));
    if (Number(nanosOf(ratio)) / 1e9 > most) {
      say(
        "maxLimitRequestRatio",
        ratio,
        `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`,
      );
    }
  }
  return errors;
}

const QUOTA_RESOURCES = new Set(
  "cpu memory ephemeral-storage requests.cpu requests.memory requests.storage requests.ephemeral-storage limits.cpu limits.memory limits.ephemeral-storage pods resourcequotas services replicationcontrollers secrets persistentvolumeclaims configmaps services.nodeports services.loadbalancers".split(
    " ",
  ),
);
const POD_COMPUTE = new Set(
  "pods cpu memory requests.cpu requests.memory limits.cpu limits.memory".split(" "),
);
/** Scopes and the resources that they apply to. */
const SCOPES: Readonly<Record<string, (name: string) => boolean>> = {
  BestEffort: (name) => name === "pods",
  NotBestEffort: (name) => POD_COMPUTE.has(name),
  Terminating: (name) => POD_COMPUTE.has(name),
  NotTerminating: (name) => POD_COMPUTE.has(name),
  PriorityClass: (name) => POD_COMPUTE.has(name),
  CrossNamespacePodAffinity: (name) => POD_COMPUTE.has(name),
  VolumeAttributesClass: (name) => name === "persistentvolumeclaims" || name === "requests.storage",
};

/** core `ValidateResourceQuotaSpec`. */
export function resourceQuotaErrors({ spec }: ResourceQuota): readonly FieldError[] {
  const errors: FieldError[] = [];
  const hard = spec?.hard ?? {};
  for (const name of Object.keys(hard).sort()) {
    const field = `spec.hard[${name}]`;
    errors.push(...resourceNameErrors(name, field));
    if (!name.includes("/") && !QUOTA_RESOURCES.has(name) && !name.includes("hugepages-")) {
      errors.push(invalidValue(field, name, "must be a standard resource for quota"));
    }
    errors.push(...quantityErrors(name, hard[name] ?? "0", field));
  }
  errors.push(...scopeErrors(spec?.scopes ?? [], Object.keys(hard), "spec.scopes"));
  return errors;
}

function scopeErrors(
  scopes: readonly string[],
  names: readonly string[],
  field: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const scope of scopes) {
    const applies = SCOPES[scope];
    if (applies === undefined) {
      errors.push(invalidValue(field, scopes, "unsupported scope"));
    } else if (names.some((name) => !applies(name))) {
      errors.push(invalidValue(field, scopes, "unsupported scope applied to resource"));
    }
  }
  const has = (scope: string) => scopes.includes(scope);
  if (
    (has("BestEffort") && has("NotBestEffort")) ||
    (has("Terminating") && has("NotTerminating"))
  ) {
    errors.push(invalidValue(field, scopes, "conflicting scopes"));
  }
  return errors;
}

/** core `ValidateEndpoints`: subsets. */
export function endpointsErrors({ subsets = [] }: Endpoints): readonly FieldError[] {
  return subsets.flatMap((subset, index) => {
    const at = `subsets[${index}]`;
    const errors: FieldError[] = [];
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length === 0 && notReadyAddresses.length === 0) {
      errors.push(required(at, "must specify `addresses` or `notReadyAddresses`"));
    }
    for (const [key, list] of Object.entries({ addresses, notReadyAddresses })) {
      list.forEach(({ ip }, nth) => {
        errors.push(...ipErrors(ip, `${at}.${key}[${nth}].ip`));
      });
    }
    ports.forEach(({ name = "", port, protocol = "" }, nth) => {
      const place = `${at}.ports[${nth}]`;
      if (ports.length > 1 && name === "") errors.push(required(`${place}.name`, ""));
      errors.push(...invalidEach(`${place}.port`, port, portNumberErrors(port)));
      errors.push(...protocolErrors(protocol, `${place}.protocol`));
    });
    return errors;
  });
}
