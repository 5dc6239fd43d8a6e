import { sameValue } from "../../kinds/same-value.ts";
import type { IPAddress, ServiceCIDR } from "../../types.gen.ts";
import { type FieldError, invalidValue, required } from "../field-error.ts";
import { IMMUTABLE, invalidEach } from "../meta.ts";
import { dnsSubdomainErrors, pathSegmentErrors } from "../names.ts";
import { canonicalCidrErrors } from "./ip-errors.ts";

/** networking `ValidateIPAddress`, without metadata. */
export function ipAddressErrors({ spec }: IPAddress): readonly FieldError[] {
  const at = "spec.parentRef";
  const reference = spec?.parentRef;
  if (reference === undefined) return [required(at, "")];
  const errors: FieldError[] = [];
  const { group = "", namespace = "" } = reference;
  if (group !== "") errors.push(...invalidEach(`${at}.group`, group, dnsSubdomainErrors(group)));
  for (const key of ["resource", "name"] as const) {
    const value = reference[key] ?? "";
    if (value === "") errors.push(required(`${at}.${key}`, ""));
    else errors.push(...invalidEach(`${at}.${key}`, value, pathSegmentErrors(value)));
  }
  errors.push(...invalidEach(`${at}.namespace`, namespace, pathSegmentErrors(namespace)));
  return errors;
}

/** An address keeps what it belongs to. */
export function ipAddressUpdateErrors(next: IPAddress, before: IPAddress): readonly FieldError[] {
  const reference = next.spec?.parentRef;
  if (sameValue(reference, before.spec?.parentRef)) return [];
  const { group = "", resource = "", namespace = "", name = "" } = reference ?? {};
  const shown = { Group: group, Resource: resource, Namespace: namespace, Name: name };
  return [invalidValue("spec.parentRef", reference === undefined ? null : shown, IMMUTABLE)];
}

/** networking `ValidateServiceCIDR`, without metadata. */
export function serviceCidrErrors({ spec }: ServiceCIDR): readonly FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  const shown = { CIDRs: cidrs };
  if (cidrs.length === 0) return [required("spec.cidrs", "at least one CIDR required")];
  if (cidrs.length > 2) return [invalidValue("spec", shown, "may only hold up to 2 values")];
  const [first = "", second] = cidrs;
  if (second !== undefined && first.includes(":") === second.includes(":")) {
    const why =
      "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96";
    return [invalidValue("spec", shown, why)];
  }
  return cidrs.flatMap((cidr, index) => canonicalCidrErrors(cidr, `spec.cidrs[${index}]`));
}

/** A range stays; one of the other family may be added. */
export function serviceCidrUpdateErrors(
  next: ServiceCIDR,
  before: ServiceCIDR,
): readonly FieldError[] {
  const [now, old] = [next.spec?.cidrs ?? [], before.spec?.cidrs ?? []];
  if (old.length === 1 && now.length === 2) {
    return now[0] === old[0] ? [] : [invalidValue("spec.cidrs[0]", now[0], IMMUTABLE)];
  }
  return sameValue(now, old) ? [] : [invalidValue("spec.cidrs", now, IMMUTABLE)];
}
