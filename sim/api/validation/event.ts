import type { Event } from "../types.gen.ts";
import { type FieldError, invalidValue, required } from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { dnsSubdomainErrors, qualifiedNameErrors } from "./names.ts";

const LIMIT = 128;
const MESSAGE_LIMIT = 1024;

/** core `ValidateEventCreate` of core/v1: what an event is about lives where the event does; newer ones say who reports them. */
export function eventErrors(event: Event): readonly FieldError[] {
  const { namespace = "" } = event.metadata;
  const about = event.involvedObject?.namespace ?? "";
  const dated = Boolean(event.eventTime);
  const errors: FieldError[] = [];
  const homes = dated ? ["default", "kube-system"] : ["default", ""];
  const fits = about === "" ? homes.includes(namespace) : dated || about === namespace;
  if (!fits) {
    const why = "does not match event.namespace";
    errors.push(invalidValue("involvedObject.namespace", about, why));
  }
  if (dated) errors.push(...reporterErrors(event));
  return [...errors, ...invalidEach("namespace", namespace, dnsSubdomainErrors(namespace))];
}

function reporterErrors(event: Event): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { reportingComponent = "", message = "" } = event;
  if (reportingComponent === "") errors.push(required("reportingComponent", ""));
  const texts = qualifiedNameErrors(reportingComponent);
  errors.push(...invalidEach("reportingComponent", reportingComponent, texts));
  for (const key of ["reportingInstance", "action", "reason"] as const) {
    const value = event[key] ?? "";
    if (value === "") errors.push(required(key, ""));
    if (value.length > LIMIT) {
      errors.push(invalidValue(key, "", `can have at most ${LIMIT} characters`));
    }
  }
  if (message.length > MESSAGE_LIMIT) {
    errors.push(invalidValue("message", "", `can have at most ${MESSAGE_LIMIT} characters`));
  }
  return errors;
}
