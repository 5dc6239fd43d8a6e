import { type FieldError, invalidValue, required } from "../field-error.ts";
import { dnsSubdomainErrors, portNumberErrors } from "../names.ts";

const FORM = "; desired format: https://host[/path]";
const URL_PARTS =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;

/** apiserver's `ValidateWebhookURL`. */
function webhookUrlErrors(url: string, field: string): readonly FieldError[] {
  const [, scheme = "", user, host = "", , query = "", fragment = ""] = URL_PARTS.exec(url) ?? [];
  const errors: FieldError[] = [];
  const say = (value: string, why: string) => errors.push(invalidValue(field, value, why));
  if (scheme !== "https") say(scheme, `'https' is the only allowed URL scheme${FORM}`);
  if (host === "") say(host, `host must be specified${FORM}`);
  if (user !== undefined) say(user, "user information is not permitted in the URL");
  if (fragment !== "") say(fragment, "fragments are not permitted in the URL");
  if (query !== "") say(query, "query parameters are not permitted in the URL");
  return errors;
}

/** A service that webhooks are reached by. */
interface ServiceReference {
  readonly name?: string;
  readonly namespace?: string;
  readonly path?: string;
  readonly port?: number;
}

/** apiserver's `ValidateWebhookService`. */
function webhookServiceErrors(
  { name = "", namespace = "", path, port = 443 }: ServiceReference,
  field: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (name === "") errors.push(required(`${field}.name`, "service name is required"));
  if (namespace === "") {
    errors.push(required(`${field}.namespace`, "service namespace is required"));
  }
  const ports = portNumberErrors(port);
  if (ports.length > 0) {
    const why = `port is not valid: ${ports.join(",")}`;
    errors.push(invalidValue(`${field}.port`, port, why));
  }
  return path === undefined ? errors : [...errors, ...pathErrors(path, `${field}.path`)];
}

function pathErrors(path: string, field: string): readonly FieldError[] {
  if (path === "" || path === "/") return [];
  if (path === "//") return [invalidValue(field, path, "segment[0] may not be empty")];
  const errors: FieldError[] = [];
  if (!path.startsWith("/")) errors.push(invalidValue(field, path, "must start with a '/'"));
  const inner = path.slice(1);
  const steps = (inner.endsWith("/") ? inner.slice(0, -1) : inner).split("/");
  steps.forEach((step, index) => {
    if (step === "") {
      errors.push(invalidValue(field, path, `segment[${index}] may not be empty`));
      return;
    }
    for (const text of dnsSubdomainErrors(step))
      errors.push(invalidValue(field, path, `segment[${index}]: ${text}`));
  });
  return errors;
}

/** The rules of a client configuration that is either a URL or a service. */
export function webhookClientErrors(
  { url, service }: { readonly url?: string; readonly service?: ServiceReference },
  field: string,
): readonly FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(field, "exactly one of url or service is required")];
  }
  if (url !== undefined) return webhookUrlErrors(url, `${field}.url`);
  return service === undefined ? [] : webhookServiceErrors(service, `${field}.service`);
}
