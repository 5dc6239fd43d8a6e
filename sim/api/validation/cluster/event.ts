import { sameValue } from "../../kinds/same-value.ts";
import type { Event } from "../../types.gen.ts";
import { type FieldError, invalidValue, rawInvalid, required } from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { IMMUTABLE, invalidEach, metaUpdateErrors } from "../meta.ts";
import { dnsSubdomainErrors, qualifiedNameErrors } from "../names.ts";

const LIMIT = 128;
const MESSAGE_LIMIT = 1024;

/** The version whose clients upstream is strict with. */
const STRICT = "events.k8s.io/v1";
const INVOLVED = "ObjectReference";

/** core `ValidateEventCreate`: what all events keep to, and what those made in events.k8s.io/v1 do. */
export function eventErrors(event: Event, { served }: { readonly served?: string } = {}) {
  const errors = generalErrors(event, served);
  return served === STRICT ? [...errors, ...strictErrors(event)] : errors;
}

/** core `ValidateEventUpdate`: in events.k8s.io/v1 only the series of an event changes. */
export function eventUpdateErrors(
  next: Event,
  before: Event,
  { served }: { readonly served?: string } = {},
): readonly FieldError[] {
  const errors = generalErrors(next, served);
  if (served !== STRICT) return errors;
  errors.push(...metaUpdateErrors(next.metadata, before.metadata));
  if (!sameValue(next.series, before.series)) errors.push(...seriesErrors(next));
  for (const [key, field, type] of FIXED) {
    if (sameValue(next[key] ?? "", before[key] ?? "")) continue;
    errors.push(
      type === undefined
        ? invalidValue(field, next[key] ?? "", IMMUTABLE)
        : rawInvalid(field, goValue(type, next[key]), IMMUTABLE),
    );
  }
  return errors;
}

/** What may not change, in the order and by the names of the internal type; the reason is looked at twice. */
const FIXED: readonly (readonly [keyof Event, string, string?])[] = [
  ["involvedObject", "involvedObject", INVOLVED],
  ["reason", "reason"],
  ["message", "message"],
  ["source", "source", "EventSource"],
  ["firstTimestamp", "firstTimestamp"],
  ["lastTimestamp", "lastTimestamp"],
  ["count", "count"],
  ["reason", "reason"],
  ["type", "type"],
  ["eventTime", "eventTime"],
  ["action", "action"],
  ["related", "related", INVOLVED],
  ["reportingComponent", "reportingController"],
  ["reportingInstance", "reportingInstance"],
];

function strictErrors(event: Event): readonly FieldError[] {
  const { name } = event.metadata;
  const errors = name ? [...invalidEach("metadata.name", name, dnsSubdomainErrors(name))] : [];
  errors.push(...seriesErrors(event));
  if (!event.eventTime) errors.push(required("eventTime", ""));
  const { type = "" } = event;
  if (type !== "Normal" && type !== "Warning") {
    errors.push(invalidValue("type", "", `has invalid value: ${type}`));
  }
  const { firstTimestamp, lastTimestamp, count, source } = event;
  const deprecated = { firstTimestamp, lastTimestamp, count };
  for (const [field, value] of Object.entries(deprecated)) {
    if (value) errors.push(invalidValue(field, "", "needs to be unset"));
  }
  if (source?.component || source?.host) {
    errors.push(invalidValue("source", "", "needs to be unset"));
  }
  return errors;
}

function seriesErrors({ series }: Event): readonly FieldError[] {
  if (series === undefined) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2)
    errors.push(invalidValue("series.count", "", "should be at least 2"));
  if (!series.lastObservedTime) errors.push(required("series.lastObservedTime", ""));
  return errors;
}

/** core `legacyValidateEvent`: what an event is about lives where the event does; newer ones say who reports them. */
function generalErrors(event: Event, served: string | undefined): FieldError[] {
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
  if (dated) errors.push(...reporterErrors(event, served === STRICT));
  return [...errors, ...invalidEach("namespace", namespace, dnsSubdomainErrors(namespace))];
}

function reporterErrors(event: Event, strict: boolean): readonly FieldError[] {
  const field = strict ? "reportingController" : "reportingComponent";
  const errors: FieldError[] = [];
  const { reportingComponent = "", message = "" } = event;
  if (reportingComponent === "") errors.push(required(field, ""));
  const texts = qualifiedNameErrors(reportingComponent);
  errors.push(...invalidEach(field, reportingComponent, texts));
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
