import type { APIService } from "../../types.gen.ts";
import { type FieldError, invalidValue, required } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dns1035Errors, dnsSubdomainErrors, portNumberErrors } from "../names.ts";

/** apiregistration `ValidateAPIService`, without the rest of the metadata. */
export function apiServiceErrors({
  metadata,
  spec = {} as never,
}: APIService): readonly FieldError[] {
  const { group = "", version = "", service, caBundle = "" } = spec;
  const errors: FieldError[] = [];
  const wanted = `${version}.${group}`;
  if (metadata.name !== "" && metadata.name !== wanted) {
    const why = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`;
    errors.push(invalidValue("metadata.name", metadata.name, why));
  }
  if (group === "" && version !== "v1") {
    const why = "only v1 may have an empty group and it better be legacy kube";
    errors.push(required("spec.group", why));
  }
  if (group !== "") errors.push(...invalidEach("spec.group", group, dnsSubdomainErrors(group)));
  errors.push(...invalidEach("spec.version", version, dns1035Errors(version)));
  for (const [key, most] of [
    ["groupPriorityMinimum", 20_000],
    ["versionPriority", 1000],
  ] as const) {
    const value = spec[key] ?? 0;
    if (value > 0 && value <= most) continue;
    errors.push(invalidValue(`spec.${key}`, value, `must be positive and less than ${most}`));
  }
  const insecure = spec.insecureSkipTLSVerify === true;
  if (service === undefined) {
    if (caBundle !== "") {
      const shown = `${Math.floor((caBundle.replace(/=+$/, "").length * 3) / 4)} bytes`;
      const why = "local APIServices may not have a caBundle";
      errors.push(invalidValue("spec.caBundle", shown, why));
    }
    if (insecure) {
      const why = "local APIServices may not have insecureSkipTLSVerify";
      errors.push(invalidValue("spec.insecureSkipTLSVerify", true, why));
    }
    return errors;
  }
  if (!service.namespace) errors.push(required("spec.service.namespace", ""));
  if (!service.name) errors.push(required("spec.service.name", ""));
  const { port = 443 } = service;
  const ports = portNumberErrors(port);
  if (ports.length > 0) {
    const why = `port is not valid: ${ports.join(",")}`;
    errors.push(invalidValue("spec.service.port", port, why));
  }
  if (insecure && caBundle !== "") {
    const why = "may not be true if caBundle is present";
    errors.push(invalidValue("spec.insecureSkipTLSVerify", true, why));
  }
  return errors;
}
