import { byteLength, decodeBase64Text } from "../../kinds/base64.ts";
import { sameValue } from "../../kinds/same-value.ts";
import { jsonMistake } from "../../schema/go-json.ts";
import type { ConfigMap, Secret } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from "../field-error.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import { configKeyErrors } from "../names.ts";

/** A mebibyte: the most that a ConfigMap or Secret may hold. */
const DATA_LIMIT = 1_048_576;

/** How many bytes a base64 text stands for. */
function decodedLength(text: string): number {
  return Math.floor((text.replaceAll("=", "").length * 3) / 4);
}

/** core `ValidateConfigMap`, without metadata. */
export function configMapErrors({ data = {}, binaryData = {} }: ConfigMap): readonly FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const key of Object.keys(data).sort()) {
    errors.push(...invalidEach(`data[${key}]`, key, configKeyErrors(key)));
    if (binaryData[key] !== undefined) {
      errors.push(invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData"));
    }
    size += byteLength(data[key] ?? "");
  }
  for (const key of Object.keys(binaryData).sort()) {
    errors.push(...invalidEach(`binaryData[${key}]`, key, configKeyErrors(key)));
    if (data[key] !== undefined) {
      errors.push(invalidValue(`binaryData[${key}]`, key, "duplicate of key present in data"));
    }
    size += decodedLength(binaryData[key] ?? "");
  }
  // A path without a name, which means the whole object, prints as an empty index.
  if (size > DATA_LIMIT) errors.push(tooLong("[]", DATA_LIMIT));
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
    size += decodedLength(data[key] ?? "");
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
    const empty = type === "kubernetes.io/ssh-auth" && value === "";
    if (value === undefined || empty) errors.push(required(`data[${key}]`, ""));
    else if (type.startsWith("kubernetes.io/docker")) {
      const why = jsonError(decodeBase64Text(value));
      if (why !== undefined)
        errors.push(invalidValue(`data[${key}]`, "<secret contents redacted>", why));
    }
  }
  return errors;
}

/** Why a text is no JSON object, in Go's words. */
function jsonError(text: string): string | undefined {
  const mistake = jsonMistake(text);
  if (mistake !== undefined) return mistake;
  const value: unknown = JSON.parse(text);
  const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  if (type === "object") return undefined;
  return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
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
