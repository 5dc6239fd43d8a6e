import type { PodSpec } from "../../types.gen.ts";
import { type FieldError, invalidValue, required } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { underscoreSubdomainErrors } from "../names.ts";
import { ipErrors } from "../network/ip-errors.ts";

function searchErrors(searches: readonly string[], path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (searches.length > 32) {
    errors.push(invalidValue(path, searches, "must not have more than 32 search paths"));
  }
  if (searches.join(" ").length > 2048) {
    const why = "must not have more than 2048 characters (including spaces) in the search list";
    errors.push(invalidValue(path, searches, why));
  }
  searches.forEach((text, index) => {
    if (text === ".") return;
    const name = text.endsWith(".") ? text.slice(0, -1) : text;
    errors.push(...invalidEach(`${path}[${index}]`, name, underscoreSubdomainErrors(name)));
  });
  return errors;
}

/** core `validatePodDNSConfig`. */
export function dnsConfigErrors(spec: PodSpec, path: string): readonly FieldError[] {
  const config = spec.dnsConfig;
  const servers = config?.nameservers ?? [];
  const errors: FieldError[] = [];
  if (spec.dnsPolicy === "None") {
    if (config === undefined) {
      const why = "must provide `dnsConfig` when `dnsPolicy` is None";
      return [required(path, why)];
    }
    if (servers.length === 0) {
      const why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
      return [required(`${path}.nameservers`, why)];
    }
  }
  if (servers.length > 3) {
    const why = "must not have more than 3 nameservers";
    errors.push(invalidValue(`${path}.nameservers`, servers, why));
  }
  servers.forEach((server, index) => {
    errors.push(...ipErrors(server, `${path}.nameservers[${index}]`));
  });
  errors.push(...searchErrors(config?.searches ?? [], `${path}.searches`));
  (config?.options ?? []).forEach(({ name }, index) => {
    if (!name) errors.push(required(`${path}.options[${index}]`, "must not be empty"));
  });
  return errors;
}
