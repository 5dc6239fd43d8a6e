import { sameValue } from "../../kinds/same-value.ts";
import type { AllocationResult, DeviceRequest, ResourceClaim } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  rawInvalid,
  required,
  tooMany,
} from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import { dnsLabelErrors } from "../names.ts";
import { nodeSelectorErrors } from "../selectors.ts";
import { deviceDataErrors, opaqueErrors } from "./device-data.ts";
import { driverNameErrors, poolErrors } from "./device-names.ts";

const MOST_CONSUMERS = 256;
const MOST_RESULTS = 32;
const SOURCES = ["FromClaim", "FromClass"];
const NO_SUCH_REQUEST =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** Names by which a claim's requests and their alternatives are referred to. */
export function requestNames(requests: readonly DeviceRequest[]): ReadonlySet<string> {
  const names = requests.flatMap(({ name, firstAvailable = [] }) => [
    name,
    ...firstAvailable.map((part) => `${name}/${part.name}`),
  ]);
  return new Set(names);
}

/** What is wrong with references to requests of a claim: with each, then with those that come twice. */
export function referenceErrors(
  requests: readonly string[],
  known: ReadonlySet<string>,
  path: string,
): readonly FieldError[] {
  const errors = requests.flatMap((name, index) =>
    requestNameErrors(name, known, `${path}[${index}]`),
  );
  requests.forEach((name, index) => {
    if (requests.indexOf(name) < index) errors.push(duplicate(`${path}[${index}]`, name));
  });
  return errors;
}

function requestNameErrors(
  name: string,
  known: ReadonlySet<string>,
  field: string,
): readonly FieldError[] {
  const segments = name.split("/");
  const unknown = invalidValue(field, name, NO_SUCH_REQUEST);
  if (segments.length > 2) return [unknown];
  const errors = segments.flatMap((segment) =>
    invalidEach(field, segment, dnsLabelErrors(segment)),
  );
  return known.has(name) ? errors : [...errors, unknown];
}

/** resource `validateResourceClaimStatusUpdate`: who uses a claim, what it was given, and what drivers say of it. */
export function claimStatusErrors(
  next: ResourceClaim,
  before: ResourceClaim,
): readonly FieldError[] {
  const { allocation, reservedFor = [] } = next.status ?? {};
  const errors = [...consumerErrors(next), ...deviceStatusErrors(next)];
  const had = before.status ?? {};
  if (reservedFor.length > 0 && allocation === undefined) {
    const why = "may not be specified when `allocated` is not set";
    errors.push(forbiddenField("status.reservedFor", why));
  } else if (next.metadata.deletionTimestamp !== undefined) {
    const old = had.reservedFor ?? [];
    if (reservedFor.some((one) => !old.some((other) => sameValue(one, other)))) {
      const why =
        "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
      errors.push(forbiddenField("status.reservedFor", why));
    }
  }
  if (allocation === undefined) return errors;
  if (had.allocation === undefined) {
    const known = requestNames(next.spec.devices?.requests ?? []);
    errors.push(...allocationErrors(allocation, known, "status.allocation"));
  } else if (!sameValue(allocation, had.allocation)) {
    const shown = goValue("AllocationResult", allocation);
    errors.push(rawInvalid("status.allocation", shown, IMMUTABLE));
  }
  return errors;
}

function consumerErrors({ status }: ResourceClaim): readonly FieldError[] {
  const path = "status.reservedFor";
  const consumers = status?.reservedFor ?? [];
  if (consumers.length > MOST_CONSUMERS) return [tooMany(path, consumers.length, MOST_CONSUMERS)];
  const errors: FieldError[] = [];
  consumers.forEach((consumer, index) => {
    for (const key of ["resource", "name", "uid"] as const) {
      if (!consumer[key]) errors.push(required(`${path}[${index}].${key}`, ""));
    }
  });
  consumers.forEach(({ uid }, index) => {
    if (consumers.findIndex((one) => one.uid === uid) < index) {
      errors.push(duplicate(`${path}[${index}]`, uid));
    }
  });
  return errors;
}

interface DeviceName {
  readonly driver?: string;
  readonly pool?: string;
  readonly device?: string;
  readonly shareID?: string;
}

function deviceNameErrors(
  { driver = "", pool = "", device = "" }: DeviceName,
  path: string,
): readonly FieldError[] {
  return [
    ...driverNameErrors(driver, `${path}.driver`),
    ...poolErrors(pool, `${path}.pool`),
    ...invalidEach(`${path}.device`, device, dnsLabelErrors(device)),
  ];
}

function idOf({ driver = "", pool = "", device = "", shareID }: DeviceName): string {
  const id = `${driver}/${pool}/${device}`;
  return shareID === undefined ? id : `${id}/${shareID}`;
}

/** Drivers speak of devices that the claim was given, of each once. */
function deviceStatusErrors({ status }: ResourceClaim): readonly FieldError[] {
  const given = new Set((status?.allocation?.devices?.results ?? []).map(idOf));
  const devices = status?.devices ?? [];
  const errors: FieldError[] = [];
  devices.forEach((device, index) => {
    const path = `status.devices[${index}]`;
    errors.push(...deviceNameErrors(device, path));
    if (!given.has(idOf(device))) {
      errors.push(invalidValue(path, idOf(device), "must be an allocated device in the claim"));
    }
    errors.push(...deviceDataErrors(device, path));
  });
  devices.forEach((device, index) => {
    const id = idOf(device);
    if (devices.findIndex((one) => idOf(one) === id) < index) {
      errors.push(duplicate(`status.devices[${index}]`, id));
    }
  });
  return errors;
}

/** resource `validateAllocationResult`. */
function allocationErrors(
  { devices, nodeSelector }: AllocationResult,
  known: ReadonlySet<string>,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { results = [], config = [] } = devices ?? {};
  if (results.length > MOST_RESULTS) {
    errors.push(tooMany(`${path}.devices.results`, results.length, MOST_RESULTS));
  } else {
    results.forEach((result, index) => {
      const at = `${path}.devices.results[${index}]`;
      errors.push(...requestNameErrors(result.request ?? "", known, `${at}.request`));
      errors.push(...deviceNameErrors(result, at));
    });
  }
  config.forEach(({ source = "", requests = [], opaque }, index) => {
    const at = `${path}.devices.config[${index}]`;
    if (source === "") errors.push(required(`${at}.source`, ""));
    else if (!SOURCES.includes(source)) errors.push(notSupported(`${at}.source`, source, SOURCES));
    errors.push(...referenceErrors(requests, known, `${at}.requests`));
    errors.push(...opaqueErrors(opaque, `${at}.opaque`));
  });
  if (nodeSelector !== undefined) {
    errors.push(...nodeSelectorErrors(nodeSelector, `${path}.nodeSelector`));
  }
  return errors;
}
