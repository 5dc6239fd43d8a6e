import { byteLength, decodeBase64Text } from "../kinds/base64.ts";
import { sameValue } from "../kinds/same-value.ts";
import type { ConfigMap, Endpoints, Node, Secret } from "../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "./field-error.ts";
import { goValue } from "./go-value.ts";
import { ipErrors } from "./ip.ts";
import { IMMUTABLE, invalidEach } from "./meta.ts";
import {
  configKeyErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from "./names.ts";
import { protocolErrors } from "./ports.ts";
import { effectErrors } from "./scheduling.ts";
import { specialIpErrors } from "./special-ip.ts";

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
      list.forEach(({ ip, hostname = "", nodeName }, nth) => {
        const place = `${at}.${key}[${nth}]`;
        errors.push(...ipErrors(ip, `${place}.ip`));
        if (hostname !== "") {
          errors.push(...invalidEach(`${place}.hostname`, hostname, dnsLabelErrors(hostname)));
        }
        if (nodeName !== undefined) {
          errors.push(...invalidEach(`${place}.nodeName`, nodeName, dnsSubdomainErrors(nodeName)));
        }
        errors.push(...specialIpErrors(ip, `${place}.ip`));
      });
    }
    ports.forEach(({ name = "", port, protocol = "" }, nth) => {
      const place = `${at}.ports[${nth}]`;
      if (ports.length > 1 && name === "") errors.push(required(`${place}.name`, ""));
      else if (name !== "")
        errors.push(...invalidEach(`${place}.name`, name, dnsLabelErrors(name)));
      errors.push(...invalidEach(`${place}.port`, port, portNumberErrors(port)));
      errors.push(...protocolErrors(protocol, `${place}.protocol`));
    });
    return errors;
  });
}
