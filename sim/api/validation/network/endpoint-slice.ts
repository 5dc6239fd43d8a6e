import type { DiscoveryV1EndpointPort, Endpoint, EndpointSlice } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from "../field-error.ts";
import { IMMUTABLE, invalidEach, labelErrors } from "../meta.ts";
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from "../names.ts";
import { isIpv4, isIpv6 } from "./ip.ts";
import { ipErrors } from "./ip-errors.ts";
import { specialIpErrors } from "./special-ip.ts";

const ADDRESS_TYPES = ["FQDN", "IPv4", "IPv6"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_HINTS = 8;

/** discovery `ValidateEndpointSlice`, without metadata. */
export function endpointSliceErrors(slice: EndpointSlice): readonly FieldError[] {
  const { addressType = "", endpoints = [], ports = [] } = slice;
  const errors: FieldError[] = [];
  if (addressType === "") errors.push(required("addressType", ""));
  else if (!ADDRESS_TYPES.includes(addressType))
    errors.push(notSupported("addressType", addressType, ADDRESS_TYPES));
  if (endpoints.length > MAX_ENDPOINTS) {
    errors.push(tooMany("endpoints", endpoints.length, MAX_ENDPOINTS));
  } else {
    endpoints.forEach((endpoint, index) => {
      errors.push(...endpointErrors(endpoint, addressType, `endpoints[${index}]`));
    });
  }
  return [...errors, ...portsErrors(ports)];
}

function endpointErrors(endpoint: Endpoint, type: string, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { addresses = [], nodeName, hostname, deprecatedTopology, hints } = endpoint;
  if (addresses.length === 0) {
    errors.push(required(`${at}.addresses`, "must contain at least 1 address"));
  } else if (addresses.length > MAX_ADDRESSES) {
    errors.push(tooMany(`${at}.addresses`, addresses.length, MAX_ADDRESSES));
  }
  addresses.forEach((address, nth) => {
    errors.push(...addressErrors(address, type, `${at}.addresses[${nth}]`));
  });
  if (nodeName !== undefined) {
    errors.push(...invalidEach(`${at}.nodeName`, nodeName, dnsSubdomainErrors(nodeName)));
  }
  if (deprecatedTopology !== undefined) {
    const field = `${at}.deprecatedTopology`;
    const count = Object.keys(deprecatedTopology).length;
    if (count > 16) errors.push(tooMany(field, count, 16));
    errors.push(...labelErrors(deprecatedTopology, field));
  }
  if (hostname !== undefined) {
    errors.push(...invalidEach(`${at}.hostname`, hostname, dnsLabelErrors(hostname)));
  }
  errors.push(...hintErrors(hints?.forZones ?? [], `${at}.hints.forZones`, labelValueErrors));
  errors.push(...hintErrors(hints?.forNodes ?? [], `${at}.hints.forNodes`, dnsSubdomainErrors));
  return errors;
}

function hintErrors(
  hints: readonly { readonly name: string }[],
  path: string,
  rule: (name: string) => readonly string[],
): readonly FieldError[] {
  if (hints.length > MAX_HINTS) return [tooMany(path, hints.length, MAX_HINTS)];
  const seen = new Set<string>();
  return hints.flatMap(({ name }, index) => {
    const field = `${path}[${index}].name`;
    const errors: FieldError[] = [];
    if (seen.has(name)) errors.push(duplicate(field, name));
    seen.add(name);
    return [...errors, ...invalidEach(field, name, rule(name))];
  });
}

function addressErrors(address: string, type: string, field: string): readonly FieldError[] {
  if (type === "FQDN") return domainErrors(address, field);
  if (!ADDRESS_TYPES.includes(type)) return [];
  const bad = ipErrors(address, field);
  if (bad.length > 0) return bad;
  const errors: FieldError[] = [];
  if (type === "IPv4" && !isIpv4(address))
    errors.push(invalidValue(field, address, "must be an IPv4 address"));
  if (type === "IPv6" && !isIpv6(address))
    errors.push(invalidValue(field, address, "must be an IPv6 address"));
  return [...errors, ...specialIpErrors(address, field)];
}

/** apimachinery `IsFullyQualifiedDomainName`. */
function domainErrors(name: string, field: string): readonly FieldError[] {
  if (name === "") return [required(field, "")];
  const bare = name.replace(/\.$/, "");
  const texts = dnsSubdomainErrors(bare);
  if (texts.length > 0) return [invalidValue(field, bare, texts.join(","))];
  const labels = bare.split(".");
  if (labels.length < 2) {
    const why = "should be a domain with at least two segments separated by dots";
    return [invalidValue(field, bare, why)];
  }
  return labels.flatMap((label) => {
    const wrong = dnsLabelErrors(label);
    return wrong.length === 0 ? [] : [invalidValue(field, label, wrong.join(","))];
  });
}

function portsErrors(ports: readonly DiscoveryV1EndpointPort[]): readonly FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany("ports", ports.length, MAX_PORTS)];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  ports.forEach(({ name = "", port, protocol, appProtocol }, index) => {
    const at = `ports[${index}]`;
    if (name !== "") errors.push(...invalidEach(`${at}.name`, name, dnsLabelErrors(name)));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (port !== undefined) {
      errors.push(...invalidEach(`${at}.port`, port, portNumberErrors(port)));
    }
    if (protocol === undefined) errors.push(required(`${at}.protocol`, ""));
    else if (!PROTOCOLS.includes(protocol))
      errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    if (appProtocol !== undefined) {
      const texts = qualifiedNameErrors(appProtocol);
      errors.push(...invalidEach(`${at}.appProtocol`, appProtocol, texts));
    }
  });
  return errors;
}

/** discovery `ValidateEndpointSliceUpdate`. */
export function endpointSliceUpdateErrors(
  next: EndpointSlice,
  before: EndpointSlice,
): readonly FieldError[] {
  return next.addressType === before.addressType
    ? []
    : [invalidValue("addressType", next.addressType, IMMUTABLE)];
}
